"""Readings made since the last write: asking a target the same thing twice in a moment tells nothing new."""

from __future__ import annotations

import time

from understudy.conformance.evidence.exchange import SAFE_METHODS, Exchange, Request

#: Seconds after which a reading is made again: somebody else may have written. Longer than the scenarios of an API take
#: on a slow machine, or the number of requests would depend on its speed.
LASTS = 120.0


class ResponseCache:
    """Readings of one run that were answered, forgotten whenever the run itself writes."""

    def __init__(self) -> None:
        self._kept: dict[Request, tuple[float, Exchange]] = {}

    def enter(self, exchange: Exchange) -> None:
        """Keep a reading, or forget all of them because of a write."""
        if exchange.request.method not in SAFE_METHODS:
            self._kept.clear()
        elif exchange.status < 500:
            self._kept[exchange.request] = (time.monotonic(), exchange)

    def get(self, request: Request) -> Exchange | None:
        """The reading of the same request, if it is still good."""
        made, exchange = self._kept.get(request, (0.0, None))
        return exchange if exchange is not None and time.monotonic() - made < LASTS else None
