"""Measures: gold data, metrics, reports and the gate that refuses to lower a floor."""
