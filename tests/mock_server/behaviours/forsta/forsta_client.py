"""A client of the surveys that the seed holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import httpx

CITY = "p1231234"  # 200 respondents
FOLLOW_UP = "p1231235"  # 22 respondents, a response level
HOUSEHOLDS = "p1231236"  # test1@example.com twice
NEARLY_FULL = "p1230999"  # 999 columns
SOMEBODY_ELSES = "p7654321"

STREAM = "application/x-ndjson"

#: Every operation that needs a token, with a body that it takes.
OPERATIONS: list[tuple[str, str, Any]] = [
    ("GET", "data", None),
    ("GET", "data/1", None),
    ("POST", "data", {"data": []}),
    ("PUT", "data", {"dataSchema": {"keys": ["email"], "variables": ["email"]}, "data": []}),
    ("PATCH", "data", {"dataSchema": {"keys": ["email"], "variables": ["email"]}, "data": []}),
    ("DELETE", "data", {"dataSchema": {"keys": ["email"]}, "data": []}),
    ("POST", "uservariables", {"name": "anything", "dataType": "date"}),
    ("GET", "schema", None),
]

Rows = list[dict[str, Any]]
Serve = Callable[..., httpx.Client]


class Forsta:
    """Calls as a user makes them, by default about the survey with 200 respondents."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self.http = serve("forsta")

    def as_(self, token: str | None, scheme: str = "Bearer") -> httpx.Client:
        """A client of the same session with another credential."""
        return self._serve("forsta", token=token, scheme=scheme)

    def call(self, method: str, path: str, survey: str = CITY, **options: Any) -> httpx.Response:
        """One call about a survey."""
        return self.http.request(method, f"/v1/surveys/{survey}/respondents/{path}", **options)

    def read(self, survey: str = CITY, accept: str | None = None, **query: Any) -> httpx.Response:
        """The respondents, a page or a stream."""
        headers = {} if accept is None else {"Accept": accept}
        return self.call("GET", "data", survey, params=query, headers=headers)

    def items(self, survey: str = CITY, **query: Any) -> Rows:
        """The records of one page, by default a page that holds them all."""
        reply = self.read(survey, **{"pageSize": 10000, **query})
        assert reply.status_code == 200, reply.text
        items: Rows = reply.json()["items"]
        return items

    def lines(self, survey: str = CITY, **query: Any) -> Rows:
        """The records of the stream."""
        reply = self.read(survey, STREAM, **query)
        assert reply.status_code == 200, reply.text
        return [json.loads(line) for line in reply.text.splitlines()]

    def one(self, respid: Any, survey: str = CITY, **query: Any) -> dict[str, Any]:
        """One record."""
        reply = self.call("GET", f"data/{respid}", survey, params=query)
        assert reply.status_code == 200, reply.text
        record: dict[str, Any] = reply.json()
        return record

    def write(
        self,
        method: str,
        data: Iterable[Any],
        survey: str = CITY,
        keys: list[str] | None = None,
        variables: list[str] | None = None,
    ) -> httpx.Response:
        """A bulk call."""
        members = {"keys": keys, "variables": variables}
        schema = {name: value for name, value in members.items() if value is not None}
        body = {"data": list(data), **({"dataSchema": schema} if schema else {})}
        return self.call(method, "data", survey, json=body)

    def add_variable(self, survey: str = CITY, **members: Any) -> httpx.Response:
        """A new user variable."""
        return self.call("POST", "uservariables", survey, json=members)


def messages(reply: httpx.Response) -> dict[int, list[str]]:
    """What a reply says about which rows."""
    messages = reply.json().get("validationMessages", {"rowResults": []})
    return {row["rowNumber"]: [each["message"] for each in row["messages"]] for row in messages["rowResults"]}
