"""Checks that hold for any API, one topic a module, driven by what the contract says."""
