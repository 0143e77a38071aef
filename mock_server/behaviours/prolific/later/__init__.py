"""What today's API has and the source lacks; each operation is marked as `later` in the contract."""
