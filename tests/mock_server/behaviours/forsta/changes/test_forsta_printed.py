"""The bodies that the source prints, word for word, each on the survey of the seed that answers as printed."""

from __future__ import annotations

from typing import Any

import pytest
from forsta_client import CITY, FOLLOW_UP, HOUSEHOLDS, Forsta
from generators import printed

PRINTED = printed("forsta")


def bodies(operation: str, part: str) -> list[Any]:
    return [body for name, kind, body in PRINTED if (name, kind) == (operation, part)]


def without_ids(body: Any) -> Any:
    """The sample replies to one insertion with two ids, so that the ids are left aside."""
    return {name: value for name, value in body.items() if name != "insertedIds"}


@pytest.mark.parametrize(
    ("operation", "request_at", "status", "reply_at", "survey"),
    [
        ("add_respondents", 0, 200, 0, FOLLOW_UP),
        ("add_respondents", 1, 200, 1, CITY),
        ("add_respondents", 2, 400, 0, CITY),
        ("update_respondents", 0, 200, 0, FOLLOW_UP),
        ("update_respondents", 0, 200, 1, CITY),
        ("merge_respondents", 0, 200, 0, CITY),
        ("delete_respondents", 0, 200, 0, CITY),
        ("delete_respondents", 1, 200, 1, CITY),
        ("delete_respondents", 1, 400, 0, HOUSEHOLDS),
    ],
)
@pytest.mark.clauses("FO-067", "FO-087", "FO-088", "FO-134")
def test_a_printed_body_is_answered_as_printed(
    forsta: Forsta, operation: str, request_at: int, status: int, reply_at: int, survey: str
) -> None:
    method = {"add": "POST", "update": "PUT", "merge": "PATCH", "delete": "DELETE"}[operation.partition("_")[0]]
    reply = forsta.call(method, "data", survey, json=bodies(operation, "request")[request_at])

    expected = bodies(operation, str(status))[reply_at]
    assert reply.status_code == status
    # One of the two printed refusals has no message; every refusal of the mock has one.
    message = {"message": reply.json()["message"]} if status == 400 else {}
    assert without_ids(reply.json()) == without_ids({**message, **expected})


@pytest.mark.clauses("FO-146", "FO-155")
@pytest.mark.parametrize("variable", bodies("add_user_variable", "request"), ids=lambda body: body["name"])
def test_a_printed_variable_is_added(forsta: Forsta, variable: dict[str, Any]) -> None:
    reply = forsta.call("POST", "uservariables", FOLLOW_UP, json=variable)

    assert reply.status_code == 200
    assert reply.json()["variableType"] == variable["dataType"]
