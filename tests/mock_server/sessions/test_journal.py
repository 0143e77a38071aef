"""What was asked and answered, newest last, without secrets."""

from __future__ import annotations

import gc
import json
import socket
import string
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import Serve, Served, running, served
from real import DOCUMENT, client_of

from understudy.mock_server import create_app
from understudy.mock_server.sessions.journal import BODY_LIMIT, LIMIT
from understudy.specs.unprepared.any_contract import any_contract


def test_requests_are_listed_newest_last(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")
    client.get("/v1/panels")

    assert [each["path"] for each in _requests(client)] == ["/v1/projects", "/v1/panels"]


def test_an_entry_tells_the_operation_the_status_and_both_bodies(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/v1/studies", json={"name": "", "project_id": "none"})

    entry = _requests(client)[0]
    listed = (
        entry["operation"],
        entry["status"],
        entry["request"]["body"]["name"],
        entry["reply"]["body"]["error"]["type"],
    )
    assert listed == ("create_study", 400, "", "invalid_request")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("method=get", 3),
        ("method=POST", 1),
        ("path=/v1/projects", 1),
        ("path=/v1/p*", 2),
        ("status=4xx", 2),
        ("status=404", 1),
        ("operation=create_study", 1),
        ("api=participant-kit", 4),
        ("method=GET&status=2xx", 2),
        ("limit=2", 2),
    ],
)
def test_requests_are_found_by_what_they_were(serve: Serve, query: str, found: int) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")
    client.get("/v1/panels")
    client.get("/v1/studies/none")
    client.post("/v1/studies", json={})

    assert len(_requests(client, query)) == found


def test_only_what_came_after_an_entry_is_listed(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")
    known = _requests(client)[-1]["id"]
    client.get("/v1/panels")

    assert [each["path"] for each in _requests(client, f"since={known}")] == ["/v1/panels"]


def test_an_unknown_filter_is_refused_by_name(serve: Serve) -> None:
    reply = serve("participant-kit").get("/_mock/requests?stauts=404")

    assert "stauts" in reply.json()["error"]["message"]


def test_a_forgotten_journal_is_empty(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")

    client.delete("/_mock/requests")

    assert _requests(client) == []


def test_control_requests_and_preflights_are_not_in_it(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/_mock/health")
    client.options("/v1/projects", headers={"Origin": "http://a.test", "Access-Control-Request-Method": "GET"})

    assert _requests(client) == []


def test_another_session_has_another_journal(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects", headers={"X-Mock-Session": f"{client.headers['X-Mock-Session']}-b"})

    assert _requests(client) == []


def test_a_session_can_look_into_another_one(serve: Serve) -> None:
    client = serve("participant-kit")
    other = f"{client.headers['X-Mock-Session']}-b"
    client.get("/v1/projects", headers={"X-Mock-Session": other})

    assert [each["session"] for each in _requests(client, f"session={other}")] == [other]


def test_credentials_are_replaced_and_their_scheme_stays(serve: Serve) -> None:
    client = serve("participant-kit", token="mock-token", scheme="Bearer")
    client.get("/v1/projects?access_token=s3cret", headers={"Cookie": "id=s3cret"})

    entry = _requests(client)[0]
    headers = entry["request"]["headers"]
    assert (headers["authorization"], headers["cookie"], entry["query"]) == (
        "Bearer [redacted]",
        "[redacted]",
        {"access_token": "[redacted]"},
    )


TOKEN = {"Authorization": "Bearer mock-token"}

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ('{"password": 1531337, "deep": [{"token": ["s3cret", {"a": "s3cret"}]}]}', _JSON),
        ('{"password": "s3cret"', _JSON),
        ("password=s3cret&name=x", _FORM),
    ],
)
def test_secrets_in_bodies_are_redacted(serve: Serve, body: str, media_type: str) -> None:
    client = serve("participant-kit")
    client.post("/v1/studies", content=body, headers={"Content-Type": media_type})

    listed = client.get("/_mock/requests").text
    assert "s3cret" not in listed
    assert "1531337" not in listed


def test_what_only_says_whether_there_is_a_secret_is_shown(serve: Serve) -> None:
    client = serve("participant-kit")
    body = {"token": None, "has_password": True, "name": "x"}
    client.post("/v1/studies", json=body)

    assert _requests(client)[0]["request"]["body"] == body


def test_secrets_in_queries_and_headers_are_redacted(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get(
        "/v1/projects?api%5Fkey=s3cret&deep[password]=two s3cret&next=/x?y=1%26token=s3cret",
        headers={"X-Api-Key": "two s3cret", "Referer": "http://a.example/?page=1&secret=s3cret"},
    )

    entry = _requests(client)[0]
    assert "s3cret" not in str(entry)
    assert "two" not in str(entry)
    assert entry["request"]["headers"]["referer"] == "http://a.example/?page=1&secret=[redacted]"


def test_the_parameter_in_which_a_contract_puts_its_key_is_redacted_whatever_its_name(tmp_path: Path) -> None:
    document = tmp_path / "shelf.yaml"
    document.write_text(DOCUMENT)
    with client_of(any_contract("shelf", str(document))) as client:
        client.get("/v2/books?x-shelf=sesame-open")
        expected = {"request_headers": {"X-Shelf": "other"}, "query": {"x-shelf": "other"}}
        complaint = client.post("/_mock/requests/expect", json=expected).text
        entry = client.get("/_mock/requests/1").json()
        listed = [client.get(f"/_mock/requests{path}").text for path in ("", "/overview", "/1")]

    assert not any("sesame" in text for text in [complaint, *listed])
    assert (entry["request"]["headers"]["x-shelf"], entry["query"]) == ("[redacted]", {"x-shelf": "[redacted]"})
    assert "header x-shelf: expected [redacted], was another value" in complaint


def test_secrets_in_forced_replies_are_redacted(serve: Serve) -> None:
    client = serve("participant-kit")
    forced = {"body": {"token": [1531337], "secret": {"a": "s3cret"}}, "headers": {"X-Token": "s3cret"}, "times": 2}
    made = client.post("/_mock/replies", json=forced)
    sent = client.get("/v1/projects")

    assert (sent.json(), sent.headers["x-token"]) == (forced["body"], "s3cret")
    listed = [made.text, client.get("/_mock/replies").text, str(_requests(client)[0])]
    assert not [each for each in listed if "s3cret" in each or "1531337" in each]


@pytest.mark.parametrize("levels", [250, 251, 252, 900, 1030])
def test_a_deep_body_is_listed_and_counted(serve: Serve, levels: int) -> None:
    client = serve("participant-kit")
    body = '{"a":' * levels + "1" + "}" * levels
    client.post("/v1/studies", content=body, headers={"Content-Type": _JSON})

    shown = _requests(client)[0]["request"]["body"]
    assert shown == (json.loads(body) if levels == 250 else body)
    assert client.get("/_mock/requests/count?exactly=1").status_code == 200


@pytest.mark.parametrize(
    "body", ["[" * 251 + "]" * 251, '{"a":' * 252 + "1" + "}" * 252, "[" * 900 + "]" * 900, "[" * 1010 + "]" * 1010]
)
def test_a_forced_body_that_is_too_deep_is_refused(serve: Serve, body: str) -> None:
    client = serve("participant-kit")
    refused = client.post("/_mock/replies", content=f'{{"body": {body}}}', headers={"Content-Type": _JSON})
    kept = client.post(
        "/_mock/replies", content=f'{{"body": {"[" * 250 + "]" * 250}}}', headers={"Content-Type": _JSON}
    )
    client.get("/v1/projects")

    assert refused.status_code == 400
    assert "is nested too deeply" in refused.json()["error"]["message"]
    assert kept.status_code == 201
    assert _requests(client)[0]["forced"] == "body"


_TOKENS = st.text(string.ascii_letters + "!#$%&'*+-.^_`|~", min_size=1, max_size=12).map(str.encode)
_VISIBLE = st.binary(max_size=40).map(lambda raw: bytes(each for each in raw if each >= 32 and each != 127))
_NAMES = st.sampled_from([b"password", b"token", b"Set-Cookie", b"X-a", b"Authorization", b"Prefer", b"Content-Type"])
_TYPES = st.sampled_from([b"application/json", _FORM.encode(), b"text/plain", b"multipart/form-data; boundary=b"])
_BODIES = st.one_of(
    st.binary(max_size=300),
    st.recursive(st.none() | st.floats() | st.integers() | st.text(), lambda each: st.lists(each)).map(
        lambda value: json.dumps(value).encode()
    ),
    st.tuples(st.sampled_from([b"[", b'{"token":', b'{"a":[']), st.integers(1, 1500)).map(
        lambda pair: pair[0] * pair[1]
    ),
    st.integers(1, 1100).map(lambda levels: b"[" * levels + b"]" * levels),
    st.sampled_from([b'"\\ud800"', b"1e999", b"9" * 400, b'{"\\u0000":"\xff"}', b"NaN"]),
)


@given(
    method=_TOKENS,
    query=_VISIBLE.map(lambda raw: raw.replace(b" ", b"").replace(b"#", b"")),
    headers=st.lists(st.tuples(_NAMES | _TOKENS, _VISIBLE), max_size=3),
    media_type=_TYPES,
    body=_BODIES,
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_sent_the_journal_is_valid_json(
    serve: Serve, method: bytes, query: bytes, headers: list[tuple[bytes, bytes]], media_type: bytes, body: bytes
) -> None:
    client = serve("participant-kit")
    session = client.headers["X-Mock-Session"].encode()
    lines = [b"%s /v1/studies?%s HTTP/1.1" % (method, query), b"Host: a", b"X-Mock-Session: " + session]
    lines += [name + b": " + value for name, value in headers if name.lower() not in _FRAMING]
    lines += [b"Content-Type: " + media_type, b"Content-Length: %d" % len(body), b"Connection: close"]
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        while connection.recv(65536):
            pass

    listed = client.get("/_mock/requests?limit=500")
    assert listed.status_code == 200
    assert isinstance(listed.json()["requests"], list)
    client.delete("/_mock/requests")


_FRAMING = {b"content-length", b"transfer-encoding", b"connection", b"host", b"x-mock-session", b"expect", b"upgrade"}


def test_long_bodies_are_cut_and_say_so(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/v1/studies", json={"name": "x" * (BODY_LIMIT + 10)})

    assert _requests(client)[0]["request"]["truncated"] is True


def test_only_the_latest_requests_are_kept_and_all_are_counted(serve: Serve) -> None:
    client = serve("participant-kit")
    for _ in range(LIMIT + 5):
        client.head("/v1/projects/none")

    listed = client.get("/_mock/requests").json()
    assert (len(listed["requests"]), listed["total"]) == (LIMIT, LIMIT + 5)


def test_a_path_that_nothing_serves_is_noted(serve: Serve) -> None:
    client = serve("all")
    client.get("/v1/projects")

    assert [(each["api"], each["status"]) for each in _requests(client)] == [(None, 404)]


def test_a_path_is_found_with_and_without_the_prefix_of_its_api(serve: Serve) -> None:
    client = serve("all")
    client.get("/participant-kit/v1/projects")

    counts = [len(_requests(client, f"path={path}")) for path in ("/participant-kit/v1/projects", "/v1/projects")]
    assert counts == [1, 1]


def test_a_count_within_its_bounds_is_told(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")

    assert client.get("/_mock/requests/count?method=GET&exactly=1&at_least=1&at_most=1").json() == {"count": 1}


@pytest.mark.parametrize("bound", ["exactly=2", "at_least=2", "at_most=0"])
def test_a_count_outside_of_its_bounds_tells_what_was_asked(serve: Serve, bound: str) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")

    reply = client.get(f"/_mock/requests/count?{bound}")
    assert reply.status_code == 409
    assert "GET /v1/projects 200" in reply.json()["error"]["message"]


def test_the_journals_of_all_sessions_share_a_budget_and_the_oldest_entries_go_first() -> None:
    with (
        running(create_app(["participant-kit"], journal_bytes=200_000)) as url,
        httpx.Client(base_url=url, headers=TOKEN) as client,
    ):
        for number in range(40):
            client.post("/v1/studies", content=b"x" * 20_000, headers={"X-Mock-Session": "a" if number % 2 else "b"})
        numbers = {
            session: [each["id"] for each in client.get(f"/_mock/requests?session={session}").json()["requests"]]
            for session in ("a", "b")
        }

        # Each request takes a little more than the 16 KiB of its body that are recorded.
        assert numbers == {"a": [16, 17, 18, 19, 20], "b": [16, 17, 18, 19, 20]}
        assert client.get("/_mock/requests", headers={"X-Mock-Session": "a"}).json()["total"] == 20
        assert len(client.get("/_mock/requests?session=*").json()["requests"]) == 10


def test_a_journal_without_budget_is_empty_and_serves() -> None:
    with (
        running(create_app(["participant-kit"], journal_bytes=0)) as url,
        httpx.Client(base_url=url, headers=TOKEN) as client,
    ):
        replies = [client.post("/v1/studies", json={}).status_code for _ in range(3)]

        assert replies == [400] * 3
        assert client.get("/_mock/requests").json() == {"requests": [], "total": 3}


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"x" * 20_000, 0), *(pytest.param(*each, marks=pytest.mark.long) for each in ((b"x" * 20_000, 60), (b"", 0)))],
)
def test_memory_stays_within_the_budget_and_comes_back_at_a_reset(body: bytes, headers: int) -> None:
    budget = 600_000
    sent = {**TOKEN, **{f"x-{number}": "y" for number in range(headers)}}
    app = create_app(["participant-kit"], journal_bytes=budget)
    with running(app) as url, httpx.Client(base_url=url, headers=sent) as client:
        for name in ("a", "b"):
            client.post("/v1/studies", content=body, headers={"X-Mock-Session": name})
            client.post("/_mock/reset", headers={"X-Mock-Session": name})
        tracemalloc.start()
        try:
            for name in ("a", "b"):
                for _ in range(120):
                    client.post("/v1/studies", content=body, headers={"X-Mock-Session": name})
            gc.collect()
            full = tracemalloc.get_traced_memory()[0]
            for name in ("a", "b"):
                client.post("/_mock/reset", headers={"X-Mock-Session": name})
            gc.collect()
            empty = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    assert budget * 0.3 < full - empty < budget * 1.1
    assert empty < budget * 0.3


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = tmp_path_factory.mktemp("workers") / "state.db"
    with served("participant-kit", "--store", f"sqlite:///{store}", "--workers", "2") as server:
        yield server


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "requests/count"), ("GET", "requests/count?exactly=0"), ("DELETE", "requests")],
)
def test_what_only_one_worker_could_answer_is_refused(workers: Served, method: str, path: str) -> None:
    reply = httpx.request(method, f"{workers.address}/_mock/{path}")

    assert reply.status_code == 409
    assert "without --workers" in reply.json()["error"]["message"]


def test_the_list_of_one_worker_says_so(workers: Served, serve: Serve) -> None:
    assert "one worker" in httpx.get(f"{workers.address}/_mock/requests").json()["note"]
    assert "note" not in serve("participant-kit").get("/_mock/requests").json()


def _requests(client: Any, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/_mock/requests?{query}").json()["requests"]
    return found
