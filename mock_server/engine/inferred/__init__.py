"""Answers the operations of a contract whose meaning was inferred."""
