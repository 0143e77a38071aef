"""What can go wrong, as a tree.

KitError
 ├── UsageError        what the user asked for does not make sense (exit 2)
 ├── Unreachable       the target is not there, or is not the API (exit 3)
 ├── Stopped           the run ends early: time is up, the target went away, somebody pressed Ctrl-C (exit 4)
 ├── Forbidden         a check tried to send what the profile does not allow
 └── Broken            an exchange did not yield a reply that can be read
      └── UnsendableError   the request itself cannot be put on the wire
OutOfScopeError             a check would do what the target's owner has not allowed; it is left out
Unmet                  a check cannot go on: the target lacks what it needs
 └── Unexpected        … or a reply is not what it relies on
"""

from __future__ import annotations

from typing import Any


class KitError(Exception):
    """Anything that the kit itself raises on purpose."""


class UsageError(KitError):
    """An option, a file or a clause that makes no sense."""


class UnreachableError(KitError):
    """The preflight call found nothing that could be judged."""


class RunStoppedError(KitError):
    """The run ends before every check had its turn; `exchanges` show why, where one of them is the reason."""

    def __init__(self, reason: str, *exchanges: Any) -> None:
        super().__init__(reason)
        self.exchanges = exchanges


class NotAllowedError(KitError):
    """The profile does not allow what was about to be sent."""


class NoReplyError(KitError):
    """No reply came, or one that cannot be taken: cut off, too large, too slow, out of protocol.

    `exchanges` show it, once the client has told which request it was.
    """

    def __init__(self, reason: str, *exchanges: Any) -> None:
        super().__init__(reason)
        self.exchanges = exchanges


class UnsendableError(NoReplyError):
    """HTTP cannot carry the request; the target never saw it."""


class PrerequisiteError(Exception):
    """A check cannot go on, as the target lacks what it needs; every clause it has not judged yet fails with this reason.

    `exchanges` show it, `remedy` says what would help. The type of exchanges is told in `exchange.py`, which raises this.
    """

    def __init__(self, reason: str, *exchanges: Any, remedy: str = "") -> None:
        super().__init__(reason)
        self.exchanges = exchanges
        self.remedy = remedy


class UnexpectedReplyError(PrerequisiteError):
    """A check cannot go on, as a reply is not what it relies on: no success, or in another form."""


class OutOfScopeError(Exception):
    """What a check would have to do needs to be allowed first; its clauses are left out with this reason."""
