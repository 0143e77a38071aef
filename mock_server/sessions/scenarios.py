"""The stores of the scenarios: one for the scenario that the server starts with, others when a session needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from understudy.mock_server.http.errors import ConflictError, NotFoundError
from understudy.mock_server.http.preferences import Preferences, parse
from understudy.mock_server.sessions.forced_reply import parse_forced_reply
from understudy.mock_server.sessions.overrides import InitialOverrides, Network
from understudy.mock_server.store import Store
from understudy.specs import Scenario

#: The scenarios of one name by API; APIs without a scenario of that name are missing.
ScenarioByApi = Mapping[str, Scenario]


class ScenarioStores:
    """One store for each scenario. The empty name is the plain seed.

    `open` makes the store of a scenario. A `lasting` store outlives the server: there is only one, for the scenario
    `first`.
    """

    def __init__(
        self,
        scenarios: Mapping[str, ScenarioByApi],
        open: Callable[[ScenarioByApi], Store],
        first: str = "",
        lasting: bool = False,
    ) -> None:
        self.scenarios = scenarios
        self.first = first
        self.lasting = lasting
        self._open = open
        self._stores = {self._seed(first): open(self._by_api(first))}

    def store(self, scenario: str) -> Store:
        """The store of a scenario. Raises NotFoundError, and ConflictError where a lasting store holds another seed."""
        seed = self._seed(scenario)
        if seed not in self._stores:
            if self.lasting and (seed or not scenario):
                raise ConflictError(
                    f"This server keeps its state in a store that was created for {self.first or 'the plain seed'}. "
                    f"Start another server {f'with --scenario {scenario}' if scenario else 'without --scenario'}."
                )
            if self.lasting:
                return next(iter(self._stores.values()))
            self._stores[seed] = self._open(self._by_api(scenario))
        return self._stores[seed]

    def _seed(self, scenario: str) -> str:
        """The seed that a scenario starts from: its own name, or the empty name when it changes no record."""
        return scenario if any(each.populations for each in self._by_api(scenario).values()) else ""

    def initial(self, scenario: str) -> InitialOverrides:
        """The overrides that a session of a scenario starts with. Raises NotFoundError."""
        standing: dict[str, Preferences] = {}
        forced_replies = []
        network = None
        for api, each in self._by_api(scenario).items():
            if each.prefer:
                standing[api] = parse([each.prefer])
            if each.network is not None:
                network = Network(**each.network)
            forced_replies += [parse_forced_reply({**reply, "api": api}) for reply in each.replies]
        return InitialOverrides(standing, tuple(forced_replies), network)

    async def drop(self, name: str) -> bool:
        """Delete a session from all stores."""
        return any([await store.drop(name) for store in self._stores.values()])

    async def close(self) -> None:
        """Close all stores."""
        for store in self._stores.values():
            await store.close()

    def _by_api(self, scenario: str) -> ScenarioByApi:
        if not scenario:
            return {}
        if scenario not in self.scenarios:
            raise NotFoundError(f"There is no scenario {scenario!r}. The scenarios are {', '.join(self.scenarios)}.")
        return self.scenarios[scenario]
