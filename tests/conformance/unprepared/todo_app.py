"""A service that knows nothing of understudy and has a document of its own: `todo.yaml`, written by hand."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

Json = Any
HOME = "/todo/v1/tasks"


@dataclass
class Todo:
    """The application. `ways` are liberties that a correct service may take, and faults that none may have."""

    ways: frozenset[str] = frozenset()
    tasks: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number in range(7):
            self._keep({"title": f"Task {number}", "done": number % 2 == 0, "label": None})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        status, more, value = self._answer(scope["method"], scope["path"], query, headers, body)
        content = b"" if value is None else json.dumps(value).encode()
        kind = "text/html" if "html" in self.ways else "application/json; charset=utf-8"
        sent = {"content-length": str(len(content)), **({"content-type": kind} if content else {}), **more}
        if "chatty" in self.ways:
            sent |= {"x-served-by": "a", "set-cookie": "session=1", "deprecation": "true"}
        fields = [(name.encode(), value.encode()) for name, value in sent.items()]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": content if scope["method"] != "HEAD" else b""})

    def _answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], Json]:
        if not self._knows(headers.get("authorization", "")):
            return (200, {}, []) if "open" in self.ways else (401, {"www-authenticate": "Basic"}, None)
        if path == HOME:
            if method in {"GET", "HEAD"}:
                return self._list(query)
            if method == "POST":
                return self._add(body)
            if "any method" in self.ways:
                return 200, {}, {}
            return 404 if "no methods" in self.ways else 405, {}, {"reason": "No such method."}
        name = path.removeprefix(f"{HOME}/")
        if name not in self.tasks:
            return 410 if "gone" in self.ways else 404, {}, {"reason": "There is no such task."}
        if method in {"GET", "HEAD"}:
            return 200, {}, self._shown(self.tasks[name])
        if method == "PATCH":
            return self._change(self.tasks[name], body)
        if method == "DELETE":
            if "keeps" not in self.ways:
                del self.tasks[name]
            return 204, {}, None
        # A service may say 404 of a method that it does not have.
        return 404, {}, {"reason": "Nothing is here."}

    @staticmethod
    def _knows(credential: str) -> bool:
        word, _, encoded = credential.partition(" ")
        try:
            return word == "Basic" and base64.b64decode(encoded, validate=True).decode() == "me:sesame"
        except ValueError:
            return False

    def _list(self, query: dict[str, str]) -> tuple[int, dict[str, str], Json]:
        found = list(self.tasks.values())
        if "newest first" in self.ways:
            found.reverse()
        if "done" in query and "unfiltered" not in self.ways:
            found = [each for each in found if each["done"] is (query["done"] == "true")]
        if "forgetful" in self.ways:
            found = found[:7]
        size, page = int(query.get("size", 10)), int(query.get("page", 1))
        if "small pages" in self.ways:
            size = min(size, 3)
        start = (page - 1) * size
        if "overlapping" in self.ways:
            start = max(0, start - 1)
        total = {} if "uncounted" in self.ways else {"x-total": str(len(found))}
        if "past the end" in self.ways and page > 1 and start >= len(found):
            return 404, {}, {"reason": "There is no such page."}
        return 200, total, [self._shown(each) for each in found[start : start + size]]

    def _add(self, body: bytes) -> tuple[int, dict[str, str], Json]:
        sent = self._read(body)
        if "trusting" not in self.ways and (
            sent is None or not isinstance(sent.get("title"), str) or not isinstance(sent.get("done"), bool)
        ):
            return 422, {}, {"reason": "title and done are needed."}
        made = self._keep({"title": "", "done": False, "label": None, **(sent or {})})
        return 200 if "another status" in self.ways else 201, {"location": f"{HOME}/{made['id']}"}, self._shown(made)

    def _change(self, task: Json, body: bytes) -> tuple[int, dict[str, str], Json]:
        sent = self._read(body)
        wrong = (
            sent is None or not isinstance(sent.get("title", ""), str) or not isinstance(sent.get("done", True), bool)
        )
        if wrong and "trusting" not in self.ways:
            return 422, {}, {"reason": "title is a text, and done is true or false."}
        if "careless" in self.ways:
            task |= {"title": "", "done": False, "label": None}
        if "deaf" not in self.ways:
            task |= sent or {}
        return 200, {}, self._shown(task)

    def _keep(self, task: Json) -> Json:
        name = str(uuid.uuid4())
        self.tasks[name] = {"id": name, **task}
        return self.tasks[name]

    def _shown(self, task: Json) -> Json:
        shown = dict(task)
        if "extra members" in self.ways:
            shown |= {"owner": {"name": "me"}, "rank": 3}
        if "no nulls" in self.ways:
            shown = {name: value for name, value in shown.items() if value is not None}
        if "incomplete" in self.ways:
            del shown["title"]
        if "number as text" in self.ways:
            shown["done"] = str(shown["done"])
        return shown

    @staticmethod
    def _read(body: bytes) -> Json:
        try:
            found = json.loads(body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None
