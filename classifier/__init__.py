"""Reads text: policy, normalisation, rules and models. Text in, predictions and findings out. Knows no database."""
