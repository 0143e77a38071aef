"""Replies validated against their contract: what is wrong, and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.evidence.response_validator import ResponseValidator, Violation, bodies
from understudy.specs import load

KIT = load("participant-kit")
ORACLE = ResponseValidator(KIT)
STUDY = KIT.operations["retrieve_study"]
Change = Callable[[dict[str, Any]], object]


def example() -> dict[str, Any]:
    """The contract's own example of a study."""
    content = KIT.document["paths"][STUDY.path]["get"]["responses"]["200"]["content"]["application/json"]
    name = next(iter(content["examples"].values()))["$ref"].rpartition("/")[2]
    body: dict[str, Any] = json.loads(json.dumps(KIT.document["components"]["examples"][name]["value"]))
    return body


def replied(body: bytes, status: int = 200, media_type: str = "application/json") -> Exchange:
    reply = Reply(status, (("content-type", media_type),), body)
    return Exchange(1, Request("GET", "http://h/v1/studies/x", ()), reply)


def violations(change: Change) -> list[Violation]:
    body = example()
    change(body)
    return ORACLE.examine(STUDY, replied(json.dumps(body).encode()))


def test_the_contracts_own_example_breaks_nothing() -> None:
    assert violations(lambda body: None) == []


@pytest.mark.parametrize(
    ("change", "member", "missing", "extra"),
    [
        (lambda body: body.pop("name"), "name", True, False),
        (lambda body: body.update(understudy=1), "understudy", False, True),
        (lambda body: body.update(name=7), "name", False, False),
        (lambda body: body.update(tags=[1]), "tags", False, False),
    ],
)
def test_a_fault_is_found_in_its_member(change: Change, member: str, missing: bool, extra: bool) -> None:
    found = [each for each in violations(change) if each.member == member]

    assert [(each.component, each.missing, each.extra) for each in found] == [("Study", missing, extra)]


def test_a_fault_in_a_value_with_a_name_of_its_own_names_the_member_that_has_it() -> None:
    [found] = violations(lambda body: body.update(object="panel"))

    assert (found.component, found.around) == ("StudyKind", (("Study", "object"),))
    assert found.expected == 'the member "object" of every Study to be "study"'


@pytest.mark.parametrize(
    ("exchange", "about"),
    [
        (replied(b"{}", 418), "status"),
        (replied(b"{}", media_type="text/plain"), "media-type"),
        (replied(b"{"), "json"),
        (replied(b"[]"), "schema"),
    ],
)
def test_kinds_of_violations_are_distinguished(exchange: Exchange, about: str) -> None:
    assert [each.about for each in ORACLE.examine(STUDY, exchange)] == [about]


@pytest.mark.parametrize("media_type", ["application/problem+json", "application/hal+json; charset=utf-8"])
def test_every_type_of_json_is_json(media_type: str) -> None:
    body = json.dumps(example()).encode()

    assert ORACLE.examine(STUDY, replied(body, media_type=media_type)) == []
    assert [each.about for each in ORACLE.examine(STUDY, replied(b"[]", media_type=media_type))] == ["schema"]


def test_a_failure_without_a_body_is_not_one_of_another_media_type() -> None:
    assert [each.about for each in ORACLE.examine(STUDY, replied(b"", 404, ""))] == ["body"]


@pytest.mark.parametrize("status", [413, 429, 503])
def test_limits_that_any_server_may_have_are_not_violations(status: int) -> None:
    assert ORACLE.examine(STUDY, replied(b"slow down", status, "text/plain")) == []


def test_a_stream_is_read_line_by_line() -> None:
    values = list(bodies(replied(b'{"a":1}\n{\n', media_type="application/x-ndjson")))

    assert values[0] == ({"a": 1}, "line 1: None")
    assert str(values[1][1]).startswith("line 2: the body is not valid JSON")


def test_the_members_that_a_reply_shows_are_known() -> None:
    shown = ORACLE.components(STUDY, replied(json.dumps(example()).encode()))

    assert {"Study", "Study.name"} <= shown


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda body: body.pop("object"), 'every Study to have the member "object"'),
        (lambda body: body.update(understudy=1), 'every Study to have no member "understudy"'),
        (lambda body: body.update(name=7), 'the member "name" of every Study to be a string'),
        (lambda body: body.update(tags=[1]), 'every item of the member "tags" of every Study to be a string'),
        (lambda body: body.update(start_date="x"), 'the member "start_date" of every Study to have the format date'),
    ],
)
def test_what_was_expected_is_a_plain_sentence(change: Change, expected: str) -> None:
    assert expected in [each.expected for each in violations(change)]
