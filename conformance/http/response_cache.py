"""Replies to safe requests since the last write: the same request would only get the same reply again."""

from __future__ import annotations

import time

from understudy.conformance.evidence.exchange import SAFE_METHODS, Exchange, Request

#: Seconds after which a request is sent again, as others may have written. This is longer than the scenarios of an API
#: take on a slow machine; otherwise the number of requests would depend on its speed.
LASTS = 120.0
#: Bytes of bodies that are kept; the oldest replies are forgotten first.
BUDGET = 128 * 1024 * 1024


class ResponseCache:
    """The replies to safe requests of one run, forgotten whenever the run writes."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._size = 0
        self._exchanges: dict[Request, tuple[float, Exchange]] = {}

    def record(self, exchange: Exchange) -> None:
        """Keep a safe exchange, or forget all of them after a write."""
        if exchange.request.method not in SAFE_METHODS:
            self.clear()
        elif exchange.status < 500:
            self._forget(exchange.request)
            self._exchanges[exchange.request] = (time.monotonic(), exchange)
            self._size += len(exchange.reply.content)
            while self._size > self._budget:
                self._forget(next(iter(self._exchanges)))

    def clear(self) -> None:
        """Forget all replies."""
        self._exchanges.clear()
        self._size = 0

    def _forget(self, request: Request) -> None:
        _, exchange = self._exchanges.pop(request, (0.0, None))
        self._size -= len(exchange.reply.content) if exchange is not None else 0

    def get(self, request: Request) -> Exchange | None:
        """The exchange of the same request, if it is recent enough."""
        made, exchange = self._exchanges.get(request, (0.0, None))
        return exchange if exchange is not None and time.monotonic() - made < LASTS else None
