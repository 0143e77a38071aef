"""Clients that make, change, read and delete objects of their own, through whichever process answers."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from chaos.model import Model

#: Seconds that a client waits for a reply. Longer than any fault lasts, so that what is unanswered was really lost.
PATIENCE = 20.0

#: Statuses of a store that fails.
REFUSED = {503, 507}

#: Names in the file that the neighbour uploads begin like this. Nobody may ever see one.
UPLOADED = "from a file"


@dataclass(frozen=True)
class Kind:
    """A kind of object: where its collection is, how one is made, and the member that tells one from another."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    #: The method that changes a name; None where the API has none.
    update: str | None
    items: str
    page: dict[str, str]


class Client:
    """One client: its objects are its own, so it knows what each of them must be."""

    def __init__(self, number: int, addresses: Sequence[str], kind: Kind, model: Model, seed: int) -> None:
        self._drawn = random.Random(f"{seed}/{number}")
        self._addresses = addresses
        self._kind = kind
        self._model = model
        self._names = (f"chaos {number}-{count}" for count in itertools.count(1))
        self._own: list[str] = []

    async def run(self, http: httpx.AsyncClient) -> None:
        """Do one thing."""
        deeds = [self._create, self._create, self._read, self._read, self._delete]
        if self._kind.update:
            deeds += [self._update, self._update]
        deed = self._drawn.choice(deeds)
        if deed == self._create or not self._own:
            await self._create(http)
        else:
            await deed(http)

    async def _create(self, http: httpx.AsyncClient) -> None:
        name = next(self._names)
        reply = await self._send(http, "POST", self._kind.path, {**self._kind.body, "name": name})
        if _is_in_doubt(reply):
            self._model.creation_in_doubt(name)
        elif reply.status_code in REFUSED:
            self._model.refused += 1
        elif reply.is_success:
            id = reply.json()["id"]
            self._own.append(id)
            self._model.created(id, name)
        else:
            self._unexpected(reply)

    async def _update(self, http: httpx.AsyncClient) -> None:
        id, name = self._drawn.choice(self._own), next(self._names)
        reply = await self._send(http, str(self._kind.update), f"{self._kind.path}{self._slash}{id}/", {"name": name})
        self._settle(id, name, reply)

    async def _delete(self, http: httpx.AsyncClient) -> None:
        id = self._drawn.choice(self._own)
        self._own.remove(id)
        self._settle(id, None, await self._send(http, "DELETE", self._address(id)))

    async def _read(self, http: httpx.AsyncClient) -> None:
        id = self._drawn.choice(self._own)
        reply = await self._send(http, "GET", self._address(id))
        if reply is None or reply.status_code in REFUSED:
            return
        if reply.status_code == 404:
            self._model.read(id, None)
            self._own.remove(id)
        elif reply.is_success:
            self._model.read(id, reply.json()["name"])
        else:
            self._unexpected(reply)

    def _settle(self, id: str, state: str | None, reply: httpx.Response | None) -> None:
        if _is_in_doubt(reply):
            self._model.in_doubt(id, state)
        elif reply.status_code in REFUSED:
            self._model.refused += 1
        elif reply.is_success:
            self._model.changed(id, state)
        elif reply.status_code == 404:
            self._model.read(id, None)
            if id in self._own:
                self._own.remove(id)
        else:
            self._unexpected(reply)

    def _unexpected(self, reply: httpx.Response) -> None:
        self._model.broken.append(
            f"{reply.request.method} {reply.request.url.path}: {reply.status_code} {reply.text[:200]}"
        )

    def _address(self, id: str) -> str:
        return f"{self._kind.path}{self._slash}{id}{'/' if self._kind.path.endswith('/') else ''}"

    @property
    def _slash(self) -> str:
        return "" if self._kind.path.endswith("/") else "/"

    async def _send(
        self, http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None = None
    ) -> httpx.Response | None:
        """The reply; None when the connection ended without one."""
        base = self._drawn.choice(self._addresses)
        try:
            return await http.request(method, base + path, json=body, headers=self._kind.headers, timeout=PATIENCE)
        except httpx.ConnectError:
            return httpx.Response(503, headers={"retry-after": "0"})  # it was never sent, so nothing was changed
        except httpx.TransportError:
            return None


def _is_in_doubt(reply: httpx.Response | None) -> bool:
    """Whether nobody knows if a write took place: there was no reply, or one that says so.

    A refusal that invites to try again promises that nothing was changed.
    """
    return reply is None or (reply.status_code == 503 and "retry-after" not in reply.headers)


async def everything(http: httpx.AsyncClient, base: str, kind: Kind) -> list[tuple[str, str]]:
    """The id and the name of each object of a kind, page by page."""
    found: list[tuple[str, str]] = []
    for number in itertools.count(0):
        page = {name: value.format(page=number + 1, offset=number * 100) for name, value in kind.page.items()}
        reply = await http.get(base + kind.path, params=page, headers=kind.headers, timeout=PATIENCE)
        reply.raise_for_status()
        items = reply.json()[kind.items]
        found += [(each["id"], each["name"]) for each in items]
        if len(items) < 100:
            break
    return found
