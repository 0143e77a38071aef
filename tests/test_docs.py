"""Links of the documents lead to files, and the tables of rooms are complete."""

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
            for part in ("benchmarks", "clients", "conformance", "docs", "examples", "mock_server", "specs", "tests")
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
def test_no_document_contains_a_path_of_the_machine_it_was_written_on(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    assert not re.search(r"(?<![\w/])/(home|root|work|Users)/\w", text)


@pytest.mark.parametrize("package", ["mock_server", "conformance", "specs"])
def test_the_table_of_rooms_names_every_room_and_file(package: str) -> None:
    root = ROOT / package
    text = (root / "README.md").read_text(encoding="utf-8")
    table = text.partition("## The rooms\n")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ") and ".py" in line]
    listed = {row[1].strip(" `/"): set(re.findall(r"`([a-z_]+(?:\.py|/))`", row[2])) for row in rows}
    rooms = {"the root": root} | {path.name: path for path in root.iterdir() if list(path.glob("*.py"))}
    present = {
        name: {file.name for file in folder.glob("*.py")} - {"__init__.py"}
        | ({f"{path.name}/" for path in folder.iterdir() if list(path.glob("*.py"))} if folder != root else set())
        for name, folder in rooms.items()
    }
    present.pop("behaviours", None)  # a folder per API

    assert listed == {name: files for name, files in present.items() if files}
