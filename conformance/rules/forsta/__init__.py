"""Scenarios of Forsta: reading respondents in pages and streams, filters, and bulk changes by key."""
