"""Exchanges, matchers and the response validator, findings, curl scripts, and the errors of the kit."""
