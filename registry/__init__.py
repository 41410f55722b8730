"""Reads licence registries, finds who an advertisement names, and matches the two. Knows no database."""
