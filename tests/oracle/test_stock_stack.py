"""Our one middleware against Connexion's own nine: the same status for every request, the same body for every success.

Both serve the same document with the same answers over the same seed, and go through the same steps at the same frozen
moment. What they deliberately answer otherwise stands in `differences.py`, and with reasons in docs/connexion.md.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from differences import DIFFERENCES, FORM, JSON, Difference, Request
from engine import NOON
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kits import ABSURD_IDS
from stock import application

from understudy.mock_server import create_app
from understudy.specs import load

DOCS = Path(__file__).parents[2] / "docs" / "connexion.md"
KITS = ["participant-kit", "consent-kit"]
TOKENS = ["mock-token", "mock-token", "mock-token", "mock-other-token", None, "mock-token-of-nobody"]

_NUMBERS = itertools.count(1)


class Pair:
    """Both stacks, each with the same session of its own."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.contract = load(api)
        self._loop = asyncio.Runner()
        self._ours = create_app([api])
        self._now = SimpleNamespace(name="", clock=None)
        stock = application(self.contract, lambda: self._now)
        self._clients = [
            httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://mock")
            for app in (self._ours, stock)
        ]
        self.begin()
        self.seed = self._seed()

    def begin(self) -> None:
        """A fresh session in both, at the same frozen moment."""
        if self._now.name:
            self._loop.run(self._ours.sessions.drop(self._now.name))
        name = f"oracle-{self.api}-{next(_NUMBERS)}"
        session = self._loop.run(self._ours.sessions.get(name))
        session.clock.freeze(NOON)
        self._now.name, self._now.clock = name, session.clock

    def send(self, request: Request) -> tuple[httpx.Response, httpx.Response]:
        """Our reply and that of the stock stack."""
        headers = {"X-Mock-Session": self._now.name, **request.headers}
        if request.token is not None:
            headers["Authorization"] = f"Bearer {request.token}"

        async def both() -> list[httpx.Response]:
            return [
                await client.request(request.method, request.path, headers=headers, content=request.content)
                for client in self._clients
            ]

        ours, stock = self._loop.run(both())
        return ours, stock

    def close(self) -> None:
        for client in self._clients:
            self._loop.run(client.aclose())
        self._loop.run(self._ours.store.close())
        self._loop.close()

    def _seed(self) -> dict[str, Any]:
        """Ids by resource: `project` is one, `projects` are some, of the other organisation too."""
        seed: dict[str, Any] = {}
        for operation in self.contract.operations.values():
            if operation.action == "list" and "{" not in operation.path:
                ids = []
                for token in ("mock-token", "mock-other-token"):
                    reply, _ = self.send(Request("GET", f"{operation.path}?limit=4", token=token))
                    ids += [each["id"] for each in reply.json()["data"]]
                seed[str(operation.resource)] = ids[0]
                seed[f"{operation.resource}s"] = ids
        return seed


@pytest.fixture(scope="module")
def pairs() -> Iterator[dict[str, Pair]]:
    made = {api: Pair(api) for api in KITS}
    yield made
    for pair in made.values():
        pair.close()


# ------------------------------------------------------------------------------------------- what requests there are

TEXTS = st.one_of(
    st.sampled_from(
        ["", "1", "20", "101", "0", "-1", "abc", "pii", "properties", "pii,properties", "agreed", "refused"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
)
NAMES = st.sampled_from(["limit", "page", "include", "status", "sort", "x", "limit[]"])
QUERIES = st.lists(st.tuples(NAMES, TEXTS), max_size=4)
#: No usable text among them is blank to one stack alone.
VALUES = st.one_of(
    st.sampled_from(
        ["", " ", "\t", "Ada King", "ada@example.org", "a@b@c", "https://example.org/1", "x", "2025-03-04"]
    ),
    st.sampled_from(["2025-03-04T10:00:00Z", "2025-13-01", "soon", None, 1, 1.5, True, [], {}, ["a"], {"a": 1}]),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=8),
)
RUBBISH = st.sampled_from([b"", b"{", b"[]", b"null", b"1", b'"x"', b'{"a":}', b"{}{}", b"nonsense", b"\xef\xbb\xbf{}"])


@st.composite
def requests(draw: st.DrawFn, pair: Pair) -> Request:
    """A request to one of the operations, which may be wrong in any of its parts."""
    operation = draw(st.sampled_from(sorted(pair.contract.operations.values(), key=lambda op: op.id)))
    method = draw(st.sampled_from([operation.method] * 6 + ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"]))
    token = draw(st.sampled_from(TOKENS))
    declared = {op.method for op in pair.contract.operations.values() if op.path == operation.path}
    if method not in declared and not (method == "HEAD" and "GET" in declared):
        token = "mock-token"
    path = re.sub(r"\{(\w+)_id\}", lambda match: draw(_ids(pair, match[1])), operation.path)
    query = "&".join(f"{quote(name)}={quote(text)}" for name, text in draw(QUERIES))
    headers: dict[str, str] = {}
    content: bytes | None = None
    if method == "POST" and operation.body:
        headers, content = draw(_bodies(pair, operation.path.rpartition("/")[2]))
    return Request(method, f"{path}?{query}" if query else path, headers, content, token)


def _ids(pair: Pair, resource: str) -> st.SearchStrategy[str]:
    absurd = [id for id in ABSURD_IDS.values() if "%2f" not in id and "%0d%0a" not in id]
    return st.sampled_from([*pair.seed[f"{resource}s"] * 3, *absurd])


@st.composite
def _bodies(draw: st.DrawFn, pair: Pair, name: str) -> tuple[dict[str, str], bytes]:
    kind = draw(st.sampled_from(["json"] * 6 + ["form", "form", "rubbish", "text"]))
    if kind == "rubbish":
        return JSON, draw(RUBBISH)
    if kind == "text":
        return {"Content-Type": draw(st.sampled_from(["text/plain", "application/xml", "image/png"]))}, b"x"
    body = dict(draw(_usable(pair, name)))
    for member in draw(st.lists(st.sampled_from(sorted(body)), max_size=2, unique=True)):
        if draw(st.booleans()):
            del body[member]
        else:
            body[member] = draw(VALUES)
    if draw(st.booleans()):
        body[draw(st.sampled_from(["id", "tags", "include", "title", "created_at", "unknown"]))] = draw(VALUES)
    if kind == "form" and name != "data_links":
        pairs = [f"{quote(k)}={quote(v)}" for k, v in body.items() if isinstance(v, str)]
        return FORM, "&".join(pairs).encode()
    written = draw(st.sampled_from(["application/json", "application/json; charset=utf-8"]))
    return {"Content-Type": written}, json.dumps(body, ensure_ascii=draw(st.booleans())).encode()


def _usable(pair: Pair, name: str) -> st.SearchStrategy[dict[str, Any]]:
    def some(resource: str) -> st.SearchStrategy[str]:
        return st.sampled_from(pair.seed[f"{resource}s"])

    if name in {"studies", "events"}:
        return st.fixed_dictionaries({"name": st.just("Walks"), "project_id": some("project")})
    if name == "participants":
        joined = some("event" if pair.api == "consent-kit" else "study")
        return st.fixed_dictionaries(
            {"name": st.just("Ada King"), "email": st.just("ada@example.org"), "event_id": joined}
        )
    return st.fixed_dictionaries(
        {
            "url": st.just("https://example.org/1"),
            "recorded_at": st.sampled_from(["2025-03-04", "2025-03-04T10:00:00Z"]),
            "participant_id": some("participant"),
        }
    )


def agreed(request: Request, ours: httpx.Response, stock: httpx.Response) -> None:
    assert ours.status_code == stock.status_code, (request, ours.text[:300], stock.text[:300])
    assert ours.status_code < 500, request
    if ours.status_code < 400 and request.method != "HEAD":
        assert ours.json() == stock.json(), request


# ------------------------------------------------------------------------------------------------------------ tests


@pytest.mark.parametrize("api", KITS)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_both_stacks_agree_on_whatever_is_sent(pairs: dict[str, Pair], api: str, data: st.DataObject) -> None:
    agree_on_anything(pairs[api], data)


@pytest.mark.long
@pytest.mark.parametrize("api", KITS)
@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_both_stacks_agree_on_much_more(pairs: dict[str, Pair], api: str, data: st.DataObject) -> None:
    agree_on_anything(pairs[api], data)


def agree_on_anything(pair: Pair, data: st.DataObject) -> None:
    pair.begin()

    for _ in range(data.draw(st.integers(1, 4), label="requests")):
        request = data.draw(requests(pair))
        agreed(request, *pair.send(request))


@pytest.mark.parametrize("api", KITS)
def test_both_stacks_have_the_same_state_after_the_same_steps(pairs: dict[str, Pair], api: str) -> None:
    pair = pairs[api]
    pair.begin()
    joined, collection = ("event", "events") if api == "consent-kit" else ("study", "studies")

    def post(path: str, **body: str) -> None:
        agreed(request := Request("POST", path, JSON, json.dumps(body).encode()), *pair.send(request))

    for n in range(3):
        post(f"/v1/{collection}", project_id=pair.seed["project"], name=f"Walk {n}")
        post("/v1/participants", name="Ada King", email="ada@example.org", event_id=pair.seed[joined])
    agreed(request := Request("DELETE", f"/v1/{collection}/{pair.seed[joined]}"), *pair.send(request))

    for operation in pair.contract.operations.values():
        if operation.action == "list" and "{" not in operation.path:
            for page in (1, 2):
                request = Request("GET", f"{operation.path}?limit=100&page={page}")
                agreed(request, *pair.send(request))


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_a_deliberate_difference_is_as_it_is_listed(pairs: dict[str, Pair], difference: Difference) -> None:
    pair = pairs["participant-kit"]
    pair.begin()

    ours, stock = pair.send(difference.build(pair.seed))

    assert ours.status_code == difference.ours
    assert stock.status_code == difference.stock


def test_every_difference_is_listed_with_its_reason() -> None:
    listed = re.findall(r"^\| ([^|]+?) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)

    assert [difference.name for difference in DIFFERENCES if difference.name not in listed] == []


def test_a_refusal_of_the_stock_stack_has_a_shape_that_no_contract_declares(pairs: dict[str, Pair]) -> None:
    pair = pairs["participant-kit"]
    ours, stock = pair.send(Request("GET", "/v1/projects/x"))

    assert ours.headers["content-type"] == "application/json"
    assert set(ours.json()) == {"error"}
    assert stock.headers["content-type"] == "application/problem+json"


def test_a_405_of_the_stock_stack_lists_the_methods_of_one_route_and_ours_all_of_the_path(
    pairs: dict[str, Pair],
) -> None:
    pair = pairs["participant-kit"]
    ours, stock = pair.send(Request("PUT", f"/v1/studies/{pair.seed['study']}"))

    assert ours.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    assert set(stock.headers["allow"].split(", ")) == {"GET", "HEAD"}
