"""A real server that a test scripts: it keeps what it is asked and answers what it is given, over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from live import TLS, running

from understudy.mock_server.app import create_app
from understudy.specs import Contract

#: What the fixture `mock` gives: a client of a mock; its keyword arguments are those of `Upstream`.
Mock = Callable[..., httpx.Client]

DOCUMENT = """
openapi: 3.1.0
info: {title: Shelf, version: "1"}
servers: [{url: /v2}]
security: [{key: []}]
paths:
  /books:
    get:
      operationId: listBooks
      parameters: [{name: page, in: query, schema: {type: integer, minimum: 1}}, {name: q, in: query, schema: {}}]
      responses:
        "200":
          description: Books.
          headers: {X-Total: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Book"}}}}
    post:
      operationId: addBook
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
      responses:
        "201":
          description: The book.
          content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
        "400": {$ref: "#/components/responses/Refused"}
  /books/{bookId}:
    parameters: [{name: bookId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getBook
      responses:
        "200":
          description: The book.
          content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
        "404": {$ref: "#/components/responses/Refused"}
    delete:
      operationId: removeBook
      responses: {"204": {description: Gone.}, "404": {$ref: "#/components/responses/Refused"}}
  /export:
    get:
      operationId: export
      responses: {"200": {description: Text., content: {text/csv: {schema: {type: string}, example: "a,b"}}}}
  /resets/{resetToken}:
    parameters: [{name: resetToken, in: path, required: true, schema: {type: string}}]
    post:
      operationId: useReset
      security: []
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object}}}}
      responses: {"200": {description: Done., content: {application/json: {schema: {type: object}, example: {}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Shelf}}
  responses:
    Refused:
      description: Why not.
      content: {application/json: {schema: {$ref: "#/components/schemas/Refusal"}}}
  schemas:
    Book:
      type: object
      required: [id, title]
      properties: {id: {type: integer, readOnly: true}, title: {type: string, minLength: 1}, isbn_token: {type: string}}
    Refusal:
      type: object
      required: [error]
      properties: {error: {type: object, required: [message], properties: {message: {type: string}}}}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Reply:
    """One reply; `pieces` are sent one after the other, with a pause before each."""

    status: int = 200
    pieces: tuple[bytes, ...] = (b"{}",)
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    pause: float = 0.0


class RealServer:
    """An ASGI application that answers `reply`, which may be a function of the request."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.reply: Reply | Callable[[Asked], Reply] = Reply()
        self.address = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or the start and the end of the server."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        asked = Asked(scope["method"], target, headers, body)
        self.asked.append(asked)
        reply = self.reply(asked) if callable(self.reply) else self.reply
        await asyncio.sleep(reply.pause)
        sent = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": sent})
        for piece in reply.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(reply.pause)
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def client_of(contract: Contract, **options: Any) -> Iterator[httpx.Client]:
    """A client of a mock of this contract, with a credential."""
    app = create_app(contracts=[contract], **options)
    headers = {"X-Shelf": "sesame-open"}
    with (
        running(app) as address,
        httpx.Client(base_url=address, headers=headers, trust_env=False, verify=TLS) as client,
    ):
        yield client


def last(client: httpx.Client) -> dict[str, Any]:
    """The latest entry of the journal."""
    entry: dict[str, Any] = client.get("/_mock/requests").json()["requests"][-1]
    return entry
