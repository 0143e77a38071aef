"""Replies to safe requests since the last write: the same request would only get the same reply again."""

from __future__ import annotations

import time

from understudy.conformance.evidence.exchange import SAFE_METHODS, Exchange, Request

#: Seconds after which a request is sent again, as others may have written. This is longer than the scenarios of an API
#: take on a slow machine; otherwise the number of requests would depend on its speed.
LASTS = 120.0


class ResponseCache:
    """The replies to safe requests of one run, forgotten whenever the run writes."""

    def __init__(self) -> None:
        self._exchanges: dict[Request, tuple[float, Exchange]] = {}

    def record(self, exchange: Exchange) -> None:
        """Keep a safe exchange, or forget all of them after a write."""
        if exchange.request.method not in SAFE_METHODS:
            self._exchanges.clear()
        elif exchange.status < 500:
            self._exchanges[exchange.request] = (time.monotonic(), exchange)

    def get(self, request: Request) -> Exchange | None:
        """The exchange of the same request, if it is recent enough."""
        made, exchange = self._exchanges.get(request, (0.0, None))
        return exchange if exchange is not None and time.monotonic() - made < LASTS else None
