"""A request and its reply, between the kit and the mock, which defects change."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

Json = Any


@dataclass(slots=True)
class Sent:
    """What the kit sent. Header names are in lower case; `query` keeps its order."""

    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def received(cls, scope: Any, body: bytes) -> Sent:
        """The request of an ASGI scope."""
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        return cls(
            scope["method"],
            path.decode("latin-1"),
            parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body,
        )

    def like(self, **changes: Any) -> Sent:
        """The same with some parts changed; the copy can be changed without touching this one."""
        return replace(self, **{"query": list(self.query), "headers": dict(self.headers), **changes})

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def with_query(self, **parameters: Any) -> Sent:
        """The same with query parameters set; None takes one away, `page__size` stands for `page[size]`."""
        changes = {_spelt(name): value for name, value in parameters.items()}
        kept = [(name, value) for name, value in self.query if name not in changes]
        return self.like(query=kept + [(name, str(value)) for name, value in changes.items() if value is not None])

    @property
    def last(self) -> str:
        """The last segment of the path, usually the id of an object."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def query_string(self) -> bytes:
        """The encoded query string."""
        return urlencode(self.query).encode()

    @property
    def json(self) -> Json:
        """The body as JSON, or None if it is not valid JSON."""
        return _parsed(self.body)

    def with_json(self, value: Json) -> Sent:
        """The same with another JSON body."""
        body = json.dumps(value).encode()
        return self.like(body=body, headers={**self.headers, "content-length": str(len(body))})


@dataclass(slots=True)
class Answer:
    """What the kit gets. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    @classmethod
    def of(cls, status: int, value: Json = None, media_type: str = "application/json") -> Answer:
        """A JSON reply; without a value it has no body."""
        return cls(status, {"content-type": media_type}, b"" if value is None else json.dumps(value).encode())

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Json:
        """The body as JSON, or None if it is not valid JSON."""
        return _parsed(self.body)

    @property
    def lines(self) -> list[Json]:
        """The records of an ndjson body."""
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]

    @property
    def streamed(self) -> bool:
        """Whether the body is ndjson."""
        return self.headers.get("content-type", "").startswith("application/x-ndjson")

    def with_json(self, value: Json, **changes: Any) -> Answer:
        """The same with another JSON body."""
        return replace(self, **{"body": json.dumps(value, ensure_ascii=False).encode(), **changes})

    def with_records(self, records: list[Json]) -> Answer:
        """The same with other ndjson records."""
        return replace(self, body="".join(f"{json.dumps(each)}\n" for each in records).encode())

    def with_headers(self, **changes: str | None) -> Answer:
        """The same with headers set (`content_type`), or taken away with None."""
        renamed = {name.replace("_", "-"): value for name, value in changes.items()}
        kept = {name: value for name, value in self.headers.items() if name not in renamed}
        return replace(self, headers={**kept, **{name: value for name, value in renamed.items() if value is not None}})


def _parsed(body: bytes) -> Json:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _spelt(name: str) -> str:
    head, sign, tail = name.partition("__")
    return f"{head}[{tail}]" if sign else name
