"""Clients and faults at once, against a model of what was acknowledged: `make chaos`."""
