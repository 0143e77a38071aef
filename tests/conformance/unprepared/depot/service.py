"""A service that holds nothing when it starts, with a document that leaves out what many leave out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
TOKEN = "a-token"
LARGEST, USUAL = 100, 3
PORTS = ("north", "south", "east", "west")
KINDS = ("wood", "wire", "cloth")
CRATE = {"$ref": "#/components/schemas/Crate"}
SCHEMA: Json = {
    "type": "object",
    "required": ["id", "label"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "label": {"type": "string"},
        "kind": {"anyOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}], "default": "wood"},
        "sealed": {"type": "boolean"},
        "weight": {"type": "number", "exclusiveMinimum": 0},
    },
}


def _declared(status: int, schema: Json | None = None) -> Json:
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {str(status): {"description": "As asked.", **content}}


def document(**more: Any) -> Json:
    """The document of the service, which says nothing of credentials; a limit is written as a fraction."""
    limit = {"type": "integer", "minimum": 1.0, "maximum": float(LARGEST), "default": USUAL}
    query = [
        {"name": "limit", "in": "query", "schema": limit},
        {"name": "kind", "in": "query", "schema": {"$ref": "#/components/schemas/Kind"}},
        {"name": "sealed", "in": "query", "schema": {"type": "boolean"}},
        {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}},
    ]
    one = [{"name": "crate_id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    sent = {"required": True, "content": {"application/json": {"schema": CRATE}}}
    crates = {
        "get": {
            "operationId": "listCrates",
            "parameters": query,
            "responses": _declared(200, {"type": "array", "items": CRATE}),
        },
        "post": {"operationId": "addCrate", "requestBody": sent, "responses": _declared(201, CRATE)},
    }
    crate = {
        "parameters": one,
        "get": {"operationId": "getCrate", "responses": _declared(200, CRATE) | _declared(404)},
        "delete": {"operationId": "dropCrate", "responses": _declared(204) | _declared(404)},
    }
    name = [{"name": "port", "in": "path", "required": True, "schema": {"type": "string"}}]
    named = {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}
    ports = {
        "get": {"operationId": "listPorts", "parameters": query[-1:] + query[:1], "responses": _declared(200, named)}
    }
    quays = {
        "parameters": name,
        "get": {"operationId": "listQuays", "responses": _declared(200, named) | _declared(404)},
    }
    about = {"get": {"operationId": "about", "responses": _declared(200, {"type": "object"})}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Depot", "version": "1"},
        "paths": {"/crates": crates, "/crates/{crate_id}": crate, "/about": about}
        | {"/ports": ports, "/ports/{port}/quays": quays},
        "components": {"schemas": {"Crate": SCHEMA, "Kind": {"type": "string", "enum": list(KINDS)}}},
    } | more


@dataclass
class Depot:
    """The service. `ways` are liberties that a correct one may take, and faults that none may have."""

    ways: frozenset[str] = frozenset()
    header: str = "authorization"
    credential: str = f"Bearer {TOKEN}"
    crates: dict[int, Json] = field(default_factory=dict)
    made: int = 0
    strangers: int = 0
    tokens: int = 0

    def __post_init__(self) -> None:
        self._application = Starlette(
            routes=[
                Route("/crates", self.list_crates, methods=["GET"]),
                Route("/crates", self.add_crate, methods=["POST"]),
                Route("/crates/{id:int}", self.get_crate, methods=["GET"]),
                Route("/crates/{id:int}", self.drop_crate, methods=["DELETE"]),
                Route("/ports", self.list_ports, methods=["GET"]),
                Route("/ports/{port}/quays", self.list_quays, methods=["GET"]),
                Route("/about", self.about, methods=["GET"]),
                Route("/about/", self.about, methods=["GET"]),
            ],
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=self._let_in)],
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._application(scope, receive, send)

    async def _let_in(self, request: Request, go_on: Any) -> Response:
        if "open" in self.ways and request.url.path == "/about":
            self.tokens += self.header in request.headers
        elif request.headers.get(self.header) != self.credential:
            self.strangers += 1
            return JSONResponse({"detail": "Who are you?"}, 403)
        reply: Response = await go_on(request)
        return reply

    async def list_crates(self, request: Request) -> Response:
        shown = _page(request)
        if shown is None:
            return _too_many()
        if "always missing" in self.ways or (not self.crates and "empty is missing" in self.ways):
            return JSONResponse({"detail": "No crates"}, 404)
        found = [each for each in self.crates.values() for _ in range(1 + ("doubled" in self.ways))][shown.start :]
        for name, value in request.query_params.items():
            if name in {"kind", "sealed"} and name not in self.ways:
                found = [each for each in found if str(each[name]).lower() == value.lower()]
        return JSONResponse(found if "unsized" in self.ways else found[: shown.stop - shown.start])

    async def add_crate(self, request: Request) -> Response:
        try:
            sent = await request.json()
        except ValueError:
            sent = None
        if not isinstance(sent, dict) or not isinstance(sent.get("label"), str) or not _fits(sent):
            return JSONResponse({"detail": "label"}, 422)
        self.made += 1
        kind, sealed = sent.get("kind", "wood"), sent.get("sealed", False)
        self.crates[self.made] = {"id": self.made, "label": sent["label"], "kind": kind, "sealed": sealed}
        shown = {} if "nameless" in self.ways else self.crates[self.made]
        return JSONResponse(shown, 202 if "undeclared" in self.ways else 201)

    async def get_crate(self, request: Request) -> Response:
        crate = self.crates.get(request.path_params["id"])
        if crate and "incomplete" in self.ways:
            crate = {"id": crate["id"]}
        return JSONResponse(crate) if crate else JSONResponse({"detail": "No crate"}, 404)

    async def drop_crate(self, request: Request) -> Response:
        keeps = "keeps what it removes" in self.ways
        crate = (self.crates.get if keeps else self.crates.pop)(request.path_params["id"], None)
        return Response(status_code=204) if crate else JSONResponse({"detail": "No crate"}, 404)

    async def list_ports(self, request: Request) -> Response:
        shown = _page(request)
        names = ["north"] * 4 if "same names" in self.ways else list(PORTS)
        return JSONResponse([{"name": each} for each in names[shown]]) if shown else _too_many()

    async def list_quays(self, request: Request) -> Response:
        known = request.path_params["port"] in PORTS
        return JSONResponse([{"name": "quay"}]) if known else JSONResponse({"detail": "No port"}, 404)

    async def about(self, request: Request) -> Response:
        if "nothing about it" in self.ways:
            return JSONResponse({"detail": "Nothing"}, 404)
        return RedirectResponse("/about/", 307) if "redirects" in self.ways else JSONResponse({"name": "Depot"})


def _page(request: Request) -> slice | None:
    """The part of a list that was asked for; None if that makes no sense."""
    given = [request.query_params.get("limit", str(USUAL)), request.query_params.get("offset", "0")]
    if not all(re.fullmatch("[0-9]{1,9}", each) for each in given) or not 0 < int(given[0]) <= LARGEST:
        return None
    return slice(int(given[1]), int(given[1]) + int(given[0]))


def _too_many() -> Response:
    return JSONResponse({"detail": f"Expected at most {LARGEST}"}, 400)


def _fits(sent: Json) -> bool:
    kind = sent.get("kind", "wood")
    return (
        (kind is None or kind in KINDS)
        and isinstance(sent.get("sealed", False), bool)
        and _weighs(sent.get("weight", 1))
    )


def _weighs(weight: Any) -> bool:
    return isinstance(weight, int | float) and not isinstance(weight, bool) and weight > 0
