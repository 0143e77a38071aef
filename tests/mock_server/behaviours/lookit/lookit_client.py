"""A client for the scenarios of Lookit: paths, pages and roles in few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

JSON_API = "application/vnd.api+json"

LISTS = ["children", "demographics", "feedback", "labs", "responses", "studies", "users"]

TOKENS = {
    "admin": "mock-admin-token",
    "researcher": "mock-researcher-token",
    "participant": "mock-participant-token",
    "outsider": "mock-outsider-token",
    "other": "mock-reader-token",
    "collaborator": "mock-newcomer-token",
}


class Lookit:
    """One session of the mock. `role` None sends no token."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.url = str(http.base_url).rstrip("/")

    def send(
        self,
        method: str,
        path: str,
        role: str | None = "admin",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        token = {} if role is None else {"Authorization": f"Token {TOKENS[role]}"}
        return self._http.request(method, path, content=content, headers={**token, **(headers or {})})

    def get(self, path: str, role: str | None = "admin", headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.send("GET", path, role, headers=headers)

    def post(self, path: str, body: Any, role: str | None = "admin") -> httpx.Response:
        return self.send("POST", path, role, json.dumps(body).encode(), {"Content-Type": JSON_API})

    def patch(self, path: str, body: Any, role: str | None = "admin") -> httpx.Response:
        return self.send("PATCH", path, role, json.dumps(body).encode(), {"Content-Type": JSON_API})

    def change(self, kind: str, id: str, attributes: Any, role: str = "admin") -> httpx.Response:
        """Patch an object in the form that the source shows."""
        return self.patch(f"/api/v1/{kind}/{id}/", {"data": {"type": kind, "id": id, "attributes": attributes}}, role)

    def objects(self, kind: str, query: str = "", role: str = "admin") -> list[Any]:
        """All objects of a list, over all its pages."""
        found: list[Any] = []
        address: str | None = f"/api/v1/{kind}/?{query}"
        while address:
            page = self.get(address, role).json()
            found += page["data"]
            address = page["links"]["next"]
        return found

    def count(self, kind: str, role: str = "admin") -> int:
        """How many objects a list says it has."""
        count: int = self.get(f"/api/v1/{kind}/", role).json()["links"]["meta"]["count"]
        return count

    def item(self, kind: str, id: str, role: str = "admin") -> Any:
        """One object."""
        return self.get(f"/api/v1/{kind}/{id}/", role).raise_for_status().json()["data"]


def ids(page: Any) -> list[str]:
    """The ids on a page."""
    return [each["id"] for each in page["data"]]


def related(each: Any, name: str) -> str:
    """The id at the end of a relationship's address."""
    address: str = each["relationships"][name]["links"]["related"]
    return address.rstrip("/").rpartition("/")[2]


def errors(reply: httpx.Response) -> list[Any]:
    """The errors of a refusal, each of which has at least a status and a detail."""
    found: list[Any] = reply.json()["errors"]
    assert found
    assert all(each["status"] == str(reply.status_code) and each["detail"] for each in found)
    return found


def pointers(reply: httpx.Response) -> list[str]:
    """Where in the body the faults are, sorted."""
    return sorted(each["source"]["pointer"] for each in errors(reply))
