"""Where single values come from: ids, names, values that fit a schema, examples."""
