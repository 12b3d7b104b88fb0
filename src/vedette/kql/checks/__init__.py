"""The checks beyond the compiler: one module each, whose name is the check's id."""
