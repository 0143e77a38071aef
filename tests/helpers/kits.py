"""The two Kits from the outside: a client that speaks of lists, objects and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from understudy.specs import Operation, load

Json = dict[str, Any]

#: Ids that name nothing, from plausible to hostile, as they stand in a path.
ABSURD_IDS = {
    "plausible": "stu_000000000000",
    "one letter": "x",
    "number": "1",
    "huge number": "9" * 400,
    "long": "a" * 6000,
    "nul": "%00",
    "newline": "%0d%0aX-Injected:%201",
    "not UTF-8": "%ff%fe",
    "emoji": "%F0%9F%92%A5",
    "quote": "'%20OR%20'1'='1",
    "wildcard": "%25",
    "dots": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "template": "%7B%7Bid%7D%7D",
    "null": "null",
    "percent": "%",
}

#: Texts that are not usable as `limit` or `page`, encoded.
NONSENSE = [
    "0",
    "-1",
    "2.5",
    "abc",
    "",
    "%20",
    "1e2",
    "%D9%A3",
    "NaN",
    "null",
    "%00",
    "%ff",
    "0x10",
    "--",
    "[]",
    "1%3B2",
]

#: Queries of parameters that no list has.
UNKNOWN = [
    "sort=-created_at",
    "offset=3&cursor=x&starting_after=y",
    "created_at=1970-01-01",
    "organisation=org_other",
    "panel_id=x&project_id=x",
    "id=x",
    "&&=&;%",
    "limit[]=1",
    "%ff=%ff",
    "&".join(f"p{n}={n}" for n in range(2000)),
    "a" * 20000,
]

#: Bodies that are not JSON, or not an object.
_DEEP = 100_000
NO_OBJECTS = {
    "nothing": b"",
    "blank": b" ",
    "open brace": b"{",
    "cut off": b'{"name": "Ad',
    "two values": b"{}{}",
    "single quotes": b"{'name': 'Ada'}",
    "trailing comma": b'{"name": "Ada",}',
    "comment": b'{"name": "Ada"} // hello',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": Infinity}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"name": "Ada"}'.encode("utf-16"),
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "half a pair": b'{"name": "\\ud800"}',
    "nul": b"\x00",
    "text": b'"text"',
    "number": b"1",
    "true": b"true",
    "null": b"null",
    "list": b"[]",
    "list of objects": b'[{"name": "Ada"}]',
    "huge number": b'{"name": 1' + b"0" * 5000 + b"}",
    "deep list": b"[" * _DEEP,
    "deep closed list": b"[" * _DEEP + b"]" * _DEEP,
    "deep object": b'{"name":' * _DEEP + b"1" + b"}" * _DEEP,
}

#: Forms that cannot be read or that say nothing.
NO_FORMS = [b"\xff\xfe", b"name=%ff", b"&&&", b"=", b"name", b"a=1&" * 5000, b"\x00" * 100]

#: JSON values that are not texts.
NO_TEXTS: list[Any] = [1, 2.5, True, [], {}, ["text"], {"id": "x"}]

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", re.ASCII)


class Kit:
    """One caller of one of the two Kits."""

    def __init__(self, api: str, open_client: Callable[..., httpx.Client], token: str | None = "mock-token") -> None:
        self.api = api
        self.contract = load(api)
        self._open = open_client
        self.http = open_client(api, token)

    def calling(self, token: str | None) -> Kit:
        """Somebody else in the same session."""
        return Kit(self.api, self._open, token)

    def path(self, name: str) -> str:
        """Where a list stands; that of panellists belongs to the first panel."""
        if name == "panellists":
            return f"/v1/panels/{self.listed('panels')[0]['id']}/panellists"
        return f"/v1/{name}"

    def get(self, address: str, **query: Any) -> httpx.Response:
        """One GET of a list by name, or of an address."""
        return self.http.get(address if address.startswith("/") else self.path(address), params=query or None)

    def listed(self, address: str, **query: Any) -> list[Json]:
        """The objects on one page."""
        reply = self.get(address, **query)
        assert reply.status_code == 200, reply.text
        data = reply.json()["data"]
        assert isinstance(data, list)
        return data

    def everything(self, address: str, size: int = 100, **query: Any) -> list[Json]:
        """The objects of all pages."""
        path = address if address.startswith("/") else self.path(address)
        found: list[Json] = []
        for page in range(1, 1000):
            part = self.listed(path, limit=size, page=page, **query)
            if not part:
                return found
            found += part
        raise AssertionError(f"{address} does not end")

    def ids(self, address: str, **query: Any) -> list[str]:
        """The ids of everything in a list."""
        return [each["id"] for each in self.everything(address, **query)]

    def first(self, name: str) -> Json:
        """The first object of a list."""
        return self.listed(name, limit=1)[0]

    def object(self, address: str, **query: Any) -> Json:
        """One object."""
        reply = self.get(address, **query)
        assert reply.status_code == 200, reply.text
        found: Json = reply.json()
        return found

    def make(self, name: str, /, **body: Any) -> Json:
        """A new object; what is not given is filled in usably."""
        reply = self.http.post(f"/v1/{name}", json={**self.usable(name), **body})
        assert reply.status_code == 201, reply.text
        made: Json = reply.json()
        return made

    def usable(self, name: str) -> Json:
        """A body with which a create succeeds."""
        if name in {"studies", "events"}:
            return {"project_id": self.first("projects")["id"], "name": "Evening visits"}
        if name == "participants":
            joined = "events" if self.api == "consent-kit" else "studies"
            return {
                "name": "Amara Holt Lindqvist",
                "email": "amara@example.org",
                "event_id": self.first(joined)["id"],
            }
        return {
            "url": "https://files.example.com/recordings/1",
            "recorded_at": "2025-03-04",
            "participant_id": self.first("participants")["id"],
        }

    def filled(self, operation: Operation, **ids: str) -> str:
        """The path of an operation with ids in it: given ones, else existing ones."""
        return re.sub(
            r"\{(\w+)\}",
            lambda match: ids.get(match[1]) or self.first(_plural(match[1].removesuffix("_id")))["id"],
            operation.path,
        )

    def snapshot(self) -> Mapping[str, list[Json]]:
        """All that can be seen, to compare before and after."""
        names = [op.path.rpartition("/")[2] for op in self.contract.operations.values() if op.action == "list"]
        return {name: self.everything(name) for name in names}


def refused(reply: httpx.Response, status: int) -> Json:
    """The error of a refusal, once its status and shape were looked at."""
    assert reply.status_code == status, f"{reply.status_code} {reply.text[:300]}"
    assert reply.headers["content-type"] == "application/json"
    body: Json = reply.json()
    assert set(body) == {"error"}
    error: Json = body["error"]
    assert isinstance(error["type"], str)
    assert error["type"]
    assert isinstance(error["message"], str)
    assert error["message"]
    assert set(error) <= {"type", "message", "param", "errors"}
    return error


def blamed(reply: httpx.Response) -> set[str]:
    """The members that a 400 names."""
    error = refused(reply, 400)
    names = {each["param"] for each in error["errors"]}
    assert error["param"] in names
    return names


def moment(text: Any) -> datetime:
    """A timestamp, in the one form that there is."""
    assert isinstance(text, str)
    assert _TIMESTAMP.fullmatch(text), text
    return datetime.fromisoformat(text)


def timestamps(value: Any) -> list[str]:
    """Every timestamp in a value, at any depth."""
    if isinstance(value, list):
        return [found for each in value for found in timestamps(each)]
    if not isinstance(value, dict):
        return []
    own = [v for name, v in value.items() if name.endswith("_at") and v is not None]
    return own + [found for each in value.values() for found in timestamps(each)]


def keys(value: Any) -> set[str]:
    """The names of all members in a value, at any depth."""
    if isinstance(value, list):
        return {name for each in value for name in keys(each)}
    if not isinstance(value, dict):
        return set()
    return set(value) | {name for each in value.values() for name in keys(each)}


def seeded(api: str, resource: str, organisation: str = "org_main") -> int:
    """How many records of a resource the seed gives an organisation."""
    return sum(
        max(p.get("count", 0), len(p.get("records", ())))
        for p in load(api).seed["populations"]
        if p["resource"] == resource and p["values"]["organisation"] == organisation
    )


def encoded(text: str) -> str:
    """A text as it stands in an address."""
    return quote(text, safe="")


def _plural(name: str) -> str:
    return "studies" if name == "study" else f"{name}s"
