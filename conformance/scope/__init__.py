"""What a run may do and what it judges: profile, settings, and the mapping of clauses to rules."""
