"""What a session was told about the replies to come: standing preferences, forced replies, a bad network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from understudy.mock_server.http.preferences import NONE, Preferences
from understudy.mock_server.sessions.request_match import Described, Match

#: Says that no body was given, where null is one.
UNSET = object()


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to a reply.

    `drop` cuts the connection `before` the request is worked on, or `after`, so that it counts and the client does
    not learn it. `malformed` sends the first half of the body as if it were all of it.
    """

    wishes: Preferences = NONE
    drop: Literal["before", "after"] | None = None
    malformed: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = UNSET

    def __str__(self) -> str:
        told = [str(self.wishes)] if self.wishes else []
        told += [f"drop={self.drop}"] if self.drop else []
        told += ["malformed"] if self.malformed else []
        told += ["body"] if self.body is not UNSET else []
        return ", ".join(told)


@dataclass(slots=True)
class Rule:
    """An effect on the next `left` requests that match; None is all of them until the rule is taken away."""

    id: str
    match: Match
    effect: Effect
    left: int | None
    used: int = 0


def effect(told: Mapping[str, Any]) -> tuple[Match, Effect, int | None]:
    """A forced reply in the form of `POST /_mock/replies`, which the caller has checked: for whom, what, how often."""
    match = Match(told.get("api"), told.get("method"), told.get("path"), told.get("operation"))
    wishes = Preferences(told.get("status"), told.get("example"), told.get("dynamic", False), told.get("delay"))
    what = Effect(
        wishes, told.get("drop"), told.get("malformed", False), told.get("headers", {}), told.get("body", UNSET)
    )
    return match, what, told.get("times", 1)


@dataclass(frozen=True, slots=True)
class Network:
    """A network to wait for: seconds of latency, drawn seconds on top, a share of requests that fails."""

    latency: float = 0.0
    jitter: float = 0.0
    failure_rate: float = 0.0
    failure_status: int = 503
    seed: int = 0

    def delay(self, number: int) -> float:
        """Seconds for the n-th request."""
        return self.latency + self.jitter * self._draw("delay", number)

    def fails(self, number: int) -> bool:
        """Whether the n-th request fails."""
        return self._draw("failure", number) < self.failure_rate

    def _draw(self, what: str, number: int) -> float:
        digest = blake2b(f"{self.seed}/{what}/{number}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


@dataclass(frozen=True, slots=True)
class Start:
    """What a session begins with and goes back to. `standing` is by API."""

    standing: Mapping[str, Preferences] = field(default_factory=dict)
    rules: tuple[tuple[Match, Effect, int | None], ...] = ()
    network: Network | None = None


class Overrides:
    """The script of one session. `active` tells whether there is anything in it."""

    __slots__ = ("_drawn", "_ids", "_network", "_standing", "_start", "active", "rules")

    def __init__(self, start: Start | None = None) -> None:
        self._ids = 0
        self.begin(start or Start())

    def begin(self, start: Start) -> None:
        """Take another beginning."""
        self._start = start
        self.reset()

    def reset(self) -> None:
        """Back to the beginning."""
        self._drawn = 0
        self._standing: dict[str, Preferences] = dict(self._start.standing)
        self._network = self._start.network
        self.rules: list[Rule] = []
        for match, effect, times in self._start.rules:
            self.add(match, effect, times)
        self._settle()

    @property
    def standing(self) -> Preferences:
        """The preferences for all APIs."""
        return self._standing.get("", NONE)

    @standing.setter
    def standing(self, preferences: Preferences) -> None:
        self._standing = {**self._standing, "": preferences}
        self._settle()

    def clear_standing(self) -> None:
        """No standing preferences any more, neither for all APIs nor for one."""
        self._standing = {}
        self._settle()

    @property
    def network(self) -> Network | None:
        """The network, None for a good one."""
        return self._network

    @network.setter
    def network(self, network: Network | None) -> None:
        self._network = network
        self._drawn = 0
        self._settle()

    def preferred(self, api: str) -> Preferences:
        """The standing preferences for an API."""
        own = self._standing.get(api)
        return self.standing if own is None else self.standing.over(own)

    def add(self, match: Match, effect: Effect, times: int | None) -> Rule:
        """Force a reply."""
        self._ids += 1
        rule = Rule(f"f{self._ids}", match, effect, times)
        self.rules.append(rule)
        self._settle()
        return rule

    def drop(self, id: str) -> bool:
        """Take a forced reply away; False when there is none of that id."""
        before = len(self.rules)
        self.rules = [rule for rule in self.rules if rule.id != id]
        self._settle()
        return len(self.rules) < before

    def clear(self) -> None:
        """Take all forced replies away."""
        self.rules = []
        self._settle()

    def take(self, request: Described) -> Rule | None:
        """The first rule that a request fits; it counts as used."""
        for rule in self.rules:
            if rule.match.fits(request):
                rule.used += 1
                if rule.left is not None:
                    rule.left -= 1
                    if rule.left == 0:
                        self.drop(rule.id)
                return rule
        return None

    def draw(self) -> tuple[float, int | None]:
        """What the network does to the next request: seconds of delay, the status of a failure."""
        network = self._network
        if network is None:
            return 0.0, None
        self._drawn += 1
        return network.delay(self._drawn), network.failure_status if network.fails(self._drawn) else None

    def _settle(self) -> None:
        self.active = bool(self.rules or self._standing or self._network)
