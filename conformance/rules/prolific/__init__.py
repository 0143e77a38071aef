"""Scenarios of Prolific, one part of the API a module."""
