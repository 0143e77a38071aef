"""Replies that somebody wished for: by `Prefer`, by a forced reply, by a bad network."""

from __future__ import annotations

import time
from typing import Any

import httpx
import jsonschema_rs
import pytest
from live import Serve

from understudy.mock_server.sessions.overrides import Network
from understudy.specs import apis, load

#: How each API's own error shape is recognised.
SHAPES = {
    "participant-kit": lambda body: set(body["error"]) >= {"type", "message"},
    "consent-kit": lambda body: set(body["error"]) >= {"type", "message"},
    "prolific": lambda body: set(body["error"]) >= {"status", "error_code", "title", "detail"},
    "lookit": lambda body: set(body["errors"][0]) >= {"detail", "status", "code"},
    "forsta": lambda body: set(body) == {"message"},
}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 502, 503])
@pytest.mark.parametrize("api", apis())
def test_a_forced_status_has_the_shape_of_its_api(serve: Serve, api: str, status: int) -> None:
    reply = serve(api).get(_first_path(api), headers={"Prefer": f"code={status}"})

    assert reply.status_code == status
    assert SHAPES[api](reply.json())


@pytest.mark.parametrize("status", [420, 499, 512, 599])
@pytest.mark.parametrize("api", apis())
def test_a_failure_may_have_a_number_that_has_no_name(serve: Serve, api: str, status: int) -> None:
    client = serve(api)
    client.post("/_mock/replies", json={"status": status})

    reply = client.get(_first_path(api))

    assert reply.status_code == status
    assert SHAPES[api](reply.json())


def test_a_path_is_forced_without_its_final_slash_where_the_api_answers_both(serve: Serve) -> None:
    client = serve("prolific", scheme="Token")
    client.post("/_mock/replies", json={"path": "/api/v1/users/me", "status": 503})

    assert client.get("/api/v1/users/me/").status_code == 503


@pytest.mark.parametrize("api", apis())
def test_no_member_of_a_forced_error_is_left_empty(serve: Serve, api: str) -> None:
    reply = serve(api).get(_first_path(api), headers={"Prefer": "code=429"})

    assert "null" not in reply.text


@pytest.mark.parametrize(
    ("status", "header", "value"),
    [(401, "WWW-Authenticate", "Bearer"), (429, "Retry-After", "1"), (503, "Retry-After", "1")],
)
def test_a_forced_status_has_the_header_that_belongs_to_it(serve: Serve, status: int, header: str, value: str) -> None:
    assert serve("participant-kit").get("/v1/projects", headers={"Prefer": f"code={status}"}).headers[header] == value


def test_a_forced_503_asks_to_try_again_where_the_path_has_no_such_method_either(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/network", json={"failure_rate": 1})

    assert client.put("/v1/projects").headers["Retry-After"] == "1"


def test_a_declared_example_goes_before_the_general_shape(serve: Serve) -> None:
    reply = serve("participant-kit").get("/v1/studies/none", headers={"Prefer": "code=404"})

    document = load("participant-kit").document
    assert reply.json() == document["components"]["examples"]["ErrorNotFound"]["value"]


def test_a_named_example_is_answered(serve: Serve) -> None:
    reply = serve("participant-kit").get("/v1/projects", headers={"Prefer": "example=past_the_end"})

    assert reply.json() == {"object": "list", "data": []}


def test_a_named_example_brings_its_status(serve: Serve) -> None:
    assert serve("participant-kit").get("/v1/projects", headers={"Prefer": "example=no_valid_token"}).status_code == 401


def test_a_forced_reply_changes_nothing(serve: Serve) -> None:
    client = serve("participant-kit")
    study = client.get("/v1/studies?limit=1").json()["data"][0]["id"]

    client.delete(f"/v1/studies/{study}", headers={"Prefer": "code=200"})

    assert client.get(f"/v1/studies/{study}").status_code == 200


def test_head_is_answered_without_a_body(serve: Serve) -> None:
    reply = serve("participant-kit").head("/v1/projects", headers={"Prefer": "code=503"})

    assert (reply.status_code, reply.content) == (503, b"")


def test_an_address_without_an_operation_is_still_unknown(serve: Serve) -> None:
    assert serve("participant-kit").get("/v1/nothing", headers={"Prefer": "code=503"}).status_code == 404


@pytest.mark.parametrize("api", apis())
def test_drawn_bodies_fit_their_schemas(serve: Serve, api: str) -> None:
    contract = load(api)
    client = serve(api)
    registry = jsonschema_rs.Registry([(contract.uri, contract.schemas)])
    misfits = []
    for operation in contract.operations.values():
        path = operation.path.replace("{", "").replace("}", "")
        reply = client.request(operation.method, path, headers={"Prefer": "dynamic"})
        schemas = operation.responses[str(operation.success)]
        schema = schemas.get(reply.headers.get("Content-Type", ""))
        if reply.status_code != operation.success:
            misfits.append((operation.id, reply.status_code, reply.text))
        elif schema and "json" in reply.headers["Content-Type"] and "ndjson" not in reply.headers["Content-Type"]:
            validator = jsonschema_rs.Draft202012Validator(dict(schema), registry=registry, validate_formats=True)
            misfits += [(operation.id, str(error)) for error in validator.iter_errors(reply.json())]

    assert misfits == []


def test_drawn_bodies_differ_and_come_again_in_another_session(serve: Serve) -> None:
    client = serve("participant-kit")
    wish = {"Prefer": "dynamic"}
    one = [client.get("/v1/projects", headers=wish).text for _ in range(3)]
    name = f"{client.headers['X-Mock-Session']}-b"
    other = [client.get("/v1/projects", headers={**wish, "X-Mock-Session": name}).text for _ in range(3)]

    assert len(set(one)) == 3
    assert one == other


def test_a_forced_reply_serves_the_next_requests_that_match(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", json={"method": "GET", "path": "/v1/pro*", "status": 503, "times": 2})

    statuses = [client.get(f"/v1/{name}").status_code for name in ("panels", "projects", "projects", "projects")]
    assert statuses == [200, 503, 503, 200]


def test_a_forced_reply_without_an_end_lasts_until_it_is_taken_away(serve: Serve) -> None:
    client = serve("participant-kit")
    reply = client.post("/_mock/replies", json={"status": 503, "times": None}).json()
    before = [client.get("/v1/projects").status_code for _ in range(3)]

    client.delete(f"/_mock/replies/{reply['id']}")

    assert (before, client.get("/v1/projects").status_code) == ([503, 503, 503], 200)


def test_a_forced_reply_can_have_its_own_body_and_headers(serve: Serve) -> None:
    client = serve("participant-kit")
    spec = {"status": 200, "headers": {"X-Trace": "7"}, "body": {"object": "list", "data": [], "more": True}}
    client.post("/_mock/replies", json=spec)

    reply = client.get("/v1/projects")
    assert (reply.headers["X-Trace"], reply.json()) == ("7", spec["body"])


def test_a_forced_delay_leaves_the_reply_as_it_is(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", json={"delay": 0.3})
    began = time.monotonic()

    assert client.get("/v1/projects").status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_connection_dropped_before_has_changed_nothing(serve: Serve) -> None:
    client = serve("participant-kit")
    before = _studies(client)
    client.post("/_mock/replies", json={"operation": "create_study", "drop": "before"})

    with pytest.raises(httpx.TransportError):
        _create(client)
    assert _studies(client) == before


def test_a_connection_dropped_after_has_changed_what_it_changes(serve: Serve) -> None:
    client = serve("participant-kit")
    before = _studies(client)
    client.post("/_mock/replies", json={"operation": "create_study", "drop": "after"})

    with pytest.raises(httpx.TransportError):
        _create(client)
    assert _studies(client) == before + 1


def test_a_malformed_body_is_half_of_it(serve: Serve) -> None:
    client = serve("participant-kit")
    whole = client.get("/v1/projects").content
    client.post("/_mock/replies", json={"malformed": True})

    reply = client.get("/v1/projects")
    assert (reply.status_code, reply.content) == (200, whole[: len(whole) // 2])


def test_a_forced_reply_goes_before_the_requests_own_wish(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", json={"status": 503})

    reply = client.get("/v1/projects", headers={"Prefer": "code=404"})
    assert reply.status_code == 503
    assert "Preference-Applied" not in reply.headers


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({"statsu": 503}, "statsu"),
        ({"status": 299}, "status: must be an HTTP status"),
        ({"operation": "make_coffee"}, "make_coffee"),
        ({"api": "coffee"}, "coffee"),
        ({"drop": "sometimes"}, "drop"),
        ({"times": 0}, "times"),
    ],
)
def test_what_cannot_be_forced_is_refused_by_name(serve: Serve, spec: dict[str, Any], named: str) -> None:
    reply = serve("participant-kit").post("/_mock/replies", json=spec)

    assert reply.status_code == 400
    assert named in reply.json()["error"]["message"]


def test_the_journal_tells_what_was_done_on_purpose(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects", headers={"Prefer": "code=404"})

    assert client.get("/_mock/requests").json()["requests"][0]["forced"] == "code=404"


def test_latency_delays_every_reply(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/network", json={"latency": 0.2})
    began = time.monotonic()

    client.get("/v1/projects")

    assert time.monotonic() - began >= 0.2


def test_the_same_seed_fails_the_same_requests(serve: Serve) -> None:
    client = serve("participant-kit")
    network = Network(failure_rate=0.5, seed=3)
    client.put("/_mock/network", json={"failure_rate": 0.5, "seed": 3})

    statuses = [client.get("/v1/projects").status_code for _ in range(12)]
    assert statuses == [503 if network.fails(number) else 200 for number in range(1, 13)]


def test_a_share_of_requests_fails() -> None:
    network = Network(failure_rate=0.2, seed=1)

    assert 150 < sum(network.fails(number) for number in range(1000)) < 250


def test_jitter_stays_within_its_bounds() -> None:
    network = Network(latency=1, jitter=0.5)

    assert all(1 <= network.delay(number) <= 1.5 for number in range(100))


def test_a_good_network_is_back_when_it_is_cleared(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/network", json={"failure_rate": 1})
    failing = client.get("/v1/projects").status_code

    client.delete("/_mock/network")

    assert (failing, client.get("/v1/projects").status_code) == (503, 200)


def _first_path(api: str) -> str:
    operations = load(api).operations.values()
    return next(op.path.replace("{", "").replace("}", "") for op in operations if op.method == "GET")


def _studies(client: httpx.Client) -> int:
    resources = client.get("/_mock/resources").json()["resources"]
    return int(next(each["count"] for each in resources if each["resource"] == "study"))


def _create(client: httpx.Client) -> None:
    project = client.get("/v1/projects").json()["data"][0]["id"]
    client.post("/v1/studies", json={"name": "Lost", "project_id": project})
