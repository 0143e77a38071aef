"""Scenarios of Lookit: the JSON:API format, who sees what, and the two types that can be written."""
