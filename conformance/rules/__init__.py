"""What is particular to an API: its scenarios, and beside them the clauses that the generic checks stand for."""
