"""Expressions that are syntax: names, paths, operators, literals."""
