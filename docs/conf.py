"""How Sphinx makes a site of the pages that are read in the repository: `make site`."""

from importlib.metadata import version as version_of

project = "understudy"
version = release = version_of("understudy")
extensions = ["myst_parser"]
root_doc = "docs/contents"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "docs/*.md",
    "specs/**/README.md",
    "specs/README.md",
    "mock_server/README.md",
    "conformance/README.md",
    "tests/README.md",
    "clients/*/README.md",
    "examples/**/README.md",
]
exclude_patterns = ["**/node_modules", ".*", "build", "site", "src"]
# Links to headings (`kit.md#waivers`) are checked down to this level.
myst_heading_anchors = 4
# Output with "…" for what differs from run to run is not what its language allows.
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_title = "understudy"
html_extra_path = ["site"]
html_copy_source = html_show_sphinx = False
