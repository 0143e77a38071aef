"""The seeded population, and what a type of resource is."""
