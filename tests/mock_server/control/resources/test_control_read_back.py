"""Whatever is changed by hand, every read of the API still has an answer: asked in process, with every token."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import orjson
import pytest

from understudy.mock_server import create_app
from understudy.specs import Contract, apis

VALUES = (None, 0, "", "nope", [], {})
#: APIs of so many members that each gets so many of the values, the next one others; all of them take long.
LARGE = {"prolific": 1, "lookit": 2}


@pytest.mark.parametrize(
    ("api", "each"),
    [
        *((api, LARGE.get(api, len(VALUES))) for api in apis()),
        *(pytest.param(api, len(VALUES), marks=pytest.mark.long) for api in LARGE),
    ],
)
def test_whatever_the_record_editor_takes_every_read_is_answered(api: str, each: int) -> None:
    failed, taken = asyncio.run(Editor(api).change_every_member(each))

    assert failed == []
    assert taken > 10


@pytest.mark.parametrize("api", apis())
def test_whatever_can_be_deleted_every_read_is_answered(api: str) -> None:
    failed, taken = asyncio.run(Editor(api).delete_one_of_each())

    assert failed == []
    assert taken > 0


class Editor:
    """Edits records of one API as a developer would, and looks at what the API answers."""

    def __init__(self, api: str) -> None:
        self.app = create_app([api])
        self.contract: Contract = self.app.served_apis[0].contract
        self.base = f"/_mock/resources/{api}"
        word = next(iter(self.contract.schemes.values()))[0]
        self.tokens = [f"{word} {caller['token']}" for caller in self.contract.seed["callers"]]

    async def change_every_member(self, each: int) -> tuple[list[str], int]:
        """What failed, and how many changes were taken; each member gets so many of the values in turn."""
        failed, taken = [], 0
        values = itertools.cycle(VALUES)
        for name, id, record in await self.first_ones():
            for member in record:
                for value in itertools.islice(values, each):
                    status = await self.send("PATCH", f"{self.base}/{name}/{quote(id, safe='')}", {member: value})
                    assert status < 500, (name, member, value)
                    if status == 200:
                        taken += 1
                        failed += [f"{name} {member}={value!r}: {path}" for path in await self.unanswered(id)]
                        await self.send("POST", "/_mock/reset")
        return failed, taken

    async def delete_one_of_each(self) -> tuple[list[str], int]:
        """The same for deleted records."""
        failed, taken = [], 0
        for name, id, _ in await self.first_ones():
            status = await self.send("DELETE", f"{self.base}/{name}/{quote(id, safe='')}")
            assert status < 500, (name, id)
            if status == 204:
                taken += 1
                failed += [f"{name} {id}: {path}" for path in await self.unanswered(id)]
                await self.send("POST", "/_mock/reset")
        return failed, taken

    async def first_ones(self) -> list[tuple[str, str, dict[str, Any]]]:
        """One seeded record of each resource."""
        found = []
        for resource in (await self.read("/_mock/resources"))["resources"]:
            records = (await self.read(f"{self.base}/{resource['resource']}?limit=1"))["records"]
            found += [(resource["resource"], str(record.pop(resource["id"])), record) for record in records]
        return found

    async def unanswered(self, id: str) -> list[str]:
        """The reads that are answered with a fault of the mock."""
        return [
            path
            for path in self.reads(id)
            for token in self.tokens
            if (await self.ask("GET", path, None, token))[0] >= 500
        ]

    def reads(self, id: str) -> Iterator[str]:
        """The address of every list and, with an id, of every item."""
        root = self.contract.document["servers"][0]["url"].rstrip("/")
        for operation in self.contract.operations.values():
            if not operation.writes:
                needed = [p.name for p in operation.parameters if p.place == "query" and p.required]
                opened = [f"{operation.optional}=pii,properties"] if operation.optional else []
                query = "&".join([f"{name}={id}" for name in needed] + opened)
                yield f"{root}{re.sub('{[^}]+}', quote(id, safe=''), operation.path)}?{query}"

    async def send(self, method: str, path: str, body: Any = None) -> int:
        """The status of a control operation."""
        return (await self.ask(method, path, body))[0]

    async def read(self, path: str) -> Any:
        """What a control operation tells."""
        return orjson.loads((await self.ask("GET", path))[1])

    async def ask(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, bytes]:
        """One request without a network."""
        messages: list[Any] = []
        sent = b"" if body is None else orjson.dumps(body)

        async def receive() -> Any:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        raw, _, query = path.partition("?")
        scope = {
            "type": "http",
            "scheme": "http",
            "method": method,
            "path": unquote(raw),
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"localhost"), (b"authorization", token.encode())],
        }
        await self.app(scope, receive, send)
        return messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:])
