"""A request that a test expects: found, counted, and when it is missing the closest one is shown with its differences."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from live import Serve

CREATED = {"name": "Diary", "tags": ["a"], "password": "hidden-word"}


@pytest.fixture
def client(serve: Serve) -> httpx.Client:
    """A session in which a study was refused and the studies were listed."""
    client = serve("participant-kit")
    client.post("/v1/studies?dry=1", json=CREATED)
    client.get("/v1/studies")
    return client


def expect(client: httpx.Client, **expected: Any) -> httpx.Response:
    return client.post("/_mock/requests/expect", json=expected)


def complaint(client: httpx.Client, **expected: Any) -> list[str]:
    reply = expect(client, **expected)
    assert reply.status_code == 409
    return str(reply.json()["error"]["message"]).splitlines()


@pytest.mark.parametrize(
    "expected",
    [
        {"method": "POST", "path": "/v1/studies", "status": 400},
        {"operation": "create_study", "status": "4xx"},
        {"request_body": {"name": "Diary"}},
        {"request_body": {"tags": ["a"]}, "query": {"dry": "1"}},
        {"path": "/v1/studies?dry=1"},
        {"request_headers": {"Content-Type": "application/json"}},
        {"request_body": {"password": "hidden-word"}},
        {"method": "POST", "times": 1},
    ],
)
def test_a_request_that_fits_is_returned(client: httpx.Client, expected: dict[str, Any]) -> None:
    found = expect(client, **expected).json()["requests"]

    assert [each["method"] for each in found] == ["POST"]


def test_the_closest_request_is_shown_with_each_difference(client: httpx.Client) -> None:
    lines = complaint(
        client,
        method="POST",
        status=201,
        query={"dry": "2"},
        request_headers={"X-Trace": "7"},
        request_body={"name": "Diary study", "tags": ["b", "c"], "project_id": None},
    )

    assert lines == [
        "No request fits. The closest of 2 is POST /v1/studies 400:",
        "  status: expected 201, was 400",
        '  query dry: expected "2", was "1"',
        '  header x-trace: expected "7", was absent',
        '  body.name: expected "Diary study", was "Diary"',
        "  body.tags: expected 2 items, was 1",
        '  body.tags[0]: expected "b", was "a"',
        "  body.project_id: expected null, was absent",
    ]


def test_a_request_to_the_same_address_is_closer_than_one_that_differs_less(client: httpx.Client) -> None:
    lines = complaint(client, method="POST", status=200, query={"dry": "2"}, request_body={"name": 1, "tags": 2})

    assert "POST /v1/studies 400" in lines[0]


def test_secrets_stay_out_of_the_differences(client: httpx.Client) -> None:
    lines = complaint(
        client, method="POST", request_body={"password": "guess"}, request_headers={"authorization": "Bearer guess"}
    )

    assert lines[1:] == [
        "  header authorization: expected [redacted], was another value",
        "  body.password: expected [redacted], was another value",
    ]


def test_true_is_not_one(client: httpx.Client) -> None:
    client.post("/v1/studies", json={"name": True})

    assert "body.name: expected 1, was true" in complaint(client, since=2, request_body={"name": 1})[1]


def test_too_many_requests_are_listed(client: httpx.Client) -> None:
    assert complaint(client, path="/v1/studies", times=1) == [
        "2 requests fit, expected 1:",
        "  POST /v1/studies 400",
        "  GET /v1/studies 200",
    ]


def test_a_request_that_should_not_be_is_listed(client: httpx.Client) -> None:
    assert complaint(client, method="GET", times=0) == ["1 request fits, expected 0:", "  GET /v1/studies 200"]
    assert expect(client, method="DELETE", times=0).json() == {"requests": []}


def test_where_nothing_was_recorded_it_says_so(serve: Serve) -> None:
    assert complaint(serve("participant-kit"), method="GET") == ["No request fits; none was recorded."]


def test_a_body_that_is_not_json_or_too_long_to_be_kept_is_named(client: httpx.Client) -> None:
    client.post("/v1/studies", content="name=Diary")
    differing = complaint(client, since=2, request_body={"name": "Diary"})
    client.post("/v1/studies", json={"name": "x" * 20_000})

    assert differing[1] == "  body: expected JSON, was not JSON"
    assert "longer than the 16384 bytes" in complaint(client, since=3, request_body={"name": "x"})[1]


@pytest.mark.parametrize(
    ("expected", "part"),
    [
        ({"operation": "creat_study"}, "no operation 'creat_study'"),
        ({"path": "v1"}, "must begin with a slash"),
        ({"status": "many"}, "a status such as 404"),
        ({"boddy": {}}, "boddy"),
    ],
)
def test_an_expectation_that_nothing_could_meet_is_refused(
    client: httpx.Client, expected: dict[str, Any], part: str
) -> None:
    reply = expect(client, **expected)

    assert reply.status_code == 400
    assert part in reply.json()["error"]["message"]
