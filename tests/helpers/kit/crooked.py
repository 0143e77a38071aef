"""A target that breaks its contract and attacks its readers: the mock with some replies changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from understudy.mock_server import create_app

#: What a target could write into its replies to take over whatever shows them: a page, a terminal, a table, XML.
NASTY = (
    '</script><script>document.title="taken"</script><img src=x onerror=\'document.title="taken"\'>'
    " ]]> \x1b]0;taken\x07\x1b[31m [click](javascript:alert(1)) | `tick` ``` \u202etxt.exe {{ 7 * 7 }}"
)
#: Objects of this type carry it.
TYPE = "project"

Tamper = Callable[[Any, str], None]


def crooked(tamper: Tamper | None = None) -> Any:
    """Participant Kit with every JSON reply below `/v1/projects` changed; `tamper` gets the body and the credential."""
    return _Crooked(create_app(["participant-kit"], max_sessions=1000), tamper or _nasty)


def _nasty(body: Any, credential: str) -> None:
    """Projects say that they are something else and give the credential away; the last one is listed twice."""
    if body.get("data"):
        body["data"].append(body["data"][-1])
    for each in body.get("data", [body]):
        if isinstance(each, dict) and each.get("object") == TYPE:
            each["object"] = f"{NASTY} {credential}"


class _Crooked:
    def __init__(self, application: Any, tamper: Tamper) -> None:
        self._application = application
        self._tamper = tamper

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/projects"):
            await self._application(scope, receive, send)
            return
        credential = dict(scope["headers"]).get(b"authorization", b"").decode()
        start: dict[str, Any] = {}
        pieces: list[bytes] = []

        async def held(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                pieces.append(message.get("body", b""))

        await self._application(scope, receive, held)
        body = b"".join(pieces)
        if start["status"] == 200 and scope["method"] == "GET":
            document = json.loads(body)
            self._tamper(document, credential)
            body = json.dumps(document).encode()
        headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})
