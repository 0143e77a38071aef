"""Behind a proxy: every address in a reply is the one that the client uses, and only a trusted proxy says which it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import TLS, running, served

from understudy.mock_server import create_app
from understudy.mock_server.http.hosts import Forwarded
from understudy.mock_server.serving.forwarded import TrustedProxies

ADMIN = {"Authorization": "Token mock-admin-token"}
LIST = "/lookit/api/v1/children/"


def heard(proxies: TrustedProxies = TrustedProxies(), peer: str | None = "127.0.0.1", **said: str) -> Forwarded | None:  # noqa: B008
    """What is understood of a request with these fields from a peer."""
    headers = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in said.items()}
    return proxies.forwarded({"client": None if peer is None else (peer, 1)}, headers)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server of all APIs."""
    with running(create_app()) as address:
        yield address


def ask(address: str, path: str, method: str = "GET", json: Any = None, **headers: str) -> httpx.Response:
    sent = {**ADMIN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.request(method, address + path, json=json, headers=sent, trust_env=False, verify=TLS)


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ({"x_forwarded_prefix": "/api"}, "http://{host}/api"),
        ({"x_forwarded_proto": "https"}, "https://{host}"),
        ({"x_forwarded_host": "api.example.com"}, "http://api.example.com"),
        ({"forwarded": 'for=192.0.2.1;proto=https;host="api.example.com:8443"'}, "https://api.example.com:8443"),
        ({"forwarded": "proto=https", "x_forwarded_prefix": "/a/b/"}, "https://{host}/a/b"),
        ({"x_forwarded_host": "one.example, two.example", "x_forwarded_proto": "https,http"}, "https://one.example"),
        ({"x_forwarded_host": 'a"b', "x_forwarded_proto": "gopher", "x_forwarded_prefix": "//evil"}, "http://{host}"),
    ],
    ids=["a prefix", "a scheme", "a host", "the standard field", "both", "lists", "what cannot be used"],
)
@pytest.mark.parametrize("session", ["", "/_session/mine"])
def test_links_locations_and_servers_are_below_the_address_that_the_client_uses(
    address: str, said: dict[str, str], base: str, session: str
) -> None:
    host = address.partition("://")[2]
    base = base.format(host=host) + session

    page = ask(address, f"{session}{LIST}?page_size=5", **said).json()
    redirect = ask(address, f"{session}{LIST.rstrip('/')}?limit=1", **said)
    control = ask(address, f"{session}/_mock", **said)
    documents = [
        ask(address, f"{session}{path}", **said).json()["servers"][0]["url"]
        for path in ("/_mock/openapi/lookit.json", "/lookit/openapi.json")
    ]

    assert page["links"]["last"].startswith(f"{base}{LIST}?")
    assert redirect.headers["location"] == f"{base}{LIST}?limit=1"
    assert control.headers["location"] == f"{base}/_mock/"
    assert all(httpx.URL(f"{base}/").join(each) == f"{base}/lookit" for each in documents)


def test_the_location_of_what_was_created_is_there_for_the_client(address: str) -> None:
    study = ask(address, "/lookit/api/v1/studies/").json()["data"][0]
    body = {"data": {"type": "feedback", "attributes": {"comment": "Thanks"}, "relationships": {}}}
    responses = ask(address, f"/lookit/api/v1/studies/{study['id']}/responses/").json()["data"]
    body["data"]["relationships"] = {"response": {"data": {"type": "responses", "id": responses[0]["id"]}}}
    made = httpx.post(
        f"{address}/lookit/api/v1/feedback/",
        json=body,
        headers={**ADMIN, "Content-Type": "application/vnd.api+json", "X-Forwarded-Prefix": "/api"},
        trust_env=False,
    )

    assert made.status_code == 201, made.text
    assert re.fullmatch(rf"{address}/api/lookit/api/v1/feedback/[0-9a-f-]+/", made.headers["location"])


@pytest.mark.parametrize(
    ("headers", "server"),
    [
        ({}, "/lookit"),
        ({"X-Mock-Session": "mine"}, "/_session/mine/lookit"),
        ({"Host": "mock.example:81"}, "http://mock.example:81/lookit"),
        ({"Origin": "http://localhost:5173"}, "{address}/lookit"),
        ({"Host": "localhost:81"}, "/lookit"),
    ],
    ids=["this machine", "a session", "another name", "a page of another origin", "another name of this machine"],
)
def test_the_server_of_a_document_is_a_path_unless_it_is_asked_from_elsewhere(
    address: str, headers: dict[str, str], server: str
) -> None:
    assert ask(address, "/lookit/openapi.json", **headers).json()["servers"] == [
        {"url": server.format(address=address)}
    ]


def test_the_only_api_has_its_document_and_its_server_at_the_root() -> None:
    with running(create_app(["consent-kit"])) as address:
        document = ask(address, "/openapi.json").json()
        posted = ask(address, "/openapi.json", "POST", json={})

        assert document["servers"] == [{"url": "/"}]
        assert document == ask(address, "/_mock/openapi/consent-kit.json").json()
        assert posted.status_code == 404


def test_the_document_of_an_api_is_read_without_a_credential_and_recorded(address: str) -> None:
    headers = {"X-Mock-Session": "documents"}

    assert httpx.get(f"{address}/prolific/openapi.json", headers=headers, trust_env=False).status_code == 200
    (entry,) = ask(address, "/_mock/requests?api=prolific", **headers).json()["requests"]
    assert (entry["path"], entry["status"]) == ("/prolific/openapi.json", 200)


def test_the_control_document_names_where_control_is(address: str) -> None:
    assert ask(address, "/_mock/openapi.json").json()["servers"] == [{"url": "/_mock"}]
    assert ask(address, "/_session/a/_mock/openapi.json").json()["servers"] == [{"url": "/_session/a/_mock"}]


def test_a_proxy_cannot_open_control_to_another_name(address: str) -> None:
    refused = ask(address, "/_mock/health", Host="evil.example", X_Forwarded_Host="localhost")

    assert refused.status_code == 403


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "10.1.2.3", "fd00::7"])
def test_this_machine_and_named_addresses_are_trusted(peer: str) -> None:
    proxies = TrustedProxies(["10.0.0.0/8", "fd00::7"])

    assert heard(proxies, peer, x_forwarded_proto="https") == Forwarded("https")


@pytest.mark.parametrize("peer", ["192.0.2.1", "11.0.0.1", "fd00::8", "testclient", "", None])
def test_nobody_else_is(peer: str | None) -> None:
    assert heard(TrustedProxies(["10.0.0.0/8", "fd00::7"]), peer, x_forwarded_proto="https") == Forwarded()


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("host=a.example", Forwarded(host="a.example")),
        ('for="[2001:db8::1]:80" ; Host = "a"', Forwarded()),
        ('for="[2001:db8::1]:80";Host="a.example";PROTO=HTTPS', Forwarded("https", "a.example")),
        ("for=1, host=b.example", Forwarded()),
        ('host="a\\.example"', Forwarded(host="a.example")),
        ('host="a', Forwarded()),
        ("", Forwarded()),
        (";;;", Forwarded()),
        ("host=[::1]:8000", Forwarded(host="[::1]:8000")),
    ],
)
def test_the_first_element_of_the_standard_field_counts(field: str, expected: Forwarded) -> None:
    assert heard(forwarded=field) == expected


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_whatever_a_proxy_says_can_stand_in_a_reply(text: str) -> None:
    found = heard(forwarded=f'host="{text}"', x_forwarded_host=text, x_forwarded_proto=text, x_forwarded_prefix=text)
    said = f"{found.scheme}{found.host}{found.prefix}"

    assert re.fullmatch(r"[A-Za-z0-9._~%\-/:\[\]]*", said)


@pytest.mark.parametrize("address", ["proxy", "10.0.0.0/33", "", "*", "http://10.0.0.1"])
def test_what_is_not_an_address_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(ValueError, match="is not an address; write the address of the proxy or its network"):
        create_app(["consent-kit"], trust_proxies=[address])


def test_the_option_reaches_the_server() -> None:
    with served("consent-kit", "--trust-proxy", "192.0.2.0/24") as server:
        assert ask(server.address, "/_mock/health").status_code == 200
