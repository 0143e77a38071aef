"""Participants who come and go: submissions, bonuses, messages."""
