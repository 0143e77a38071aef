"""Checks for a document that nobody prepared, by the register that is made from it."""
