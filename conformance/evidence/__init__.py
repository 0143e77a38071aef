"""Exchanges, what they are compared with, findings, and how both are written down."""
