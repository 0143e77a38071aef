"""Resource types, and the seeded records of each."""
