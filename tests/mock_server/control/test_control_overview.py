"""The overview of requests, and one request with why it was refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from live import Serve, running

from understudy.mock_server import create_app


def overview(client: httpx.Client, query: str = "") -> Any:
    return client.get(f"/_mock/requests/overview{query}").json()


def newest(client: httpx.Client) -> Any:
    return client.get(f"/_mock/requests/{overview(client)['requests'][0]['serial']}").json()


def test_the_latest_request_comes_first_and_has_no_messages(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/panels")
    client.get("/v1/projects?limit=2&api_key=secret")

    first, second = overview(client)["requests"]

    assert (first["target"], second["target"]) == ("/v1/projects?limit=2&api_key=[redacted]", "/v1/panels")
    assert first["serial"] > second["serial"]
    assert "request" not in first


@pytest.mark.parametrize(
    ("search", "found"),
    [("panels", 1), ("PANELS 200", 1), ("panels 404", 0), ("list_projects", 1), ("2xx", 2), ("get", 2), ("limit=2", 1)],
)
def test_every_word_of_a_search_is_in_the_request(serve: Serve, search: str, found: int) -> None:
    client = serve("participant-kit")
    client.get("/v1/panels")
    client.get("/v1/projects?limit=2")

    assert len(overview(client, f"?search={search}")["requests"]) == found


def test_pages_go_back_in_time_and_say_whether_there_is_more(serve: Serve) -> None:
    client = serve("participant-kit")
    for number in range(5):
        client.get(f"/v1/panels?number={number}")
    page = overview(client, "?limit=2")
    last = page["requests"][-1]["serial"]

    earlier = overview(client, f"?limit=3&before={last}")
    later = overview(client, f"?since={last}")

    assert [each["target"][-1] for each in page["requests"] + earlier["requests"]] == list("43210")
    assert (page["more"], earlier["more"]) == (True, False)
    assert [each["target"][-1] for each in later["requests"]] == ["4"]


def test_requests_of_all_sessions_are_in_one_order(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/panels?first")
    client.get("/_session/elsewhere/v1/panels?second")
    client.get("/v1/panels?third")

    found = overview(client, "?session=*&limit=3")["requests"]

    assert [each["target"].partition("?")[2].rstrip("=") for each in found] == ["third", "second", "first"]
    client.delete("/_mock/sessions/elsewhere")


def test_a_journal_keeps_as_many_requests_as_the_server_is_started_with() -> None:
    with (
        running(create_app(["participant-kit"], journal_requests=3)) as address,
        httpx.Client(base_url=address) as client,
    ):
        for _ in range(5):
            client.get("/v1/panels")

        found = overview(client)
        assert (len(found["requests"]), found["kept"], found["total"]) == (3, 3, 5)
        assert found["oldest"] == found["latest"] - 2


def test_a_refused_body_names_the_member_and_the_keyword_that_refused_it(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/v1/studies", json={"name": 7})

    request = newest(client)

    assert {(each["pointer"], each["place"], each["rule"]) for each in request["faults"]} == {
        ("/name", "body", "#/components/schemas/StudyCreate/properties/name/type"),
        ("/project_id", "body", "#/components/schemas/StudyCreate/required"),
    }
    assert "PK-080" in [each["id"] for each in request["clauses"]]


def test_a_refused_parameter_is_found_in_the_query(serve: Serve) -> None:
    client = serve("prolific", scheme="Token")
    client.get("/api/v1/studies/?state=NOT_A_STATE")

    request = newest(client)

    assert request["status"] == 400
    assert [(each["name"], each["place"]) for each in request["faults"]] == [("state", "query")]


def test_a_missing_token_names_the_clauses_about_tokens(serve: Serve) -> None:
    client = serve("participant-kit", token=None)
    client.get("/v1/studies")

    request = newest(client)

    assert request["reason"]
    assert request["clauses"][0]["id"] == "PK-003"


def test_a_request_that_was_accepted_has_no_reason(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/studies")

    request = newest(client)

    assert (request["reason"], request["faults"], request["clauses"]) == (None, [], [])
