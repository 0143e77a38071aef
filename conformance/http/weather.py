"""Distinguishes what happens on the way to an API from what the API itself does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from understudy.conformance.evidence.errors import TooSlowError
from understudy.conformance.evidence.exchange import Exchange, Request, path_of
from understudy.conformance.evidence.words import several

#: Statuses of what stands before a server, among them those that one vendor of gateways has added.
GATEWAY = frozenset({502, 503, 504, *range(520, 528), 530})
#: Times in a row, and in all, that an operation may keep the run waiting in vain.
SLOW, SLOW_IN_ALL = 2, 5
#: Refusals in a row of a caller who was accepted before, after which the token is tried where it was accepted.
REFUSALS = {401: 1, 403: 3}
#: The same of the main caller, whom hardly anything is refused.
MAIN = {401: 1, 403: 1}


def from_gateway(exchange: Exchange, members: frozenset[str]) -> bool:
    """Whether something in front of the API answered: with Retry-After, or without a member of the API's errors."""
    if exchange.status not in GATEWAY:
        return False
    body = exchange.json
    return exchange.header("retry-after") is not None or not (isinstance(body, Mapping) and members & body.keys())


class Weather:
    """What one run has met on its way: slow operations, tokens that were accepted, and how often it was interrupted."""

    def __init__(self) -> None:
        self.accepted: dict[str, Request] = {}
        self._refusals: Counter[str] = Counter()
        self._slow: dict[str, list[TooSlowError]] = {}
        self._slow_in_all: Counter[str] = Counter()
        self._met: Counter[str] = Counter()

    def met(self, what: str) -> None:
        """Count something that interrupted the run."""
        self._met[what] += 1

    def summary(self) -> str:
        """All that interrupted the run in one sentence; empty if nothing did."""
        parts = [f"{what} ({several(count, 'time')})" for what, count in self._met.items()]
        return f"On the way to the target: {'; '.join(parts)}. What this touched is not judged." if parts else ""

    # --- slow operations ---------------------------------------------------------------------------------------------

    def too_slow(self, request: Request, error: TooSlowError) -> None:
        """Note that a request was not answered in time."""
        self._slow.setdefault(_place(request), []).append(error)
        self._slow_in_all[_place(request)] += 1

    def answered(self, request: Request) -> None:
        """Note that a request was answered in time."""
        self._slow.pop(_place(request), None)

    def given_up(self, request: Request) -> TooSlowError | None:
        """The error of an operation that is not called any more, because it would only keep the run waiting."""
        place = _place(request)
        errors = self._slow.get(place, [])
        if len(errors) < SLOW and not (errors and self._slow_in_all[place] >= SLOW_IN_ALL):
            return None
        return TooSlowError(f"{errors[-1]}; it is not called again", *errors[-1].exchanges)

    # --- tokens ------------------------------------------------------------------------------------------------------

    def doubtful(self, exchange: Exchange, main: bool) -> Request | None:
        """A request that succeeded with a token that is now refused, to be sent again; None if nothing is to be doubted."""
        request, role = exchange.request, exchange.request.role
        if not request.known or role is None:
            return None
        if exchange.status not in REFUSALS:
            self._refusals[role] = 0
            if exchange.succeeded and request.method == "GET":
                self.accepted[role] = request
            return None
        self._refusals[role] += 1
        return (
            self.accepted.get(role) if self._refusals[role] >= (MAIN if main else REFUSALS)[exchange.status] else None
        )

    def vouch(self, role: str) -> None:
        """Note that the token of a role still works."""
        self._refusals[role] = 0


def _place(request: Request) -> str:
    return request.operation or f"{request.method} {path_of(request.url).partition('?')[0]}"
