"""References lead where RFC 6901 says, and nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.specs import ContractError
from understudy.specs.reading.references import component_name, look_up, references, resolve

DOCUMENT: dict[str, Any] = {"a/b": {"~": [{"here": 1}]}, "text": "abc", "é": {"x": None}, "list": [{}, {"y": 2}]}


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("#", DOCUMENT),
        ("#/a~1b/~0/0", {"here": 1}),
        ("#/%C3%A9/x", None),
        ("#/list/1/y", 2),
        ("urn:understudy:api#/text", "abc"),
    ],
)
def test_a_reference_leads_to_what_stands_there(reference: str, value: Any) -> None:
    assert look_up(DOCUMENT, reference) == value


@pytest.mark.parametrize(
    "reference", ["#/gone", "#/text/0", "#/list/2", "#/list/01", "#/list/-1", "#/list/x", "#/é/x/y", "#/list/"]
)
def test_a_reference_to_nothing_is_refused(reference: str) -> None:
    with pytest.raises(ContractError, match="nothing stands at"):
        look_up(DOCUMENT, reference)


@pytest.mark.parametrize("reference", ["other.yaml#/a", "https://example.org/a#/b", "a", ""])
def test_a_reference_out_of_the_document_is_refused(reference: str) -> None:
    with pytest.raises(ContractError, match="leaves the document"):
        look_up(DOCUMENT, reference)


def test_a_reference_that_is_not_a_pointer_is_refused() -> None:
    with pytest.raises(ContractError, match="not a JSON pointer"):
        look_up(DOCUMENT, "#text")


def test_references_are_followed_to_the_end() -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c"}, "c": {"type": "string"}}

    assert resolve(document, {"$ref": "#/a"}) == {"type": "string"}
    assert resolve(document, {"type": "null"}) == {"type": "null"}


@pytest.mark.parametrize("start", ["#/a", "#/b", "#/self"])
def test_a_circle_is_refused(start: str) -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}, "self": {"$ref": "#/self"}}

    with pytest.raises(ContractError, match="leads back to itself"):
        resolve(document, {"$ref": start})


@pytest.mark.parametrize(("reference", "message"), [("#/text", "is not an object"), (7, "a \\$ref is a text, not 7")])
def test_what_no_object_stands_at_is_refused(reference: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        resolve(DOCUMENT, {"$ref": reference})


def test_a_component_is_known_by_the_last_name() -> None:
    assert component_name("urn:understudy:api#/components/schemas/A~1B") == "A/B"


def test_every_reference_of_a_document_is_found_with_its_place() -> None:
    document = {"a": [{"$ref": "#/x"}], "properties": {"$ref": {"$ref": "#/y"}}}

    assert [place for place, _ in references(document)] == ["/a/0", "/properties/$ref"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_reference_finds_a_name_of_any_characters(name: str) -> None:
    escaped = quote(name.replace("~", "~0").replace("/", "~1"))

    assert look_up({"a": {name: 1}}, f"#/a/{escaped}") == 1
