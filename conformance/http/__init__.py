"""How requests reach the target, and how the objects that they create are removed again."""
