"""What the seed of a folder says of records, and what is drawn beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from understudy.mock_server.data.inferred import InferredRecords
from understudy.mock_server.data.written import written
from understudy.specs import Contract, load_folder
from understudy.specs.unprepared.any_contract import any_contract

LIBRARY = Path(__file__).parents[2] / "conformance" / "unprepared" / "library.yaml"
SEED = "epoch: '2025-01-06T09:00:00Z'\ncallers: [{role: default, token: mock-token}]\npopulations:\n"

Records = Callable[[str], dict[str, list[dict[str, Any]]]]


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """The records that a folder with these populations has, by resource."""
    folder = tmp_path / "library"
    folder.mkdir()
    shutil.copy(LIBRARY, folder / "openapi.yaml")
    action = "{target: $, update: {x-trailing-slash: either}}"
    (folder / "overlay.yaml").write_text(f"{{overlay: 1.0.0, info: {{title: One, version: '1'}}, actions: [{action}]}}")
    (folder / "clauses.yaml").write_text("[]")

    def drawn(populations: str) -> dict[str, list[dict[str, Any]]]:
        (folder / "seed.yaml").write_text(SEED + populations)
        contract: Contract = load_folder(folder)
        found = InferredRecords(contract, 42, ("en_GB",)).seed(3, written(contract, 42, 1, ("en_GB",)))
        return {each["resource"]: each["records"] for each in found}

    return drawn


def test_what_a_record_says_stands_and_the_rest_is_drawn(records: Records) -> None:
    books = records("- {name: books, resource: book, count: 3, records: [{title: Walks}]}\n")["book"]

    assert (len(books), books[0]["title"]) == (3, "Walks")
    assert all(each.keys() >= {"id", "title", "added_at"} for each in books)


def test_values_may_be_made_by_generators(records: Records) -> None:
    books = records("- {name: books, resource: book, count: 2, values: {title: {template: 'Part {number}'}}}\n")["book"]

    assert [each["title"] for each in books] == ["Part 1", "Part 2"]


def test_references_by_population_lead_to_records_that_exist(records: Records) -> None:
    found = records(
        "- {name: books, resource: book, count: 2}\n"
        "- {name: copies, resource: copy, count: 4, values: {bookId: {reference: {population: books}}}}\n"
    )

    ids = [each["id"] for each in found["book"]]
    assert [each["bookId"] for each in found["copy"]] == [*ids, *ids]


def test_resources_of_which_a_seed_says_nothing_are_drawn(records: Records) -> None:
    assert len(records("- {name: books, resource: book, count: 1}\n")["copy"]) == 3


def test_a_contract_without_a_seed_has_no_written_records() -> None:
    assert written(any_contract("library", str(LIBRARY)), 42, 1, ("en_GB",)) == {}
