"""Evidence shows the place of a body that is wrong."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from understudy.conformance.evidence.body import BodyWriter
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.evidence.places import around, mentioned, position

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=3), parts, max_size=4),
    max_leaves=20,
)


def places(value: Any, before: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """Every place in a value, with what is there."""
    below: list[Any] = list(value.items()) if isinstance(value, dict) else []
    below = list(enumerate(value)) if isinstance(value, list) else below
    return [(before, value), *(found for step, part in below for found in places(part, (*before, step)))]


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_every_place_of_a_json_text_is_found(value: Any, indent: int | None, plain: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain)

    for path, part in places(value):
        at = position(text, path)
        assert at is not None
        assert json.JSONDecoder().raw_decode(text, at)[0] == part


def test_a_place_that_is_not_there_is_not_found() -> None:
    for path in (("b",), ("a", 2), ("a", 0, "x")):
        assert position('{"a": [1, 2]}', path) is None
    assert position("no JSON", ("a",)) is None


def test_what_a_message_quotes_is_found_in_the_text() -> None:
    text = json.dumps([{"id": f"stu_{number:06}"} for number in range(100)])

    assert text[mentioned(text, "object 80 is stu_000080 instead of stu_000079") or 0 :].startswith("stu_000080")
    assert mentioned(text, "20 objects") is None


@given(st.text(min_size=50, max_size=400), st.integers(0, 399), st.integers(10, 40))
def test_the_place_of_a_fault_is_always_among_what_is_shown(text: str, at: int, limit: int) -> None:
    text = text.replace("\n", " ")
    at = min(at, len(text) - 1)
    shown = around(text, at, limit)
    body = next(line for line in shown.split("\n") if not (line.startswith("… ") and line.endswith(("before", "more"))))

    assert len(body) <= limit
    assert text[at] in body


def test_of_a_very_long_reply_evidence_keeps_the_part_around_the_fault() -> None:
    value = {"data": [{"name": f"study {number}"} for number in range(40_000)]}
    value["data"][30_000]["name"] = 7
    with BodyWriter() as writer:
        writer.write(json.dumps(value).encode())
        long = Exchange(1, Request("GET", "http://h/", ()), Reply(200, (), writer.body()))
    at = position(long.text, ("data", 30_000, "name"))
    kept = long.as_evidence(at)

    assert '{"name": 7}' in kept.excerpt(4000, at)
    assert "bytes before" in kept.excerpt(4000, at)
