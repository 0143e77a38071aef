"""Clients of Prolific whose every reply is held against the contract, and somebody to receive webhooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
from receiver import Receiver

from understudy.specs import Contract, load

CONTRACT = load("prolific")


class Replies:
    """The replies that the contract declares, compiled when they are first met."""

    def __init__(self, contract: Contract) -> None:
        self._registry = jsonschema_rs.Registry([(contract.uri, contract.schemas)])
        self._operations = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", op.path) + "/?"), op) for op in contract.operations.values()
        ]
        # A concrete path comes before one with a placeholder in the same spot.
        self._operations.sort(key=lambda pair: pair[1].path.count("{"))
        self._compiled: dict[tuple[str, int, str], Any] = {}

    def check(self, reply: httpx.Response) -> None:
        """Fails when a reply of an operation has a status or a body that the contract does not declare."""
        path, method = reply.request.url.path, reply.request.method
        operation = next((op for form, op in self._operations if op.method == method and form.fullmatch(path)), None)
        if operation is None or reply.status_code == 405:
            return
        reply.read()
        declared = operation.responses.get(str(reply.status_code))
        assert declared is not None, f"{operation.id} answers {reply.status_code}: {reply.text[:300]}"
        media_type = reply.headers.get("content-type", "").partition(";")[0]
        if not declared:
            assert not reply.content, f"{operation.id} answers {reply.status_code} with a body"
        elif media_type == "application/json":
            key = (operation.id, reply.status_code, media_type)
            if key not in self._compiled:
                self._compiled[key] = jsonschema_rs.Draft202012Validator(
                    declared[media_type], registry=self._registry, validate_formats=True
                )
            errors = [f"{e.instance_path}: {e.message}" for e in self._compiled[key].iter_errors(reply.json())]
            assert not errors, f"{operation.id} {reply.status_code}: {errors[:5]}"
        else:
            assert media_type in declared


_REPLIES = Replies(CONTRACT)


@pytest.fixture
def contract() -> Contract:
    return CONTRACT


@pytest.fixture
def visit(serve: Any) -> Callable[..., httpx.Client]:
    """A client with a token; None sends none."""

    def client(token: str | None = "mock-token", scheme: str = "Token") -> httpx.Client:
        made: httpx.Client = serve("prolific", token=token, scheme=scheme)
        made.event_hooks["response"] = [_REPLIES.check]
        return made

    return client


@pytest.fixture
def client(visit: Callable[..., httpx.Client]) -> httpx.Client:
    """The admin."""
    return visit()


@pytest.fixture
def collaborator(visit: Callable[..., httpx.Client]) -> httpx.Client:
    """A collaborator of the first workspace, and of no other."""
    return visit("mock-collaborator-token")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()
