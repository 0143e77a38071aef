"""Each printed example of each operation with each of its parts replaced by rubbish: never a fault of ours."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prolific_play import (
    API,
    COLLECTION,
    DRAFT,
    FILTER_SET,
    GROUP,
    NOWHERE,
    PROJECT,
    STUDY,
    SUBMISSION,
    SUBSCRIPTION,
    SURVEY,
    WORKSPACE,
    ok,
)

from understudy.specs import Contract, Operation, load

CONTRACT = load("prolific")

RUBBISH: list[Any] = [
    None,
    True,
    -1,
    0,
    10**18,
    10**40,
    1e308,
    0.1,
    "",
    " ",
    "\x00",
    "x" * 20_000,
    "0" * 24,
    "💥",
    "2050-99-99",
    [],
    [None],
    [[[[]]]],
    {},
    {"filter_id": "age", "selected_range": {"lower": {}, "upper": []}},
    {"": ""},
]

PLACES = {
    "workspace_id": WORKSPACE,
    "project_id": PROJECT,
    "survey_id": SURVEY,
    "subscription_id": SUBSCRIPTION,
    "studies": DRAFT,
    "study-collections": COLLECTION,
    "submissions": SUBMISSION,
    "filter-sets": FILTER_SET,
    "participant-groups": GROUP,
}


def _address(operation: Operation) -> str:
    topic = operation.path.split("/")[3]
    return re.sub(r"\{([^}]+)\}", lambda found: PLACES.get(found[1]) or PLACES.get(topic, NOWHERE), operation.path)


def _examples(contract: Contract, operation: Operation) -> list[Any]:
    raw = contract.document["paths"][operation.path][operation.method.lower()]
    content = raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    return [example["value"] for example in content.get("examples", {}).values()]


def _spoiled(value: Any) -> Iterator[Any]:
    """Copies of a JSON value in each of which one part is rubbish, or gone."""
    for path in _paths(value):
        for rubbish in RUBBISH:
            yield _with(value, path, rubbish)
        if path:
            yield _without(value, path)


def _paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _paths(part, (*above, name))
    elif isinstance(value, list):
        for place, part in enumerate(value[:1]):
            yield from _paths(part, (*above, place))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    spoiled = copy.deepcopy(value)
    part = spoiled
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = new
    return spoiled


def _without(value: Any, path: tuple[Any, ...]) -> Any:
    spoiled = copy.deepcopy(value)
    part = spoiled
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return spoiled


@pytest.mark.clauses("PR-004", "PR-010", "PR-016")
@pytest.mark.parametrize("name", [name for name, operation in CONTRACT.operations.items() if operation.body])
def test_rubbish_in_any_part_is_refused_or_understood(client: httpx.Client, name: str) -> None:
    operation = CONTRACT.operations[name]
    for body in _spoiled(_examples(CONTRACT, operation)[0]):
        reply = client.request(operation.method, _address(operation), json=body)
        assert reply.status_code < 500, (body, reply.text)
        if not reply.is_success:
            assert reply.json()["error"]["status"] == reply.status_code
    # What was understood can be read again.
    for path in ("studies", "participant-groups", "filter-sets", f"studies/{STUDY}", "workspaces", "messages"):
        ok(client.get(f"{API}/{path}"))
