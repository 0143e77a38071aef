"""The errors of the kit, as a tree.

KitError
 ├── UsageError                the user's request does not make sense (exit 2)
 ├── UnreachableError          the target does not answer, or is not the API (exit 3)
 ├── RunStoppedError           the run ends early: the time is up, or the target went away (exit 4)
 ├── NotAllowedError           a check tried to send something that the profile does not allow
 └── NoReplyError              no reply came that can be read
      └── UnsendableError      the request itself cannot be sent over HTTP
OutOfScopeError                a check would do something that the target's owner has not allowed; it is left out
PrerequisiteError              a check cannot continue: the target lacks what it needs
 └── UnexpectedReplyError      a check cannot continue: a reply is not what it relies on
"""

from __future__ import annotations

from typing import Any


class KitError(Exception):
    """Anything that the kit itself raises on purpose."""


class UsageError(KitError):
    """An option, a file or a clause that does not make sense."""


class UnreachableError(KitError):
    """The first requests found no API to judge."""


class RunStoppedError(KitError):
    """The run ends before all checks were performed; `exchanges` show why, if one of them is the reason."""

    def __init__(self, reason: str, *exchanges: Any) -> None:
        super().__init__(reason)
        self.exchanges = exchanges


class NotAllowedError(KitError):
    """The profile does not allow the request that was about to be sent."""


class NoReplyError(KitError):
    """No reply came, or one that cannot be used: cut off, too large, too slow, or not HTTP.

    `exchanges` show it, once the client has added the request.
    """

    def __init__(self, reason: str, *exchanges: Any) -> None:
        super().__init__(reason)
        self.exchanges = exchanges


class UnsendableError(NoReplyError):
    """HTTP cannot carry the request; the target never received it."""


class PrerequisiteError(Exception):
    """A check cannot continue because the target lacks what it needs; the clauses it has not judged are not shown.

    `exchanges` show it (of type `Exchange`, whose module imports this one), `remedy` says what would help.
    """

    def __init__(self, reason: str, *exchanges: Any, remedy: str = "") -> None:
        super().__init__(reason)
        self.exchanges = exchanges
        self.remedy = remedy


class UnexpectedReplyError(PrerequisiteError):
    """A check cannot continue because a reply is not what it relies on: not successful, or in another form."""


class OutOfScopeError(Exception):
    """A check needs a permission that was not given; its clauses are left out with this reason."""
