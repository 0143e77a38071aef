"""Scenarios of Participant Kit alone: panels, panellists, fields, and personal data on request."""
