"""What `pytest --pyargs understudy.conformance.suite` collects: one test a clause of the API under test."""
