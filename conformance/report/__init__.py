"""What a run found, written for people and programs. Every form takes a report that went through `clean`."""

from conformance.report.cleaning import clean
from conformance.report.html import as_html
from conformance.report.json_report import as_json
from conformance.report.junit import as_junit
from conformance.report.summary import as_summary
from conformance.report.terminal import show

__all__ = ["as_html", "as_json", "as_junit", "as_summary", "clean", "show"]
