"""Who reaches the control operations: nobody from another site, whatever a page sends and whatever name it uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from live import TLS, running, served

from understudy.mock_server import create_app
from understudy.mock_server.serving.access import Access

APP = "https://app.example"


@pytest.fixture(scope="module")
def closed() -> Iterator[str]:
    """The address of a server as it is by default."""
    with running(create_app(["participant-kit"])) as address:
        yield address


@pytest.fixture(scope="module")
def opened() -> Iterator[str]:
    """The address of one to which an origin and a host name were named."""
    app = create_app(["participant-kit"], allow_origins=[APP, "http://other.example:81"], allow_hosts=["mock"])
    with running(app) as address:
        yield address


def ask(address: str, path: str = "/_mock/reset", method: str = "POST", **more: Any) -> httpx.Response:
    return httpx.request(method, address + path, verify=TLS, **more)


def said(reply: httpx.Response) -> str:
    return str(reply.json()["error"]["message"])


@pytest.mark.parametrize("path", ["/_mock/reset", "/_session/mine/_mock/reset", "/%5Fmock/reset"])
def test_a_page_of_another_origin_changes_nothing_and_learns_the_option(closed: str, path: str) -> None:
    reply = ask(closed, path, headers={"Origin": APP})

    assert reply.status_code == 403
    assert said(reply).endswith("start the mock with --allow-origin https://app.example")
    assert not [name for name in reply.headers if name.startswith("access-control")]
    assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["null", "http://localhost.example", "http://127.0.0.1.example", "http://[::2]"])
def test_an_origin_that_only_looks_like_this_machine_is_another_one(closed: str, origin: str) -> None:
    assert ask(closed, headers={"Origin": origin}).status_code == 403
    assert ask(closed, "/_mock/requests", "GET", headers={"Origin": origin}).status_code == 403


def test_a_preflight_of_another_origin_is_refused(closed: str) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Private-Network": "true"}

    reply = ask(closed, "/_mock/preferences", "OPTIONS", headers=asked)

    assert reply.status_code == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:1", "http://a.localhost"]
)
def test_pages_on_this_machine_use_control_with_credentials(closed: str, origin: str) -> None:
    reply = ask(closed, headers={"Origin": origin})

    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (204, origin)
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"


def test_scripts_without_an_origin_use_control(closed: str) -> None:
    assert ask(closed).status_code == 204


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"]
)
def test_a_name_that_leads_here_is_not_enough(closed: str, host: str) -> None:
    for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
        reply = ask(closed, headers=headers)

        assert reply.status_code == 403
        assert said(reply).endswith(f"start the mock with --allow-host {host.partition(':')[0]}")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.9.9.9", "[::1]:8000", "mock.localhost:80", "LOCALHOST"]
)
def test_names_of_this_machine_are_enough(closed: str, host: str) -> None:
    assert ask(closed, headers={"Host": host}).status_code == 204


def test_the_apis_answer_under_any_name(closed: str) -> None:
    headers = {"Host": "evil.example", "Authorization": "Bearer mock-token"}

    assert ask(closed, "/v1/projects", "GET", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_body_that_needs_no_preflight_is_not_taken(closed: str, media_type: str) -> None:
    reply = ask(closed, "/_mock/replies", content=b'{"status": 500}', headers={"Content-Type": media_type})

    assert reply.status_code == 415
    assert "application/json" in said(reply)
    assert ask(closed, "/_mock/replies", "GET").json()["replies"] == []


def test_a_media_type_without_a_body_does_not_matter(closed: str) -> None:
    assert ask(closed, headers={"Content-Type": "text/plain"}).status_code == 204


@pytest.mark.parametrize(
    ("path", "mode", "destination", "status"),
    [
        ("/_mock/", "navigate", "document", 200),
        ("/_mock/docs/participant-kit", "navigate", "document", 200),
        ("/_mock/", "navigate", "iframe", 403),
        ("/_mock/", "no-cors", "image", 403),
        ("/_mock/requests", "navigate", "document", 403),
        ("/_mock/requests", "no-cors", "script", 403),
    ],
)
def test_only_a_link_of_another_site_leads_in_and_only_to_a_page(
    closed: str, path: str, mode: str, destination: str, status: int
) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}

    assert ask(closed, path, "GET", headers=sent).status_code == status


def test_what_was_named_is_let_in(opened: str) -> None:
    reply = ask(opened, headers={"Origin": APP, "Host": "mock:8000"})

    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (204, APP)
    assert ask(opened, headers={"Origin": "http://other.example:81"}).status_code == 204
    assert ask(opened, headers={"Origin": "http://other.example"}).status_code == 403
    assert ask(opened, headers={"Origin": "http://app.example"}).status_code == 403


def test_the_dashboard_works_under_a_name_that_was_allowed(opened: str) -> None:
    assert ask(opened, headers={"Host": "mock:8000", "Origin": "http://mock:8000"}).status_code == 204
    assert ask(opened, headers={"Host": "mock", "Origin": "https://mock"}).status_code == 204
    assert ask(opened, headers={"Host": "mock:8000", "Origin": "http://mock:9"}).status_code == 403


def test_a_preflight_of_an_allowed_origin_opens_the_private_network(opened: str) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Private-Network": "true"}

    reply = ask(opened, "/_mock/preferences", "OPTIONS", headers=asked)

    assert (reply.status_code, reply.headers["Access-Control-Allow-Private-Network"]) == (204, "true")


@pytest.mark.parametrize("origin", ["app.example", "https://app.example/", "https://*.example", "*", "", "https://a b"])
def test_what_is_not_an_origin_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ValueError, match="is not an origin; write it as browsers do"):
        Access(origins=[origin])


@pytest.mark.parametrize("host", ["mock:8000", "http://mock", "mock/", "", "*.example", "a b"])
def test_what_is_not_a_host_name_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(ValueError, match="is not a host name; write a name or an address"):
        Access(hosts=[host])


def test_the_options_reach_the_server() -> None:
    options = ["--host", "0.0.0.0", "--allow-origin", APP, "--allow-host", "mock"]
    with served("participant-kit", *options) as server:
        address = server.address.replace("0.0.0.0", "127.0.0.1")

        assert ask(address, headers={"Origin": APP, "Host": "mock"}).status_code == 204
        assert ask(address, headers={"Host": "mocks"}).status_code == 403
