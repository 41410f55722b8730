"""Collects advertisements: sources, spiders, pages, importers, and the evidence they leave. Knows no database."""
