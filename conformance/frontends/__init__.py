"""The commands, the pytest plugin and the Schemathesis hooks."""
