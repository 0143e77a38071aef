"""The registry of checks and their context, the recorder, scenarios, generated cases, and the run."""
