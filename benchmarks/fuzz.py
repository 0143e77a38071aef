"""Generated valid and invalid requests to every operation of every API, until there are enough.

Run: `python benchmarks/fuzz.py [CASES [SECONDS [TURN]]]`. Each operation has its turn in a new session, in rounds
that begin with TURN: a later run continues where an earlier one ended. Half of the ids in paths belong to existing
records. The exit code is 1 if a reply was a 5xx.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import random
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from load import memory, server, understudy
from ports import free_port
from schemathesis import GenerationMode

from understudy.specs import Contract, apis, load

#: Cases per operation and turn.
EACH = 12


class Fuzz:
    """The cases for one API."""

    def __init__(self, api: str, root: str) -> None:
        self.api = api
        self.contract: Contract = load(api)
        self.address = f"{root}/{api}"
        self.statuses: collections.Counter[int] = collections.Counter()
        self.failures: list[str] = []
        self._root = root
        self._drawn = random.Random(api)
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy of the environment leads to this machine
        self._callers = [caller["token"] for caller in self.contract.seed["callers"]]
        self._scheme = next(iter(self.contract.schemes.values()), ("Bearer",))[0]
        document = self._http.get(f"{root}/_mock/openapi/{api}.json", timeout=60).json()
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=self.address)
        self.operations = [found.ok() for found in schema.get_all_operations()]
        self._strategies = {operation.label: list(_strategies(operation)) for operation in self.operations}
        self._ids = sorted(set(self._known()))

    def run(self, operation: Any, turn: int, cases: int) -> None:
        """Send some cases of one operation, in a new session."""
        session = f"fuzz-{next(_NUMBERS)}"
        strategies = self._strategies[operation.label]
        for strategy in strategies:

            @seeded(turn)
            @settings(
                max_examples=cases // len(strategies),
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(strategy)
            def send(case: Any) -> None:
                self._send(case, {"X-Mock-Session": session})

            try:
                send()
            except Unsatisfiable:
                continue  # the operation has nothing to invalidate
        self._http.delete(f"{self._root}/_mock/sessions/{session}")

    def _send(self, case: Any, session: dict[str, str]) -> None:
        for name in case.path_parameters or {}:
            if self._drawn.random() < 0.5 and self._ids:
                case.path_parameters[name] = self._drawn.choice(self._ids)
        headers = dict(session)
        if self._drawn.random() < 0.95:
            headers["Authorization"] = f"{self._scheme} {self._drawn.choice(self._callers)}"
        try:
            reply = case.call(session=self._http, headers=headers, timeout=60)
        except (requests.RequestException, ValueError) as error:
            # Some generated texts cannot be put into a request.
            if isinstance(error, requests.ConnectionError | requests.Timeout):
                self.failures.append(f"{case.method} {case.formatted_path}: {error}")
            return
        self.statuses[reply.status_code] += 1
        if reply.status_code >= 500:
            self.failures.append(f"{reply.status_code} {case.as_curl_command()[:800]}")

    def _known(self) -> Iterator[str]:
        """Ids of seeded records, as lists show them."""
        for token, operation in itertools.product(self._callers, self.contract.operations.values()):
            if operation.action == "list" and "{" not in operation.path:
                headers = {"Authorization": f"{self._scheme} {token}"}
                reply = self._http.get(self.address + operation.path, headers=headers, timeout=60)
                if reply.ok:
                    yield from _ids(reply.json())


_NUMBERS = itertools.count(1)


def _ids(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("id"), str):
            yield node["id"]
        for part in node.values():
            yield from _ids(part)
    elif isinstance(node, list):
        for part in node[:20]:
            yield from _ids(part)


def _strategies(operation: Any) -> Iterator[Any]:
    """Valid and invalid requests; an operation without anything to invalidate has only valid ones."""
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        with contextlib.suppress(Exception):
            yield operation.as_strategy(generation_mode=mode)


def main(cases: int = 100_000, seconds: float = 3600, first: int = 1) -> None:
    """Fuzz all APIs in turns until there are enough cases or no time is left, and print the statuses."""
    warnings.simplefilter("ignore")
    began = time.monotonic()
    port = free_port()
    with server([understudy(), "serve", "--port", str(port)], "/", port) as process:
        fuzzes = [Fuzz(api, f"http://127.0.0.1:{port}") for api in apis()]
        jobs = [(fuzz, operation) for fuzz in fuzzes for operation in fuzz.operations]
        sent = 0
        for turn, (fuzz, operation) in ((turn, job) for turn in itertools.count(first) for job in jobs):
            fuzz.run(operation, turn, EACH)
            sent = sum(sum(each.statuses.values()) for each in fuzzes)
            if sent >= cases or time.monotonic() - began > seconds:
                break
        print(f"memory at the end: {memory(process.pid):.0f} MB")
    for fuzz in fuzzes:
        print(f"{fuzz.api}: {len(fuzz.operations)} operations, {dict(sorted(fuzz.statuses.items()))}")
    failures = [failure for fuzz in fuzzes for failure in fuzz.failures]
    print(
        f"{sent} cases in {time.monotonic() - began:.0f} s, turns {first} to {turn} of {EACH}, {len(failures)} failures"
    )
    print("\n".join(dict.fromkeys(failures[:50])))
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main(*(kind(word) for kind, word in zip((int, float, int), sys.argv[1:], strict=False)))
