"""The site of the documentation: every link leads somewhere, nothing comes from another host, and search finds pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
#: What a browser fetches by itself, unlike a link that somebody follows.
_FETCHED = re.compile(r"""<(?:script|img|iframe|source)\b[^>]*\ssrc="([^"]+)"|<link\b[^>]*\shref="([^"]+)\"""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make site` does it: a link to nothing, or a page that no list of contents names, fails."""
    folder = tmp_path_factory.mktemp("site")
    command = ["-m", "sphinx", "--quiet", "--nitpicky", "--fail-on-warning", "--keep-going", "-c", "docs", ".", folder]
    built = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stderr
    return folder


def test_every_page_of_the_documentation_is_there(site: Path) -> None:
    pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("specs/*/README.md"), ROOT / "README.md"]

    assert len(pages) > 20
    assert [page for page in pages if not (site / page.relative_to(ROOT)).with_suffix(".html").is_file()] == []


def test_nothing_is_fetched_from_another_host(site: Path) -> None:
    fetched = [
        (page.name, address)
        for page in site.rglob("*.html")
        for found in _FETCHED.findall(page.read_text(encoding="utf-8"))
        for address in found
        if address
    ]

    assert fetched
    assert [each for each in fetched if "//" in each[1]] == []


def test_the_search_knows_the_words_of_the_pages(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")

    assert all(f'"{word}"' in index for word in ("waiver", "snapshot", "overlay"))


def test_the_start_leads_to_the_readme(site: Path) -> None:
    target = re.search(r"url=([^\"]+)", (site / "index.html").read_text(encoding="utf-8"))

    assert target is not None
    assert (site / target[1]).is_file()
