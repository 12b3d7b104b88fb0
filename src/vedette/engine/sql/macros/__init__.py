"""The DuckDB macros that translated queries call, by topic: signature -> expression."""
