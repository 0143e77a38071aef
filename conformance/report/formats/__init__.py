"""The report as programs and browsers read it: JSON, JUnit, one HTML page."""
