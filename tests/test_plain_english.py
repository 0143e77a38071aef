"""Turns of phrase that are not English stay out of everything that a person reads: code, contracts, pages, documents."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("src", "specs", "mock_server", "conformance", "tests", "docs", "examples", "clients", "benchmarks", ".ci")
#: Folders with what others wrote, or programs.
MADE = {"node_modules", "__pycache__", "types", "test-results", ".git"}
READ = {".py", ".yaml", ".json", ".md", ".html", ".css", ".js", ".ts", ".toml", ".lark", ".sh", ""}
#: "X is no valid email", "which are no objects"; "there is no X" and "is no longer" are English.
NEGATION = re.compile(r"(?<!here )\b(?:is|are) no (?!longer\b|more than\b|less than\b)", re.IGNORECASE)
#: One word for declared, options, message, seen and more: as a name it says nothing.
TOLD = re.compile(r"\b_?told\b")
#: The page that lists what things were called before.
FORMER = ROOT / "docs" / "names.md"
#: Words of participants, in seeded text.
SEEDED = re.compile(r"told in (?:their own|the) ")


@cache
def _texts() -> dict[Path, str]:
    """What is in each file that a person reads."""
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*")] + list(ROOT.iterdir())
    return {
        file: file.read_text(encoding="utf-8")
        for file in files
        if file.is_file()
        and file.suffix in READ
        and not MADE & set(file.relative_to(ROOT).parts)
        and file not in {Path(__file__), FORMER}
    }


@pytest.mark.parametrize("habit", [NEGATION, TOLD], ids=["is no", "told"])
def test_a_habit_that_is_not_english_stays_out(habit: re.Pattern[str]) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for file, text in _texts().items()
        if habit.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if habit.search(line) and not SEEDED.search(line)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("habit", "text", "found"),
    [
        (NEGATION, "x is no valid email", True),
        (NEGATION, "bodies which are no objects", True),
        (NEGATION, "There is no study with the id 'x'.", False),
        (NEGATION, "the session is no longer used", False),
        (TOLD, "told = 1", True),
        (TOLD, "self._told(x)", True),
        (TOLD, "retold", False),
    ],
)
def test_a_habit_is_recognised_and_english_is_left_alone(habit: re.Pattern[str], text: str, found: bool) -> None:
    assert (habit.search(text) is not None) == found
