"""The report as JSON, as JUnit XML and as one HTML page."""
