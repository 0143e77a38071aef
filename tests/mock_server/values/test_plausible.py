"""Values that a person takes for real: by the names of their members, and times in their order."""

from __future__ import annotations

import re
from typing import Any

import pytest

from understudy.mock_server.values.plausible import in_order
from understudy.mock_server.values.schema_faker import SchemaFaker

KEYS = [f"draw {number}" for number in range(40)]


def every(schema: dict[str, Any], name: str = "") -> list[Any]:
    return [SchemaFaker(key, lambda part: part, ("en_GB",)).value(schema, name) for key in KEYS]


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("contactEmail", r"[^@]+@example\.com"),
        ("email_address", r"[^@]+@example\.com"),
        ("avatar_url", r"https://example\.com/.+"),
        ("links_hrefs", r"https://example\.com/.+"),
        ("createdAt", r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
        ("last_modified", r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
        ("startDate", r"\d{4}-\d\d-\d\d"),
        ("flat", r"[A-Za-z]+"),
        ("at", r"[A-Za-z]+"),
    ],
)
def test_a_text_without_a_format_has_the_one_of_its_name(name: str, looks: str) -> None:
    assert all(re.fullmatch(looks, value) for value in every({"type": "string"}, name))


def test_a_text_of_a_name_is_no_longer_than_it_may_be() -> None:
    assert {len(value) for value in every({"type": "string", "maxLength": 10}, "created_at")} == {10}


@pytest.mark.parametrize(("name", "whole"), [("review_id", True), ("totalPages", True), ("price", False)])
def test_a_number_that_counts_or_names_is_whole(name: str, whole: bool) -> None:
    assert all(value == int(value) for value in every({"type": "number"}, name)) is whole


def test_times_follow_one_another() -> None:
    moment = {"type": "string", "format": "date-time"}
    names = ["finished_at", "updatedAt", "started", "created"]
    schema = {"type": "object", "required": names, "properties": dict.fromkeys(names, moment)}

    assert all(each["created"] <= each["started"] <= each["updatedAt"] <= each["finished_at"] for each in every(schema))


@pytest.mark.parametrize("bound", [{"enum": ["2030-01-01"]}, {"anyOf": [{"const": "2030-01-01"}, {"type": "null"}]}])
def test_a_time_of_which_a_schema_says_more_stays(bound: dict[str, Any]) -> None:
    names = {"created": bound, "ended": {"type": "string", "const": "2020-01-01"}}

    assert every({"type": "object", "required": [*names], "properties": names})[0] == {
        "created": "2030-01-01",
        "ended": "2020-01-01",
    }


def test_what_is_fixed_and_what_has_another_form_stays() -> None:
    record = {
        "ended": "2025-01-01",
        "created": "2025-03-01",
        "started": "2025-02-01",
        "updated": "2020-01-01T00:00:00Z",
    }

    assert in_order(record) == {**record, "created": "2025-01-01", "ended": "2025-03-01"}
    assert in_order(record, {"created"}) == {**record, "started": "2025-01-01", "ended": "2025-02-01"}


def test_times_that_nothing_is_known_of_stay() -> None:
    record = {"seen": "2025-03-01", "created": "2025-02-01", "left": "2025-01-01"}

    assert in_order(record) == record
