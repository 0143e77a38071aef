"""Lookit's operations: who sees what, and the two types that can be written."""
