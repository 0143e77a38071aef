"""Schemathesis's requests go through the kit's client, and get the target's replies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from aimed import FULL, begun
from nasty import reply, says, speaking

from understudy.conformance import Profile, Target
from understudy.conformance.evidence.errors import RunStoppedError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import leaves
from understudy.conformance.http.cleanup import Cleanup
from understudy.conformance.http.client import PATIENCE, Client
from understudy.conformance.http.wsgi_transport import CASE, OperationFinder, WsgiTransport
from understudy.specs import Operation, load

Addresses = Callable[[str], str]
KIT = load("participant-kit")
TOKEN = {"Authorization": "Bearer mock-token"}


class Asking:
    """A gate, asked as Schemathesis asks it."""

    def __init__(self, client: Client, cleanup: Cleanup) -> None:
        self.client = client
        self.examined: list[tuple[Operation, Exchange]] = []
        self.sent: list[Exchange] = []
        client.listen(self.sent.append)
        self.wsgi_transport = WsgiTransport(
            KIT, client, cleanup, lambda operation, exchange: self.examined.append((operation, exchange))
        )

    def ask(
        self, method: str, address: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, headers and body that the gate answers."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "RAW_URI": address.partition("?")[0],
            "PATH_INFO": address.partition("?")[0],
            "QUERY_STRING": address.partition("?")[2],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        for name, value in (headers or {}).items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        started: list[tuple[str, list[tuple[str, str]]]] = []
        content = b"".join(self.wsgi_transport(environ, lambda status, sent: started.append((status, sent))))
        status, sent = started[0]
        return int(status.split()[0]), dict(sent), content


@pytest.fixture
def asking(addresses: Addresses) -> Iterator[Asking]:
    run = begun("participant-kit", addresses("participant-kit"))
    yield Asking(run.client, run.cleanup)
    run.tidy()
    run.client.close()


@pytest.fixture
def reaching() -> Iterator[Callable[..., Asking]]:
    """A gate before some other target."""
    opened: list[Client] = []

    def reach(address: str, profile: Profile = FULL, **more: Any) -> Asking:
        opened.append(Client(Target(address, **more), profile))
        return Asking(opened[-1], Cleanup(KIT))

    yield reach
    for client in opened:
        client.close()


# --- which operation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "operation", "values"),
    [
        ("GET", "/v1/studies", "list_studies", []),
        ("GET", "/v1/studies/stu_1", "retrieve_study", ["stu_1"]),
        ("DELETE", "/v1/studies/a%2Fb", "delete_study", ["a/b"]),
        ("POST", "/v1/studies/", "create_study", []),
    ],
)
def test_an_operation_is_found_with_the_values_in_its_path(
    method: str, path: str, operation: str, values: list[str]
) -> None:
    found, named = OperationFinder(KIT).find(method, path)

    assert found is not None
    assert (found.id, named) == (operation, values)


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/v1/projects"), ("GET", "/v1/none"), ("GET", "/v1/studies/a/b")]
)
def test_an_unknown_path_belongs_to_no_operation(method: str, path: str) -> None:
    assert OperationFinder(KIT).find(method, path) == (None, [])


@pytest.mark.parametrize("api", ["participant-kit", "prolific", "lookit", "forsta"])
def test_a_concrete_path_comes_before_a_template_that_fits_it(api: str) -> None:
    contract = load(api)
    router = OperationFinder(contract)
    plain = [each for each in contract.operations.values() if "{" not in each.path]

    assert [each.id for each in plain if router.find(each.method, each.path)[0] is not each] == []


# --- there and back ---------------------------------------------------------------------------------------------------


def test_the_target_answers(asking: Asking) -> None:
    status, headers, body = asking.ask("GET", "/v1/projects?limit=1", TOKEN)

    assert status == 200
    assert headers["content-length"] == str(len(body))
    assert body.count(b'"object":"project"') == 1


def test_a_query_is_passed_on_as_it_was_written(asking: Asking) -> None:
    asking.ask("GET", "/v1/projects?limit=%31&x=a+b", TOKEN)

    assert asking.sent[0].request.url.endswith("/v1/projects?limit=%31&x=a+b")


def test_a_case_of_schemathesis_arrives_with_its_query(asking: Asking) -> None:
    schema = schemathesis.openapi.from_dict(deepcopy(dict(KIT.document)))
    schema.app = asking.wsgi_transport
    schema["/v1/projects"]["GET"].Case(query={"limit": "1", "x": "a&b"}).call()

    assert asking.sent[0].request.url.endswith("/v1/projects?limit=1&x=a%26b")


def test_a_body_is_passed_on_with_its_media_type(asking: Asking) -> None:
    status, _, _ = asking.ask("POST", "/v1/studies", {**TOKEN, "Content-Type": "application/json"}, b'{"name": 1}')
    sent = asking.sent[0].request

    assert status == 400
    assert (sent.body, dict(sent.headers)["Content-Type"]) == (b'{"name": 1}', "application/json")


def test_schemathesis_own_headers_stay_behind(asking: Asking) -> None:
    asking.ask("GET", "/v1/projects", {**TOKEN, CASE: "c1", "X-Schemathesis-Probe": "1", "User-Agent": "other"})
    sent = {name.lower(): value for name, value in asking.sent[0].request.headers}

    assert [name for name in sent if "schemathesis" in name] == []
    assert sent["user-agent"] == "understudy-conformance"


def test_an_exchange_is_found_by_the_id_of_its_case(asking: Asking) -> None:
    asking.ask("GET", "/v1/projects", {**TOKEN, CASE: "c1"})

    assert asking.wsgi_transport.exchanges["c1"] is asking.sent[0]


def test_replies_of_operations_are_examined_and_no_others(asking: Asking) -> None:
    asking.ask("GET", "/v1/projects", TOKEN)
    asking.ask("GET", "/v1/none", TOKEN)

    assert [operation.id for operation, _ in asking.examined] == ["list_projects"]
    assert len(asking.sent) == 2


def test_a_compressed_body_is_passed_on_uncompressed(reaching: Callable[..., Asking]) -> None:
    packed = reply(gzip.compress(b"{}"), b"Content-Type: application/json", b"Content-Encoding: gzip")
    with speaking(says(packed)) as address:
        _, headers, body = reaching(address).ask("GET", "/v1/projects")

    assert body == b"{}"
    assert headers == {"content-type": "application/json", "content-length": "2"}


# --- what is not sent -------------------------------------------------------------------------------------------------


def test_what_the_profile_forbids_is_not_sent_and_not_a_failure(reaching: Callable[..., Asking]) -> None:
    asking = reaching("http://127.0.0.1:9", Profile())
    status, _, _ = asking.ask("DELETE", "/v1/studies/stu_1")

    assert (status, asking.client.sent, asking.wsgi_transport.failure) == (599, 0, None)


def test_an_object_that_was_there_before_is_not_written_to(asking: Asking) -> None:
    _, _, body = asking.ask("GET", "/v1/studies?limit=1", TOKEN)
    name = body.partition(b'"id":"')[2].partition(b'"')[0].decode()
    before = asking.client.sent
    status, _, _ = asking.ask("DELETE", f"/v1/studies/{quote(name)}", TOKEN)

    assert (status, asking.client.sent) == (404, before)
    assert asking.ask("GET", f"/v1/studies/{name}", TOKEN)[0] == 200


def test_an_object_that_the_run_made_is_written_to(addresses: Addresses) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    asking = Asking(run.client, run.cleanup)
    name = run.context("test").make("create_study").at("id")
    asking.ask("GET", f"/v1/studies/{name}", TOKEN)
    before = asking.client.sent
    status, _, _ = asking.ask("DELETE", f"/v1/studies/{name}", TOKEN)
    sent = asking.client.sent - before
    run.tidy()
    run.client.close()

    assert (status, sent) == (200, 1)


def test_a_request_without_a_reply_does_not_end_the_others(reaching: Callable[..., Asking]) -> None:
    asking = reaching("http://127.0.0.1:9")
    status, _, _ = asking.ask("GET", "/v1/projects")

    assert status == 599
    assert asking.wsgi_transport.failure is None


def test_a_target_that_went_away_is_reported_as_the_end(reaching: Callable[..., Asking]) -> None:
    asking = reaching("http://127.0.0.1:9")
    for _ in range(PATIENCE):
        asking.ask("GET", "/v1/projects")

    assert isinstance(asking.wsgi_transport.failure, RunStoppedError)


def test_cookies_go_to_nobody(reaching: Callable[..., Asking]) -> None:
    with speaking(says(reply(b"{}", b"Content-Type: application/json", b"Set-Cookie: session=1"))) as address:
        asking = reaching(address)
        _, headers, _ = asking.ask("GET", "/v1/projects", {"Cookie": "session=1"})

    assert "set-cookie" not in headers
    assert "cookie" not in {name.lower() for name, _ in asking.sent[0].request.headers}


def test_a_long_body_is_kept_for_nobody(reaching: Callable[..., Asking]) -> None:
    long = b'{"data": [' + b" " * 1_000_000 + b"]}"
    with speaking(says(reply(long, b"Content-Type: application/json"))) as address:
        asking = reaching(address)
        _, _, body = asking.ask("GET", "/v1/projects", {CASE: "c1"})

    assert body == b""
    assert len(asking.wsgi_transport.exchanges["c1"].reply.body) < 20_000
    assert asking.examined[0][1].json == {"data": []}


def test_an_object_that_the_contract_shows_is_not_changed(addresses: Addresses) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    asking = Asking(run.client, run.cleanup)
    asking.wsgi_transport = WsgiTransport(KIT, run.client, run.cleanup, lambda *_: None, existing=["stu_shown"])

    refused = asking.ask("DELETE", "/v1/studies/stu_shown", TOKEN)
    asked = asking.ask("DELETE", "/v1/studies/stu_other", TOKEN)
    run.tidy()
    run.client.close()

    assert refused == (404, {"content-length": "0"}, b"")
    assert asked[0] == 404
    assert asked[2]
    assert [each.request.url.rpartition("/")[2] for each in asking.sent] == ["stu_other"]


def test_a_read_is_not_sent_twice_until_something_is_written(asking: Asking) -> None:
    first = asking.ask("GET", "/v1/projects?limit=2", TOKEN)
    assert asking.ask("GET", "/v1/projects?limit=2", TOKEN) == first
    assert len(asking.sent) == len(asking.examined) == 1
    asking.ask("POST", "/v1/projects", {**TOKEN, "CONTENT_TYPE": "application/json"}, b'{"name": ""}')
    asking.ask("GET", "/v1/projects?limit=2", TOKEN)
    assert [each.request.method for each in asking.sent] == ["GET", "POST", "GET"]


def test_a_read_with_another_header_is_another_read(asking: Asking) -> None:
    asking.ask("GET", "/v1/projects?limit=2", TOKEN)
    asking.ask("GET", "/v1/projects?limit=2", {**TOKEN, "X-Other": "1"})
    asking.ask("GET", "/v1/projects?limit=2")
    assert len(asking.sent) == 3


def test_every_case_finds_its_reply_whether_or_not_it_was_sent(asking: Asking) -> None:
    for case in ("one", "two"):
        asking.ask("GET", "/v1/projects?limit=2", {**TOKEN, CASE: case})
    assert asking.wsgi_transport.exchanges["one"] is asking.wsgi_transport.exchanges["two"]


def test_what_was_there_before_is_spared_by_writes_alone(asking: Asking) -> None:
    shown = json.loads(asking.ask("GET", "/v1/projects?limit=1", TOKEN)[2])
    there = next(leaf for leaf in leaves(shown) if isinstance(leaf, str) and leaf.startswith("prj_"))
    assert asking.wsgi_transport.spares("PATCH", [there])
    assert not asking.wsgi_transport.spares("GET", [there])
    assert not asking.wsgi_transport.spares("PATCH", ["prj_of_nobody"])
