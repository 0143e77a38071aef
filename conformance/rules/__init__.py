"""The scenarios of each API and, in YAML, the clauses that the generic checks stand for."""
