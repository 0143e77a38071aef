"""The pieces of the generic answers: opt-in words, what the path names, what answers an operation."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.call import Call
from understudy.mock_server.engine.crud import NoHandlerError, OperationHandlers, filters, missing, target_id, tokens
from understudy.mock_server.engine.registration import Behaviours
from understudy.specs import load

CONTRACT = load("participant-kit")
RESOURCES = ResourceTypes(CONTRACT, 42, ("en_GB",))


def call(operation: str = "list_participants", body: Any = None, path: Any = None, **query: Any) -> Call:
    spec = CONTRACT.operations[operation]
    return cast(Call, SimpleNamespace(operation=spec, query=query, body=body, path=path or {}))


@given(st.lists(st.sampled_from(["pii", "properties", "x", "PII"]), max_size=5))
def test_words_are_divided_by_commas_and_blanks_around_them_do_not_matter(words: list[str]) -> None:
    assert tokens(call(include=" , ".join(words))) - {""} == set(words)


def test_words_come_from_the_query_or_else_from_the_body() -> None:
    assert tokens(call("create_participant", {"include": "pii"})) == {"pii"}
    assert tokens(call("create_participant", {"include": ["pii", 7]})) == {"pii"}
    assert tokens(call("create_participant", {"include": "pii"}, include="x")) == {"x"}
    assert tokens(call("create_participant", {"include": None})) == set()
    assert tokens(call("create_participant", [])) == set()


def test_an_operation_without_opt_ins_has_no_words() -> None:
    assert tokens(call("list_consents", include="pii")) == set()


def test_only_filters_that_were_sent_are_looked_at() -> None:
    assert filters(call("list_consents", status="agreed")) == {"status": "agreed"}
    assert filters(call("list_consents")) == {}


def test_the_last_parameter_of_a_path_names_the_record() -> None:
    assert target_id(call(path={"panel_id": "a", "panellist_id": "b"})) == "b"


def test_what_is_missing_is_described_in_words() -> None:
    assert missing("data_link").message == "There is no such data link."
    assert missing("data_link", 7).message == "There is no data link with the id '7'."
    assert missing("study", "it's\n").message == 'There is no study with the id "it\'s\\n".'


def test_of_a_long_id_only_the_beginning_is_repeated() -> None:
    assert missing("study", "x" * 1000).message == f"There is no study with the id '{'x' * 80}…'."


def test_a_function_that_is_registered_comes_before_the_generic_answer() -> None:
    async def list_projects(call: Call) -> Any:
        raise AssertionError("is found, not called")

    answers = OperationHandlers(CONTRACT, RESOURCES, Behaviours({"list_projects": list_projects}))

    assert answers.handler(CONTRACT.operations["list_projects"]) is list_projects
    assert answers.handler(CONTRACT.operations["list_panels"]) is not list_projects


def test_a_custom_operation_without_function_is_named() -> None:
    contract = load("prolific")
    custom = next(op for op in contract.operations.values() if op.action == "custom")

    with pytest.raises(NoHandlerError, match=f"prolific: no function answers {custom.id}"):
        OperationHandlers(contract, ResourceTypes(contract, 42, ("en_GB",)), Behaviours()).handler(custom)
