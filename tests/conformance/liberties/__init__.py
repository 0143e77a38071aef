"""Liberties: what a source leaves open, done otherwise than our mock does it; the kit must not condemn any of it."""
