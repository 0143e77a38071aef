"""What the control operations of participants and of money take: nothing that they do not know."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prolific_play import WORKSPACE, arrive, completed, ok, published

from understudy.specs import load


@pytest.mark.parametrize("body", [{"bogus": 5}, {"reserve": "yes"}, {"participant_id": 5}])
def test_who_enters_with_something_unknown_is_refused_by_name(client: httpx.Client, body: dict[str, Any]) -> None:
    reply = arrive(client, published(client), **body)

    assert (reply.status_code, _names(reply)) == (400, list(body))


@pytest.mark.parametrize("action", ["start", "time-out", "return"])
def test_what_needs_no_body_takes_none(client: httpx.Client, action: str) -> None:
    submission = completed(client, published(client))

    reply = client.post(f"/_mock/prolific/submissions/{submission['id']}/{action}", json={"code": "x"})

    assert reply.status_code == 400
    assert "contains code" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"age": -5},
        {"age": "30"},
        {"sex": "9"},
        {"handedness": "7"},
        {"date_joined": "soon"},
        {"country": "Utopia"},
        {"approval_rate": 101},
        {"wings": 2},
        {"id": "619e049f7648a4e1f8f3645b"},
    ],
)
def test_a_participant_answers_as_the_filters_know_it(client: httpx.Client, body: dict[str, Any]) -> None:
    reply = client.post("/_mock/prolific/participants", json=body)

    assert (reply.status_code, _names(reply)) == (400, list(body))


@pytest.mark.parametrize("body", [{"amount": 5, "currency": "USD"}, {"amount": 0.5}, {"amount": "5"}])
def test_money_is_a_whole_amount_and_nothing_else(client: httpx.Client, body: dict[str, Any]) -> None:
    reply = client.post(f"/_mock/prolific/workspaces/{WORKSPACE}/funds", json=body)

    assert (reply.status_code, _names(reply)) == (400, [list(body)[-1]])


def test_somebody_comes_where_nobody_was(client: httpx.Client) -> None:
    client.put("/_mock/snapshots/none", json={"understudy": 1, "apis": {"prolific": {"participant": NOBODY}}})
    client.post("/_mock/snapshots/none/restore")

    made = ok(client.post("/_mock/prolific/participants", json={"age": 30}), 201)

    known = set(load("prolific").resources["participant"].kept["required"])
    assert (made["age"], known - made.keys()) == (30, set())
    assert ok(arrive(client, published(client)), 201)["participant"] == made["id"]


def test_the_document_describes_their_bodies(client: httpx.Client) -> None:
    paths = client.get("/_mock/openapi.json").json()["paths"]

    entering = paths["/prolific/studies/{id}/participants"]["post"]["requestBody"]["content"]["application/json"]
    assert set(entering["schema"]["properties"]) == {"participant_id", "reserve"}
    assert "requestBody" not in paths["/prolific/submissions/{id}/start"]["post"]


NOBODY: dict[str, Any] = {"next": 0, "records": {}}


def _names(reply: httpx.Response) -> list[str]:
    return [field_error["name"] for field_error in reply.json()["error"]["faults"]]
