"""Whether a reply may be given once more: what it depends on besides the request has not changed.

A reply that shows records depends on their version, and on the overrides of the session; if its operation asked for the
time, it is never given again.
"""

from __future__ import annotations

from collections.abc import Callable

from understudy.mock_server.http.responses import Scope
from understudy.mock_server.sessions.journal import JournalEntry
from understudy.mock_server.sessions.sessions import Sessions

#: The key in the state of an ASGI scope under which the application puts what says whether its reply holds, if the
#: connection has put None there.
REPEAT = "understudy.repeat"


def is_wanted(scope: Scope) -> bool:
    """Whether the connection would give the reply again."""
    return REPEAT in scope.get("state", ())


class Repetition:
    """What says of one reply whether it still holds, and records that it is given again."""

    __slots__ = ("_entry", "_log", "_sessions", "session")

    def __init__(
        self, sessions: Sessions, session: str, entry: JournalEntry, log: Callable[[JournalEntry, str], None]
    ) -> None:
        self._sessions = sessions
        # Its name alone: a session that was deleted must not stay in memory.
        self.session = session
        self._entry = entry
        self._log = log

    @property
    def size(self) -> int:
        """Bytes that the record of the first such request takes."""
        return self._entry.size

    def __call__(self) -> bool:
        """Whether the reply holds, in which case it is recorded as that of a further request."""
        session = self._sessions.ready(self.session)
        if (
            session is None
            or session.state.version != self._entry.version
            or session.overrides.active
            or session.is_due()
        ):
            return False
        self._log(session.journal.repeat(self._entry), self.session)
        return True
