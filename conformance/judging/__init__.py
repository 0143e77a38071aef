"""Checks, the context they get, the recorder, scenarios, generated cases, the run."""
