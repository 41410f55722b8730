"""Glue: turns the experts' values into rows and back, stage by stage."""
