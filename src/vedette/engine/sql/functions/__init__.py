"""The library of scalar functions and aggregates, by topic."""
