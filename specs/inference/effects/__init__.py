"""What operations of their own kind do to the record in their path."""
