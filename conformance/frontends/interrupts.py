"""Ctrl-C and SIGTERM end a run in an orderly way: created objects are removed, and the findings are reported."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[None]:
    """Make the first signal raise KeyboardInterrupt; the second prints a message, the third ends the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    count = 0

    def interrupted(number: int, frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        if count == 1:
            raise KeyboardInterrupt
        print(
            "understudy: still removing the objects that were created; interrupt again to leave them on the target",
            file=sys.stderr,
        )
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    before = {each: signal.signal(each, interrupted) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
