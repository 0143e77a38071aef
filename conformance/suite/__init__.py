"""What `pytest --pyargs understudy.conformance.suite` collects: one test for each clause of the API under test."""
