"""Which clauses a rule and a member of a schema stand for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unprepared.judging import contract

from understudy.conformance.scope.mapping import ClauseMapping, mapping
from understudy.specs import apis, load
from understudy.specs.contract import Rules

MAPPING = ClauseMapping(
    {"required.name": ("A-1",), "required.email": ("A-2",), "paging.default": ("A-3",)},
    {"Study": ("S-1",), "Study.name": ("S-2",), "Study.team.lead": ("S-3",), "Study.+email": ("S-4",)},
)


def test_a_topic_stands_for_all_of_its_aspects() -> None:
    assert MAPPING.of("required.*") == ("A-1", "A-2")


def test_an_aspect_that_is_not_mapped_stands_for_nothing() -> None:
    assert MAPPING.of("paging.maximum") == ()


@pytest.mark.parametrize(
    ("member", "more", "clauses"),
    [
        ("name", {}, ("S-2",)),
        ("tags", {}, ("S-1",)),
        ("team.lead.age", {}, ("S-3",)),
        ("name", {"missing": True}, ("S-2", "S-1")),
        ("email", {"extra": True}, ("S-4",)),
        ("phone", {"extra": True}, ()),
        ("", {}, ("S-1",)),
    ],
)
def test_a_faulty_member_breaks_the_clauses_nearest_to_it(
    member: str, more: dict[str, bool], clauses: tuple[str, ...]
) -> None:
    assert MAPPING.of_member("Study", member, **more) == clauses


@pytest.mark.parametrize("api", apis())
def test_every_api_has_a_mapping(api: str) -> None:
    assert mapping(load(api)).aspects
    assert mapping(load(api)).schemas


def test_an_api_without_rules_has_an_empty_one() -> None:
    assert mapping(replace(load("lookit"), rules=Rules())) == ClauseMapping()


def test_a_register_that_was_made_says_itself_which_rules_its_clauses_state() -> None:
    document = contract("library.yaml")
    found = mapping(document)

    assert "DOC-getBook-schema" in found.of("reply.schema")
    assert {name for ids in found.aspects.values() for name in ids} == {clause.id for clause in document.clauses}
