"""Texts and schemas of contracts, before they mean anything."""
