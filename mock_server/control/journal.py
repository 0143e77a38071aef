"""The journal: the requests of a session and their replies."""

from __future__ import annotations

import asyncio
import heapq
import re
from collections.abc import Callable, Iterator
from operator import eq, ge, le
from typing import Any

from understudy.mock_server.control.requests import NO_CONTENT, ControlReply, ControlRequest
from understudy.mock_server.http.errors import BadRequestError, ConflictError, FieldError, NotFoundError
from understudy.mock_server.sessions.expectation import Expectation
from understudy.mock_server.sessions.forced_reply import parse_match
from understudy.mock_server.sessions.journal import JournalEntry
from understudy.mock_server.sessions.request_match import Match
from understudy.mock_server.sessions.sessions import Session
from understudy.specs import Clause, Operation

_BOUNDS: dict[str, Callable[[int, int], bool]] = {"exactly": eq, "at_least": ge, "at_most": le}

#: Requests that the message of a failed assertion lists at most.
LISTED = 20

#: Requests that a search looks through before others are served.
TURN = 2_000

#: Clauses that are named with a refused request at most.
CLAUSES = 8

#: Status -> the kinds of clauses that speak of it.
_KINDS = {401: {"auth"}, 405: {"method-not-allowed"}, 406: {"content-type"}, 415: {"content-type"}}


async def list_requests(request: ControlRequest) -> ControlReply:
    """The latest requests, newest last."""
    matching = sorted(await _matching(request), key=lambda each: each[1].started)[-int(request.query["limit"]) :]
    requests = [entry.as_dict(session.name) for session, entry in matching]
    listed = {"requests": requests, "total": (await request.session()).journal.total}
    workers = request.context.sessions.workers
    if workers > 1:
        listed["note"] = f"These are the requests of one worker; each of the {workers} has a journal of its own."
    return ControlReply(200, listed)


async def overview_requests(request: ControlRequest) -> ControlReply:
    """Requests without their messages, the latest first."""
    words = str(request.query.get("search") or "").lower().split()
    since, before = (request.query.get(name) for name in ("since", "before"))
    limit = int(request.query["limit"])
    sessions = await _sessions(request)
    lines: list[dict[str, Any]] = []
    more = False
    for looked, (_, session, entry) in enumerate(_newest(sessions), 1):
        if looked % TURN == 0:
            await asyncio.sleep(0)
        if since is not None and entry.serial <= int(since):
            break
        if before is not None and entry.serial >= int(before):
            continue
        if not _has_words(session, entry, words):
            continue
        if len(lines) == limit:
            more = True
            break
        lines.append(entry.line(session))
    return ControlReply(
        200,
        {
            "requests": lines,
            "more": more,
            "kept": sum(len(session.journal) for session in sessions),
            "total": sum(session.journal.total for session in sessions),
            "oldest": min((oldest for each in sessions if (oldest := each.journal.oldest) is not None), default=None),
            "latest": request.context.sessions.journal_budget.latest,
        },
    )


async def get_request(request: ControlRequest) -> ControlReply:
    """One request of any session with its messages, and why it was refused."""
    for session in request.context.sessions:
        for entry in session.journal.newest():
            if str(entry.serial) == request.path["serial"]:
                return ControlReply(200, _whole(session, entry))
    raise NotFoundError(f"There is no request {request.path['serial']} in the journals; it may have been removed.")


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


def _newest(sessions: list[Session]) -> Iterator[tuple[int, str, JournalEntry]]:
    """The entries of several sessions, the latest first."""
    each = [((-entry.serial, session.name, entry) for entry in session.journal.newest()) for session in sessions]
    return heapq.merge(*each, key=lambda found: found[0])


def _has_words(session: str, entry: JournalEntry, words: list[str]) -> bool:
    """Whether a request has every word; its operation is looked up last, since that takes most of the time."""
    if not words:
        return True
    status = str(entry.status)
    text = f"{entry.method} {entry.target} {status} {status[:1]}xx {entry.forced} {session} {entry.api}".lower()
    left = [word for word in words if word not in text]
    operation = (entry.operation or "").lower() if left else ""
    return all(word in operation for word in left)


def _whole(session: Session, entry: JournalEntry) -> dict[str, Any]:
    """An entry with everything that a person asks about it, as a JSON value."""
    served_api = entry.served_api
    operation = served_api.contract.operations.get(entry.operation or "") if served_api else None
    clauses = served_api.contract.clauses if served_api and entry.reason is not None else ()
    return {
        **entry.as_dict(session.name),
        "serial": entry.serial,
        "target": entry.target,
        "reason": entry.reason,
        "faults": [
            {
                "name": fault.name,
                "message": fault.message,
                "place": _place(fault, operation),
                "pointer": fault.pointer,
                "rule": fault.rule or None,
            }
            for fault in entry.faults
        ],
        "clauses": [
            {"id": clause.id, "statement": clause.statement, "source": clause.source}
            for clause in clauses
            if operation is not None and _speaks_of(clause, operation, entry)
        ][:CLAUSES],
    }


def _place(fault: FieldError, operation: Operation | None) -> str:
    """Where in the request a fault is: the body, or where the parameter of its name lies."""
    if fault.pointer or operation is None:
        return "body"
    places = {parameter.name: parameter.place for parameter in operation.parameters}
    return places.get(fault.name) or places.get(re.split(r"[.\[]", fault.name)[0]) or "body"


def _speaks_of(clause: Clause, operation: Operation, entry: JournalEntry) -> bool:
    """Whether a clause is about what a request was refused for: the kind of its status, or a member that is wrong."""
    if clause.retired or not {"*", operation.id} & set(clause.operations):
        return False
    if entry.status in _KINDS:
        return clause.kind in _KINDS[entry.status]
    members = {fault.name.rpartition(".")[2] for fault in entry.faults}
    return operation.id in clause.operations and any(
        re.search(rf"\b{re.escape(member)}\b", clause.statement) for member in members
    )
