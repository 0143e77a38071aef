"""The defects, one module an API."""
