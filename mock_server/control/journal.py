"""The journal: what was asked and what was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import eq, ge, le

from understudy.mock_server.control.requests import NO_CONTENT, Answer, ControlRequest
from understudy.mock_server.http.errors import ConflictError, NotFoundError
from understudy.mock_server.sessions.journal import Entry
from understudy.mock_server.sessions.request_match import Match
from understudy.mock_server.sessions.sessions import Session

_BOUNDS: dict[str, Callable[[int, int], bool]] = {"exactly": eq, "at_least": ge, "at_most": le}

#: How many requests the message of a failed assertion lists.
LISTED = 20


async def list_requests(asked: ControlRequest) -> Answer:
    """The latest requests, newest last."""
    found = sorted(await _found(asked), key=lambda each: each[1].started)[-int(asked.query["limit"]) :]
    told = [entry.as_dict(session.name) for session, entry in found]
    return Answer(200, {"requests": told, "total": (await asked.session()).journal.total})


async def clear_requests(asked: ControlRequest) -> Answer:
    """Forget all requests of the session."""
    (await asked.session()).journal.clear()
    return NO_CONTENT


async def count_requests(asked: ControlRequest) -> Answer:
    """How many requests there were, as an assertion when a bound is given."""
    count = len(await _found(asked))
    for name, holds in _BOUNDS.items():
        bound = asked.query.get(name)
        if bound is not None and not holds(count, int(bound)):
            wanted = f"{name.replace('_', ' ')} {bound}"
            raise ConflictError(f"{count} requests fit, not {wanted}. {await _asked_instead(asked)}")
    return Answer(200, {"count": count})


async def _found(asked: ControlRequest) -> list[tuple[Session, Entry]]:
    query = asked.query
    asked.check_match(query)
    match = Match(query.get("api"), query.get("method"), query.get("path"), query.get("operation"))
    return [
        (session, entry)
        for session in await _sessions(asked)
        for entry in session.journal.find(match, query.get("status"), int(query.get("since") or 0))
    ]


async def _sessions(asked: ControlRequest) -> list[Session]:
    wanted = asked.query.get("session")
    if wanted is None:
        return [await asked.session()]
    if wanted == "*":
        return list(asked.desk.sessions)
    if wanted not in await asked.desk.sessions.names():
        raise NotFoundError(f"There is no session {wanted!r}.")
    return [await asked.desk.sessions.get(wanted)]


async def _asked_instead(asked: ControlRequest) -> str:
    entries = [entry for session in await _sessions(asked) for entry in session.journal]
    return f"Asked were: {'; '.join(_lines(entries[-LISTED:])) or 'none'}."


def _lines(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        yield f"{entry.method} {entry.path} {entry.status}"
