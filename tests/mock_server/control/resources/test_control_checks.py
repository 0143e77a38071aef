"""Records written by hand: refused when something could not be shown any more, whoever asks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from live import Serve

from understudy.specs import load

STUDY = "60f6acb180a7b59ac0621f9e"
#: What keeps the tokens of an API going, by API, resource and id.
CALLERS = [
    ("prolific", "user", "60a42f4c693c29420793cb73"),
    ("prolific", "user", "60a42f4c693c29420793cb74"),
    ("lookit", "user", "834bbf33-b249-4737-a041-43574cd137a7"),
    ("lookit", "user", "7b1e9d42-0a5f-4c0d-8f6e-3a2b1c4d5e6f"),
]


@pytest.mark.parametrize("email", ["nope", "", None, 0])
def test_what_only_a_token_opens_must_fit_too(serve: Serve, email: Any) -> None:
    client = serve("participant-kit")
    participant = client.get("/v1/participants?limit=1").json()["data"][0]["id"]

    reply = client.patch(f"/_mock/resources/participant-kit/participant/{participant}", json={"email": email})

    assert reply.status_code == 400
    assert "email" in reply.json()["error"]["message"]
    assert client.get("/v1/participants?include=pii").status_code == 200


@pytest.mark.parametrize("change", [{"total_available_places": 0}, {"completion_codes": []}])
def test_what_only_the_item_shows_must_fit_too(serve: Serve, change: dict[str, Any]) -> None:
    client = serve("prolific", scheme="Token")

    reply = client.patch(f"/_mock/resources/prolific/study/{STUDY}", json=change)

    assert reply.status_code == 400
    assert next(iter(change)) in reply.json()["error"]["message"]
    assert client.get(f"/api/v1/studies/{STUDY}/").status_code == 200


@pytest.mark.parametrize(
    ("resource", "id", "change"),
    [
        ("study", STUDY, {"filters": [{"filter_id": "nope", "selected_values": ["1"]}]}),
        ("participant", "619e049f7648a4e1f8f3645b", {"sex": "9"}),
        ("participant", "619e049f7648a4e1f8f3645b", {"age": -5}),
        ("filter", "age", {"min": "nope"}),
    ],
)
def test_what_the_api_alone_knows_is_checked_by_its_module(
    serve: Serve, resource: str, id: str, change: dict[str, Any]
) -> None:
    reply = serve("prolific").patch(f"/_mock/resources/prolific/{resource}/{id}", json=change)

    assert reply.status_code == 400
    assert next(iter(change)) in reply.json()["error"]["message"]


@pytest.mark.parametrize(("api", "resource", "id"), CALLERS)
def test_who_calls_cannot_be_deleted(serve: Serve, api: str, resource: str, id: str) -> None:
    reply = serve(api).delete(f"/_mock/resources/{api}/{resource}/{id}")

    assert reply.status_code == 409
    assert "it is the caller with the token mock-" in reply.json()["error"]["message"]


def test_a_deletion_that_takes_who_calls_with_it_is_refused(serve: Serve) -> None:
    client = serve("prolific", scheme="Token")

    reply = client.delete("/_mock/resources/prolific/workspace/644aaabfaf6bbc363b9d47c6")

    assert (reply.status_code, client.get("/api/v1/studies/").status_code) == (204, 200)


def test_a_deleted_study_takes_responses_and_their_feedback_along(serve: Serve) -> None:
    client = serve("lookit", token="mock-admin-token", scheme="Token")
    study = "a8a80880-5539-4650-9387-c62afa202d43"

    client.delete(f"/_mock/resources/lookit/study/{study}")

    left = {resource: _records(client, "lookit", resource) for resource in ("response", "feedback")}
    assert [each for records in left.values() for each in records if each["study_id"] == study] == []
    assert left["response"] != []


def test_a_record_that_is_put_must_be_whole(serve: Serve) -> None:
    client = serve("prolific")
    record = _records(client, "prolific", "participant")[0]
    del record["age"]

    reply = client.put("/_mock/resources/prolific/participant/60f25f799fbd8a136cc6a9ff", json=record)

    assert (reply.status_code, reply.json()["error"]["message"]) == (400, "age: is required")


def test_an_uploaded_record_is_named_with_its_number_and_the_member(serve: Serve) -> None:
    client = serve("prolific")
    file = _file(client)
    del file["apis"]["prolific"]["study"]["records"]["3"]["name"]

    reply = client.put("/_mock/snapshots/b", json=file)

    message = reply.json()["error"]["message"]
    assert reply.status_code == 400
    assert "prolific.study of record 3" in message
    assert "name" in message


def test_an_uploaded_member_of_a_wrong_type_is_named(serve: Serve) -> None:
    client = serve("prolific")
    file = _file(client)
    file["apis"]["prolific"]["workspace"]["records"]["1"]["users"] = None

    reply = client.put("/_mock/snapshots/b", json=file)

    assert reply.status_code == 400
    assert "workspace 1 users" in reply.json()["error"]["message"]


def test_an_upload_that_leaves_a_reference_to_nothing_is_refused(serve: Serve) -> None:
    client = serve("participant-kit")
    nothing = {"understudy": 1, "apis": {"participant-kit": {"study": {"next": 0, "records": {}}}}}

    reply = client.put("/_mock/snapshots/b", json=nothing)

    assert reply.status_code == 400
    assert "participant" in reply.json()["error"]["message"]


def test_an_upload_without_who_calls_is_refused(serve: Serve) -> None:
    client = serve("lookit")
    file = _file(client)
    users = file["apis"]["lookit"]["user"]
    outsider = next(
        caller["values"]["user_id"] for caller in load("lookit").seed["callers"] if caller["role"] == "outsider"
    )
    users["records"] = {n: user for n, user in users["records"].items() if user["id"] != outsider}

    reply = client.put("/_mock/snapshots/b", json={**file, "apis": {"lookit": {"user": users}}})

    assert reply.status_code == 400
    assert "could no longer be answered" in reply.json()["error"]["message"]


def _records(client: httpx.Client, api: str, resource: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/_mock/resources/{api}/{resource}?limit=1000").json()["records"]
    return found


def _file(client: httpx.Client) -> Any:
    client.put("/_mock/snapshots/a")
    return client.get("/_mock/snapshots/a").json()
