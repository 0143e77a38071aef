"""Sessions and scenarios."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.clock import ticks
from understudy.mock_server.control.requests import NO_CONTENT, ControlReply, ControlRequest
from understudy.mock_server.http.errors import NotFoundError
from understudy.mock_server.sessions.sessions import Session, Sessions


async def list_sessions(request: ControlRequest) -> ControlReply:
    """All sessions."""
    sessions = request.context.sessions
    listed = [_as_dict(sessions, name, sessions.known(name)) for name in await sessions.names()]
    return ControlReply(200, {"sessions": listed, "limit": sessions.limit})


async def get_session(request: ControlRequest) -> ControlReply:
    """A session."""
    return ControlReply(200, _as_dict(request.context.sessions, request.path["name"], await _existing(request)))


async def make_session(request: ControlRequest) -> ControlReply:
    """Create a session, in a scenario if one is named."""
    sessions = request.context.sessions
    scenario = (request.body or {}).get("scenario", sessions.scenario_stores.first)
    session = await sessions.make(request.path["name"], scenario)
    return ControlReply(200, _as_dict(sessions, session.name, session))


async def drop_session(request: ControlRequest) -> ControlReply:
    """Delete a session with everything in it."""
    if not await request.context.sessions.drop(request.path["name"]):
        raise _missing(request.path["name"])
    return NO_CONTENT


async def reset_session(request: ControlRequest) -> ControlReply:
    """Reset a session to its initial state."""
    await _existing(request)
    await (await request.context.sessions.get(request.path["name"])).reset()
    return NO_CONTENT


async def list_scenarios(request: ControlRequest) -> ControlReply:
    """The available scenarios, and the one that the session plays."""
    apis_by_scenario: dict[tuple[str, str, str], list[str]] = {}
    for name, by_api in request.context.sessions.scenario_stores.scenarios.items():
        for api, scenario in by_api.items():
            apis_by_scenario.setdefault((name, scenario.title, scenario.about), []).append(api)
    listed = [
        {"name": name, "title": title, "about": about, "apis": apis}
        for (name, title, about), apis in apis_by_scenario.items()
    ]
    return ControlReply(200, {"scenarios": listed, "playing": (await request.session()).scenario})


async def play_scenario(request: ControlRequest) -> ControlReply:
    """Restart the session in a scenario."""
    session = await request.context.sessions.make(request.name, request.body["name"])
    return ControlReply(200, _as_dict(request.context.sessions, session.name, session))


async def _existing(request: ControlRequest) -> Session | None:
    """An existing session; None when it is in the store and has not been used since the start. Raises NotFoundError."""
    name = request.path["name"]
    if name not in await request.context.sessions.names():
        raise _missing(name)
    return request.context.sessions.known(name)


def _as_dict(sessions: Sessions, name: str, session: Session | None) -> dict[str, Any]:
    idle = None if session is None else ticks() - session.used
    expires = None if idle is None or sessions.idle is None or not name else sessions.idle - idle
    return {
        "name": name,
        "scenario": session.scenario if session else sessions.scenario_stores.first,
        "requests": session.journal.total if session else 0,
        "idle": idle and round(idle, 3),
        "expires": expires and round(expires, 3),
    }


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"There is no session {name!r}.")
