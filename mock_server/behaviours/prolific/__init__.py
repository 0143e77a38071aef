"""Prolific's operations by topic, and as control operations what only participants do (`submissions/arrivals.py`)."""
