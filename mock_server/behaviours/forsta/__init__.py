"""Forsta's operations: respondents in bulk, the columns of a survey, and logging in."""
