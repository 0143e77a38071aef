"""What a correct server may do otherwise than our mock, and replies as the source prints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from defects.faults import instead
from defects.messages import Json
from defects.spoiler import Act, Defect


@dataclass(frozen=True, slots=True)
class Liberty:
    """One tenable reading of the source that our mock does not take.

    `about` is what the server does, `place` where the source leaves that open, `on` the operations concerned (ids or
    shell patterns, `*` for every request), `act` what is done between the kit and the mock. `options` are what somebody
    who judges such a server says of it (arguments of Target). `lacking`: by its nature such a server has no data for
    some clauses, so that a run may end with 4.
    """

    api: str
    name: str
    about: str
    place: str
    on: str
    act: Act
    options: Mapping[str, Any] = field(default_factory=dict)
    lacking: bool = False

    @property
    def planted(self) -> Defect:
        """The same as an application in front of the mock."""
        return Defect(self.api, self.name, self.about, (), self.on, self.act)


@dataclass(frozen=True, slots=True)
class Printed:
    """A reply of one operation, literally as the source prints it; `place` is where.

    Nothing else of the API can be judged by it, so the kit calls that operation alone and judges its reply. `query` is
    what the printed request asks for.
    """

    api: str
    name: str
    place: str
    operation: str
    body: Json
    status: int = 200
    media_type: str = "application/json"
    query: Mapping[str, Any] = field(default_factory=dict)

    @property
    def planted(self) -> Defect:
        """The same as an application in front of the mock."""
        reply = instead(self.status, self.body, media=self.media_type)
        return Defect(self.api, self.name, self.place, (), self.operation, reply)


#: Enters a liberty of one API: name, what the server does, the place in the source, where, and what is done.
Allow = Callable[..., None]


def allowing(api: str, into: list[Liberty | Printed]) -> Allow:
    """A function that enters liberties of one API: name, about, place, on, act; then options and lacking by name."""

    def allow(name: str, about: str, place: str, on: str, act: Act, **more: Any) -> None:
        into.append(Liberty(api, name, about, place, on, act, **more))

    return allow


def printing(api: str, into: list[Liberty | Printed]) -> Allow:
    """A function that enters printed replies of one API: name, place, operation, body; then the rest by name."""

    def show(name: str, place: str, operation: str, body: Json, **more: Any) -> None:
        into.append(Printed(api, name, place, operation, body, **more))

    return show
