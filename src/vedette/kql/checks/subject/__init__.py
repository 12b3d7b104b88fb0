"""What a check looks at: a detection's typed query, taken apart into the parts that checks need."""
