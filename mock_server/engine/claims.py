"""Claims on work in the background: which process does it, so that another one can tell when it never will.

A claim is stored with the record that the work is for. Work that finds another claim there, because the state was
replaced or the claim was taken over, has lost its record and leaves it alone.
"""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache
from typing import Any

from understudy.mock_server.clock import ticks, wall

#: Seconds after which a claim lapses unless it is renewed: longer than the work takes once its turn has come.
LEASE = 60.0

#: `id` is unique, `by` names the process, `until` is in seconds since 1970.
Claim = dict[str, Any]


def claim() -> Claim:
    """A new claim of this process."""
    return {"id": secrets.token_hex(8), "by": _process(os.getpid()), "until": _now() + LEASE}


def renewed(held: Claim) -> Claim:
    """The same claim for another period."""
    return {**held, "until": _now() + LEASE}


def seconds_left(held: Any) -> float:
    """For how long a claim may still be good; 0 for one whose process has ended, and for what is not a claim."""
    if not isinstance(held, dict) or not isinstance(held.get("until"), int | float) or _has_ended(held.get("by")):
        return 0.0
    return float(min(max(held["until"] - _now(), 0.0), LEASE))


def _now() -> float:
    return wall(ticks()).timestamp()


@cache
def _process(pid: int) -> str:
    # The pid is an argument so that a forked process has a name of its own. The random part tells it from an earlier
    # process with the same pid.
    return f"{_pids()}/{pid}/{secrets.token_hex(8)}"


@cache
def _pids() -> str:
    """What the numbers of processes belong to: a machine, and on Linux a namespace, since containers have their own."""
    try:
        return f"{socket.gethostname()}:{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return socket.gethostname()


def _has_ended(by: Any) -> bool:
    """Whether a process has certainly ended; that of another machine or container cannot be seen."""
    pids, pid, _ = by.split("/") if isinstance(by, str) and by.count("/") == 2 else ("", "", "")
    if pids != _pids() or not pid.isdecimal() or os.name != "posix":
        return False
    if int(pid) == os.getpid():
        return bool(by != _process(os.getpid()))
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False
