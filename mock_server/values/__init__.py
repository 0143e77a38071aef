"""Single values: ids, names, values that fit a schema, examples."""
