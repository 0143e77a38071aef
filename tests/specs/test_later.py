"""What came after a source: `x-later` replaces what stands beside it, only where that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.specs import ContractError, judged, load_folder
from understudy.specs.later import as_of

LENDING = load_folder(Path(__file__).parents[1] / "sixth")

documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "x-c"]), parts, max_size=3),
    max_leaves=12,
)


def test_members_are_replaced_added_and_removed_where_the_later_form_is_asked_for() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "minimum": 1,
        "x-later": {"required": None, "minimum": 2, "maximum": 9},
    }
    document = {"components": {"schemas": {"Book": schema}}}

    assert as_of(document, later=False)["components"]["schemas"]["Book"] == {
        "type": "object",
        "required": ["a"],
        "minimum": 1,
    }
    assert as_of(document, later=True)["components"]["schemas"]["Book"] == {
        "type": "object",
        "minimum": 2,
        "maximum": 9,
    }


def test_what_people_are_told_stays_only_in_the_later_form() -> None:
    document = {"openapi": "3.0.3", "x-later": ["Books are free."]}

    assert as_of(document, later=False) == {"openapi": "3.0.3"}
    assert as_of(document, later=True) == document


@given(st.dictionaries(st.sampled_from(["a", "b", "x-c"]), documents, max_size=3))
def test_a_document_without_it_is_the_same_in_both_forms(document: dict[str, Any]) -> None:
    assert as_of(document, later=False) == as_of(document, later=True) == document


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"x-later": "Books are free."}, "/x-later: it must be a list of sentences"),
        ({"x-later": [1]}, "/x-later: it must be a list of sentences"),
        ({"a": {"b": [{"x-later": []}]}}, "/a/b/0/x-later: it must be an object"),
    ],
)
def test_another_form_is_refused_with_its_place(document: dict[str, Any], problem: str) -> None:
    with pytest.raises(ContractError, match=problem):
        as_of(document, later=True)


def test_a_contract_without_later_operations_is_judged_whole() -> None:
    assert judged(LENDING).operations == LENDING.operations
    assert judged(LENDING).document["paths"].keys() == LENDING.document["paths"].keys()
