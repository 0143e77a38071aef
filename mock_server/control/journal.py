"""The journal: the requests of a session and their replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import eq, ge, le

from understudy.mock_server.control.requests import NO_CONTENT, ControlReply, ControlRequest
from understudy.mock_server.http.errors import BadRequestError, ConflictError, NotFoundError
from understudy.mock_server.sessions.expectation import Expectation
from understudy.mock_server.sessions.forced_reply import parse_match
from understudy.mock_server.sessions.journal import JournalEntry
from understudy.mock_server.sessions.request_match import Match
from understudy.mock_server.sessions.sessions import Session

_BOUNDS: dict[str, Callable[[int, int], bool]] = {"exactly": eq, "at_least": ge, "at_most": le}

#: Requests that the message of a failed assertion lists at most.
LISTED = 20


async def list_requests(request: ControlRequest) -> ControlReply:
    """The latest requests, newest last."""
    matching = sorted(await _matching(request), key=lambda each: each[1].started)[-int(request.query["limit"]) :]
    requests = [entry.as_dict(session.name) for session, entry in matching]
    listed = {"requests": requests, "total": (await request.session()).journal.total}
    workers = request.context.sessions.workers
    if workers > 1:
        listed["note"] = f"These are the requests of one worker; each of the {workers} has a journal of its own."
    return ControlReply(200, listed)


async def clear_requests(request: ControlRequest) -> ControlReply:
    """Empty the session's journal."""
    _check_alone(request)
    (await request.session()).journal.clear()
    return NO_CONTENT


async def count_requests(request: ControlRequest) -> ControlReply:
    """The number of matching requests; an assertion when a bound is given."""
    _check_alone(request)
    count = len(await _matching(request))
    for name, holds in _BOUNDS.items():
        bound = request.query.get(name)
        if bound is not None and not holds(count, int(bound)):
            expected = f"{name.replace('_', ' ')} {bound}"
            raise ConflictError(f"{count} requests match, expected {expected}. {await _recorded(request)}")
    return ControlReply(200, {"count": count})


async def expect_request(request: ControlRequest) -> ControlReply:
    """The requests that are as expected; a refusal that says where the closest one differs when there are none."""
    _check_alone(request)
    session, body = await request.session(), request.body
    status = str(body["status"]) if "status" in body else None
    expectation = Expectation(parse_match(body), status, body.get("times"))
    entries = [entry for entry in session.journal if entry.number > body.get("since", 0)]
    fitting = expectation.fitting(entries)
    complaint = expectation.complaint(entries, fitting)
    if complaint is not None:
        raise ConflictError(complaint)
    return ControlReply(200, {"requests": [entry.as_dict(session.name) for entry in fitting]})


def _check_alone(request: ControlRequest) -> None:
    """Raises ConflictError where several processes serve, each with a journal of its own."""
    workers = request.context.sessions.workers
    if workers > 1:
        raise ConflictError(
            f"Each worker has its own journal, so this would concern the requests of only one of {workers}. "
            "Start the mock without --workers to use this operation."
        )


async def _matching(request: ControlRequest) -> list[tuple[Session, JournalEntry]]:
    query = request.query
    if errors := request.context.match_errors(query):
        raise BadRequestError(field_errors=errors)
    match = Match(query.get("api"), query.get("method"), query.get("path"), query.get("operation"))
    return [
        (session, entry)
        for session in await _sessions(request)
        for entry in session.journal.find(match, query.get("status"), int(query.get("since") or 0))
    ]


async def _sessions(request: ControlRequest) -> list[Session]:
    name = request.query.get("session")
    if name is None:
        return [await request.session()]
    if name == "*":
        return list(request.context.sessions)
    if name not in await request.context.sessions.names():
        raise NotFoundError(f"There is no session {name!r}.")
    return [await request.context.sessions.get(name)]


async def _recorded(request: ControlRequest) -> str:
    entries = [entry for session in await _sessions(request) for entry in session.journal]
    return f"Recorded requests: {'; '.join(_lines(entries[-LISTED:])) or 'none'}."


def _lines(entries: list[JournalEntry]) -> Iterator[str]:
    for entry in entries:
        yield f"{entry.method} {entry.path} {entry.status}"
