"""The stores behind the scenarios: one for the scenario that the server plays, others when a session asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from understudy.mock_server.http.errors import ConflictError, NotFoundError
from understudy.mock_server.http.preferences import Preferences, parse
from understudy.mock_server.sessions.overrides import Network, Start, effect
from understudy.mock_server.store import Store
from understudy.specs import Scenario

#: Scenarios of one name by API; those that are not in it have none of that name.
Cast = Mapping[str, Scenario]


class ScenarioStores:
    """One store for each scenario. The empty name is the plain seed.

    `open` makes the store of a scenario. A `lasting` store keeps what it holds beyond the server's life: there is one
    of it only, for the scenario `first`.
    """

    def __init__(
        self, casts: Mapping[str, Cast], open: Callable[[Cast], Store], first: str = "", lasting: bool = False
    ) -> None:
        self.casts = casts
        self.first = first
        self.lasting = lasting
        self._open = open
        self._stores = {self._seed(first): open(self._cast(first))}

    def store(self, scenario: str) -> Store:
        """The store of a scenario. Raises NotFoundError, and ConflictError where a lasting store holds another seed."""
        seed = self._seed(scenario)
        if seed not in self._stores:
            if self.lasting and (seed or not scenario):
                raise ConflictError(
                    f"This server keeps its state in a store, made for {self.first or 'the plain seed'}. "
                    f"Start another one {f'with --scenario {scenario}' if scenario else 'without --scenario'}."
                )
            if self.lasting:
                return next(iter(self._stores.values()))
            self._stores[seed] = self._open(self._cast(scenario))
        return self._stores[seed]

    def _seed(self, scenario: str) -> str:
        """The name of the seed that a scenario starts from: its own, or the plain one when it changes no record."""
        return scenario if any(each.populations for each in self._cast(scenario).values()) else ""

    def start(self, scenario: str) -> Start:
        """What a session of a scenario begins with. Raises NotFoundError."""
        standing: dict[str, Preferences] = {}
        rules = []
        network = None
        for api, each in self._cast(scenario).items():
            if each.prefer:
                standing[api] = parse([each.prefer])
            if each.network is not None:
                network = Network(**each.network)
            rules += [effect({**told, "api": api}) for told in each.replies]
        return Start(standing, tuple(rules), network)

    async def drop(self, name: str) -> bool:
        """Delete a session from all stores."""
        return any([await store.drop(name) for store in self._stores.values()])

    async def close(self) -> None:
        """Close all stores."""
        for store in self._stores.values():
            await store.close()

    def _cast(self, scenario: str) -> Cast:
        if not scenario:
            return {}
        if scenario not in self.casts:
            raise NotFoundError(f"There is no scenario {scenario!r}; there are {', '.join(self.casts)}.")
        return self.casts[scenario]
