"""Sessions and scenarios."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.clock import ticks
from understudy.mock_server.control.requests import NO_CONTENT, Answer, ControlRequest
from understudy.mock_server.http.errors import NotFoundError
from understudy.mock_server.sessions.sessions import Session, Sessions


async def list_sessions(asked: ControlRequest) -> Answer:
    """All sessions."""
    sessions = asked.desk.sessions
    told = [_told(sessions, name, sessions.known(name)) for name in await sessions.names()]
    return Answer(200, {"sessions": told, "limit": sessions.limit})


async def get_session(asked: ControlRequest) -> Answer:
    """A session."""
    return Answer(200, _told(asked.desk.sessions, asked.path["name"], await _existing(asked)))


async def make_session(asked: ControlRequest) -> Answer:
    """Make a session, in a scenario if one is named."""
    sessions = asked.desk.sessions
    scenario = (asked.body or {}).get("scenario", sessions.scenes.first)
    session = await sessions.make(asked.path["name"], scenario)
    return Answer(200, _told(sessions, session.name, session))


async def drop_session(asked: ControlRequest) -> Answer:
    """Delete a session with everything in it."""
    if not await asked.desk.sessions.drop(asked.path["name"]):
        raise _missing(asked.path["name"])
    return NO_CONTENT


async def reset_session(asked: ControlRequest) -> Answer:
    """A session back to its beginning."""
    await _existing(asked)
    await (await asked.desk.sessions.get(asked.path["name"])).reset()
    return NO_CONTENT


async def list_scenarios(asked: ControlRequest) -> Answer:
    """The named scenarios, and which one the session plays."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for name, cast in asked.desk.sessions.scenes.casts.items():
        for api, scenario in cast.items():
            told.setdefault((name, scenario.title, scenario.about), []).append(api)
    listed = [
        {"name": name, "title": title, "about": about, "apis": apis} for (name, title, about), apis in told.items()
    ]
    return Answer(200, {"scenarios": listed, "playing": (await asked.session()).scenario})


async def play_scenario(asked: ControlRequest) -> Answer:
    """Start the session anew in a scenario."""
    session = await asked.desk.sessions.make(asked.name, asked.body["name"])
    return Answer(200, _told(asked.desk.sessions, session.name, session))


async def _existing(asked: ControlRequest) -> Session | None:
    """A session that exists; None when the store has it and nobody has used it yet. Raises NotFoundError."""
    name = asked.path["name"]
    if name not in await asked.desk.sessions.names():
        raise _missing(name)
    return asked.desk.sessions.known(name)


def _told(sessions: Sessions, name: str, session: Session | None) -> dict[str, Any]:
    idle = None if session is None else ticks() - session.used
    expires = None if idle is None or sessions.idle is None or not name else sessions.idle - idle
    return {
        "name": name,
        "scenario": session.scenario if session else sessions.scenes.first,
        "requests": session.journal.total if session else 0,
        "idle": idle and round(idle, 3),
        "expires": expires and round(expires, 3),
    }


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"There is no session {name!r}.")
