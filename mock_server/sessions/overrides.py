"""How a session overrides its replies: standing preferences, forced replies, network conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from understudy.mock_server.http.preferences import NONE, Preferences
from understudy.mock_server.sessions.request_match import ANY, Match, MatchableRequest

#: Marks a body that was not given; None is a body.
UNSET = object()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a forced reply does.

    `drop` closes the connection `before` the request is processed, or `after`, so that it takes effect and the client
    gets no reply. `malformed` sends the first half of the body as if it were all of it.
    """

    preferences: Preferences = NONE
    drop: Literal["before", "after"] | None = None
    malformed: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = UNSET

    def __bool__(self) -> bool:
        return bool(self.preferences or self.drop or self.malformed or self.headers) or self.body is not UNSET

    @property
    def replies(self) -> bool:
        """Whether it determines the reply, not only what happens to it."""
        return self.preferences.replies or self.body is not UNSET

    def __str__(self) -> str:
        parts = [str(self.preferences)] if self.preferences else []
        parts += [f"drop={self.drop}"] if self.drop else []
        parts += ["malformed"] if self.malformed else []
        parts += ["body"] if self.body is not UNSET else []
        return ", ".join(parts)


@dataclass(slots=True)
class ForcedReply:
    """An effect on the next `left` matching requests; on all of them, until it is removed, if `left` is None."""

    id: str
    match: Match
    effect: Effect
    left: int | None
    used: int = 0


@dataclass(frozen=True, slots=True)
class Network:
    """Network conditions: a latency and a random jitter in seconds, and the share of requests that fail (0 to 1)."""

    latency: float = 0.0
    jitter: float = 0.0
    failure_rate: float = 0.0
    failure_status: int = 503
    seed: int = 0

    def delay(self, number: int) -> float:
        """The delay of the n-th request in seconds."""
        return self.latency + self.jitter * self._draw("delay", number)

    def fails(self, number: int) -> bool:
        """Whether the n-th request fails."""
        return self._draw("failure", number) < self.failure_rate

    def _draw(self, purpose: str, number: int) -> float:
        digest = blake2b(f"{self.seed}/{purpose}/{number}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


@dataclass(frozen=True, slots=True)
class InitialOverrides:
    """The overrides that a session starts with and returns to at a reset. `standing` is by API."""

    standing: Mapping[str, Preferences] = field(default_factory=dict)
    forced_replies: tuple[tuple[Match, Effect, int | None], ...] = ()
    network: Network | None = None


class Overrides:
    """The overrides of one session. `active` says whether there are any."""

    __slots__ = ("_drawn", "_ids", "_initial", "_network", "_standing", "active", "forced_replies")

    def __init__(self, initial: InitialOverrides | None = None) -> None:
        self._ids = 0
        self.set_initial(initial or InitialOverrides())

    def set_initial(self, initial: InitialOverrides) -> None:
        """Replace the initial overrides, and reset to them."""
        self._initial = initial
        self.reset()

    def reset(self) -> None:
        """Return to the initial overrides."""
        self._drawn = 0
        self._standing: dict[str, Preferences] = dict(self._initial.standing)
        self._network = self._initial.network
        self.forced_replies: list[ForcedReply] = []
        for match, effect, times in self._initial.forced_replies:
            self.add(match, effect, times)
        self._update_active()

    @property
    def standing(self) -> Preferences:
        """The preferences for all APIs."""
        return self._standing.get("", NONE)

    @standing.setter
    def standing(self, preferences: Preferences) -> None:
        self._standing = {**self._standing, "": preferences}
        self._update_active()

    def clear_standing(self) -> None:
        """Remove all standing preferences, for all APIs and for single ones."""
        self._standing = {}
        self._update_active()

    @property
    def network(self) -> Network | None:
        """The network conditions, None for a perfect network."""
        return self._network

    @network.setter
    def network(self, network: Network | None) -> None:
        self._network = network
        self._drawn = 0
        self._update_active()

    def preferred(self, api: str) -> Preferences:
        """The standing preferences for an API."""
        for_api = self._standing.get(api)
        return self.standing if for_api is None else self.standing.over(for_api)

    def add(self, match: Match, effect: Effect, times: int | None) -> ForcedReply:
        """Force the next `times` matching replies, or all of them with None."""
        self._ids += 1
        forced = ForcedReply(f"f{self._ids}", match, effect, times)
        self.forced_replies.append(forced)
        self._update_active()
        return forced

    def drop(self, id: str) -> bool:
        """Remove a forced reply; False when there is none with that id."""
        before = len(self.forced_replies)
        self.forced_replies = [forced for forced in self.forced_replies if forced.id != id]
        self._update_active()
        return len(self.forced_replies) < before

    def clear(self) -> None:
        """Remove all forced replies."""
        self.forced_replies = []
        self._update_active()

    def needs_body(self, request: MatchableRequest) -> bool:
        """Whether the forced reply for a request depends on its body."""
        for forced in self.forced_replies:
            if forced.match.fits(request):
                return forced.match.request_body is not ANY
        return False

    def take(self, request: MatchableRequest, body: Any = ANY) -> ForcedReply | None:
        """The first forced reply that matches a request; it counts as used.

        `body` is the JSON value of its body, ANY if that is not JSON or was not needed.
        """
        for forced in self.forced_replies:
            if forced.match.fits(request) and forced.match.fits_body(body):
                forced.used += 1
                if forced.left is not None:
                    forced.left -= 1
                    if forced.left == 0:
                        self.drop(forced.id)
                return forced
        return None

    def draw(self) -> tuple[float, int | None]:
        """The delay of the next request in seconds, and the status with which it fails, if it does."""
        network = self._network
        if network is None:
            return 0.0, None
        self._drawn += 1
        return network.delay(self._drawn), network.failure_status if network.fails(self._drawn) else None

    def _update_active(self) -> None:
        self.active = bool(self.forced_replies or self._standing or self._network)
