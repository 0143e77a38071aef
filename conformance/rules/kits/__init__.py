"""Scenarios that Participant Kit and Consent Kit share, one topic a module."""
