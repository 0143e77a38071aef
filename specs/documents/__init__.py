"""Reads OpenAPI documents that nobody prepared: any file or address, in one piece or many."""
