"""docs/levels.md says what the registers say."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from understudy.specs import Clause, apis, load

PAGE = (Path(__file__).parents[2] / "docs" / "levels.md").read_text("utf-8")


@cache
def section(api: str) -> str:
    """The part of the page on one API."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    return next(text for title, text in zip(parts[1::2], parts[2::2], strict=True) if load(api).title.startswith(title))


def rows(api: str, heading: str) -> dict[str, list[str]]:
    """The rows of one table by clause."""
    table = section(api).partition(f"### {heading}\n")[2].partition("\n### ")[0]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines() if line]
    return {row[0]: row for row in cells if re.match(r"[A-Z]{2}-\d", row[0])}


def clauses(api: str) -> dict[str, Clause]:
    return {clause.id: clause for clause in load(api).clauses}


@pytest.mark.parametrize("api", apis())
def test_the_clauses_of_each_level_are_counted(api: str) -> None:
    live = Counter(clause.level for clause in load(api).clauses if not clause.retired)
    counted = ", ".join(f"{live[level]} {level}" for level in ("documented", "implied", "ambiguous"))

    assert f"{live.total()} clauses: {counted}." in section(api)


@pytest.mark.parametrize("api", apis())
@pytest.mark.parametrize(("heading", "at"), [("Changed", 2), ("Added", 1)])
def test_a_clause_has_the_level_the_place_and_the_reason_that_the_page_names(api: str, heading: str, at: int) -> None:
    known = clauses(api)
    listed = rows(api, heading)
    wrong = {
        name: row
        for name, row in listed.items()
        if known[name].retired
        or row[at] != known[name].level
        or not f"{known[name].source}: {known[name].place}".endswith(row[3])
        or row[4] != (known[name].reason or "")
    }

    assert listed
    assert wrong == {}


@pytest.mark.parametrize("api", apis())
def test_the_retired_clauses_are_all_named_with_the_reason(api: str) -> None:
    retired = {name: clause.retired for name, clause in clauses(api).items() if clause.retired}

    assert {name: row[2] for name, row in rows(api, "Retired").items()} == retired
