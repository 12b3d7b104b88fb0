"""Tabular operators and sources, by kind of work."""
