"""Reads off an OpenAPI document what its operations do: collections, items, ids, pages, filters; each guess names its rule."""
