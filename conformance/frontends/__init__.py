"""The ways in: command line, pytest, Schemathesis."""
