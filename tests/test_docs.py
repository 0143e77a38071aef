"""The documents lead only to what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")

DOCUMENTS = sorted(
    file
    for file in [
        *ROOT.glob("*.md"),
        *(
            f
            for part in ("benchmarks", "conformance", "docs", "examples", "mock_server", "specs", "tests")
            for f in (ROOT / part).rglob("*.md")
        ),
    ]
    if "node_modules" not in file.parts
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    targets = [target for target in _LINK.findall(document.read_text(encoding="utf-8")) if "://" not in target]

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_document_knows_the_machine_it_was_written_on(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    assert not re.search(r"(?<![\w/])/(home|root|work|Users)/\w", text)


def test_the_map_of_the_mock_names_every_file() -> None:
    text = (ROOT / "mock_server" / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## The files") : text.index("## Writing behaviours")]
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "mock_server").iterdir()
        if path.suffix == ".py" or (path.is_dir() and not path.name.startswith("__"))
    }

    assert set(re.findall(r"`([a-z_]+(?:\.py|/))`", table)) == there - {"__init__.py"}
