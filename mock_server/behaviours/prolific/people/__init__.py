"""Filters, groups and invitations: who may take part."""
