"""Rows that pass a query's leading filters: what shows that a query runs on more than nothing.

The flow: ``leading.py`` compiles a query and notes, for each table, the filters directly behind it;
``wants.py`` reads what each filter wants of a column; ``values.py`` makes a value that has all that
is wanted of it; ``rows.py`` puts the values into events. Whether a row passes is not believed but
asked: ``leading.passed`` counts in the database.
"""
