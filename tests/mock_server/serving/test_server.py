"""Which API, session or control operation a request reaches, and the error when it reaches none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from understudy.mock_server import create_app
from understudy.mock_server.http.responses import ConnectionCutError
from understudy.mock_server.serving.server import Server
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.store import StoreError, StoreFullError

TWO = ("consent-kit", "lookit")
TOKEN = {"Authorization": "Bearer mock-token"}


@pytest.fixture(scope="module")
def two() -> Server:
    """A server of two APIs; nothing here changes their records."""
    return create_app(TWO)


@pytest.fixture(scope="module")
def one() -> Server:
    return create_app(["consent-kit"])


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(server, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.request(method, path, headers={**TOKEN, **headers})

    return asyncio.run(run())


def answering(work: Callable[[], Any]) -> Server:
    """A server of one API whose application does this."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        work()

    server = create_app(["consent-kit"])
    (served_api,) = server.served_apis
    server.serve_apis([ServedApi(served_api.contract, "", served_api.resources, None, app)])
    return server


def raising(error: Exception) -> Server:
    def work() -> None:
        raise error

    return answering(work)


@pytest.mark.parametrize(
    "path", ["/", "/v1/events", "/consent-kitten/v1/events", "/consent", "//consent-kit", "/Lookit"]
)
def test_an_address_of_no_api_is_told_which_there_are(two: Server, path: str) -> None:
    reply = ask(two, path)

    assert (reply.status_code, reply.json()) == (
        404,
        {
            "error": {
                "status": 404,
                "message": "No API is served at this path. The paths are /consent-kit, /lookit, and /_mock/ for control.",
            }
        },
    )


def test_an_apis_own_root_is_refused_in_its_own_shape(two: Server) -> None:
    assert ask(two, "/consent-kit").json()["error"]["type"] == "not_found"


@pytest.mark.parametrize("path", ["/_mock", "/_mock/", "/_mock/health"])
def test_control_is_reached_with_and_without_more_of_a_path(two: Server, path: str) -> None:
    assert ask(two, path).status_code in {200, 307, 308}


@pytest.mark.parametrize("path", ["/_mockery", "/_mock-health", "/_mocks/health"])
def test_what_only_begins_like_control_is_none(one: Server, path: str) -> None:
    assert ask(one, path).json()["error"]["type"] == "not_found"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_session/a/v1/events", 200),
        ("/_session/a/_mock/health", 200),
        ("/_session/a", 404),
        ("/_session/a/", 404),
        ("/_session/a/_session/b/v1/events", 404),
        ("/_session/no%20name/v1/events", 400),
        ("/_session", 404),
    ],
)
def test_a_path_may_name_a_session_once(one: Server, path: str, status: int) -> None:
    assert ask(one, path).status_code == status


def test_a_session_of_a_path_lies_before_the_name_of_the_api(two: Server) -> None:
    paths = ["/_session/a/consent-kit/v1/events", "/consent-kit/_session/a/v1/events"]

    assert [ask(two, path).status_code for path in paths] == [200, 404]


def test_a_path_names_the_session_whatever_the_header_says(one: Server) -> None:
    ask(one, "/_session/of-the-path/v1/events", **{"X-Mock-Session": "of-the-header"})

    assert one.sessions.known("of-the-header") is None
    assert one.sessions.known("of-the-path") is not None


def test_a_name_in_a_header_may_be_escaped(one: Server) -> None:
    ask(one, "/v1/events", **{"X-Mock-Session": "%65scaped"})

    assert one.sessions.known("escaped") is not None


def test_a_preflight_makes_no_session(one: Server) -> None:
    asked = {"Origin": "http://localhost", "Access-Control-Request-Method": "GET", "X-Mock-Session": "preflight"}

    assert (ask(one, "/v1/events", "OPTIONS", **asked).status_code, one.sessions.known("preflight")) == (204, None)


def test_a_request_that_reaches_no_api_is_taken_down_as_well(two: Server) -> None:
    ask(two, "/nowhere", **{"X-Mock-Session": "lost"})

    (entry,) = ask(two, "/_mock/requests", **{"X-Mock-Session": "lost"}).json()["requests"]
    assert (entry["path"], entry["status"]) == ("/nowhere", 404)


def test_a_refusal_of_the_server_itself_has_no_body_for_head(two: Server) -> None:
    reply = ask(two, "/nowhere", "HEAD")

    assert reply.status_code == 404
    assert reply.content == b""
    assert int(reply.headers["Content-Length"]) > 0


@pytest.mark.parametrize(("error", "status"), [(StoreError("gone"), 503), (StoreFullError("no room"), 507)])
def test_a_store_that_fails_outside_of_every_operation_is_told_in_one_line(
    error: StoreError, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    reply = ask(raising(error), "/v1/events")

    assert (reply.status_code, reply.json()["error"]["status"]) == (status, status)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        f"the store cannot answer: {error}"
    ]


def test_a_fault_of_ours_is_a_500_that_tells_nothing_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    reply = ask(raising(ZeroDivisionError("the secret of it")), "/v1/events")

    assert (reply.status_code, reply.json()["error"]["message"]) == (500, "The mock failed; its log says why.")
    assert "the secret of it" in caplog.text


def test_a_connection_that_was_cut_on_purpose_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def call() -> None:
        async def nothing(message: Any = None) -> Any:
            return {"type": "http.disconnect"}

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/v1/events",
            "query_string": b"",
            "headers": [(b"host", b"x")],
            "root_path": "",
        }
        await raising(ConnectionCutError("on purpose"))(scope, nothing, nothing)

    with pytest.raises(ConnectionCutError):
        asyncio.run(call())
    assert caplog.text == ""


def test_what_is_neither_http_nor_the_servers_life_is_left_alone(one: Server) -> None:
    async def never(message: Any = None) -> Any:
        raise AssertionError("nothing is said")

    asyncio.run(one({"type": "websocket"}, never, never))


def test_other_apis_can_be_mounted_in_place_of_the_first(two: Server) -> None:
    server = create_app(TWO)
    server.serve_apis(server.served_apis[1:])

    assert [ask(server, path).status_code for path in ("/consent-kit/v1/events", "/lookit/nothing")] == [404, 404]
    assert "errors" in ask(server, "/consent-kit/v1/events").json()  # the only one answers whatever the path


def test_its_end_closes_the_store() -> None:
    said: list[str] = []
    heard = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(heard)}

    async def send(message: Any) -> None:
        said.append(message["type"])

    asyncio.run(create_app(["consent-kit"])({"type": "lifespan"}, receive, send))

    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
