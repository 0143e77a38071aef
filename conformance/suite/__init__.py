"""What `pytest --pyargs conformance.suite` collects: one test a clause of the API under test."""
