"""What a run may do and what it judges: profile, settings, mapping of clauses."""
