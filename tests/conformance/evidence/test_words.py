"""Words that messages share."""

from __future__ import annotations

from typing import Any

import pytest

from understudy.conformance.evidence.words import cut, expectation, no_such, several, subject


@pytest.mark.parametrize(
    ("number", "nouns", "text"),
    [
        (0, ["check"], "0 checks"),
        (1, ["check"], "1 check"),
        (2, ["check"], "2 checks"),
        (2, ["study", "studies"], "2 studies"),
    ],
)
def test_a_noun_agrees_with_its_number(number: int, nouns: list[str], text: str) -> None:
    assert several(number, *nouns) == text


def test_a_long_text_is_cut_after_a_number_of_characters() -> None:
    assert [cut("abcd", limit) for limit in (4, 3, 2)] == ["abcd", "abc\n… 1 character more", "ab\n… 2 characters more"]


def test_a_name_that_does_not_exist_comes_with_those_that_do() -> None:
    assert no_such("role", ["boss"], ["default", "other"]) == "There is no role 'boss'. The roles are default, other."


def test_of_many_names_only_similar_ones_are_shown() -> None:
    known = [f"PK-{number:03}" for number in range(100)]

    assert no_such("clause", ["PK-1"], known, "in Lookit").startswith(
        "There is no clause 'PK-1' in Lookit. Similar names"
    )
    assert no_such("clause", ["§§", "%%"], known) == "There is no clause '§§' or '%%'."


@pytest.mark.parametrize(
    ("component", "members", "items", "text"),
    [
        ("Panel", [], False, "every Panel"),
        ("", [], False, "the body"),
        ("Panel", ["tags"], True, 'every item of the member "tags" of every Panel'),
        ("", ["data", "id"], False, 'the member "data.id" of the body'),
    ],
)
def test_a_place_is_named_by_component_and_member(component: str, members: list[str], items: bool, text: str) -> None:
    assert subject(component, members, items) == text


@pytest.mark.parametrize(
    ("keyword", "value", "text"),
    [
        ("required", "object", 'to have the member "object"'),
        ("additionalProperties", ["email"], 'to have no member "email"'),
        ("type", ["null", "string"], "to be null or a string"),
        ("type", "array", "to be a list"),
        ("enum", ["a", "b", None], 'to be "a", "b" or null'),
        ("const", 1, "to be 1"),
        ("format", "date", "to have the format date"),
        ("minItems", 1, "to have at least 1 item"),
        ("maxLength", 5, "to have at most 5 characters"),
        ("contains", {}, "to fit the keyword contains of its schema"),
    ],
)
def test_what_a_keyword_expects_is_the_end_of_a_sentence(keyword: str, value: Any, text: str) -> None:
    assert expectation(keyword, value) == text
