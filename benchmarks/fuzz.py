"""Generated requests to every operation of every API, valid ones and broken ones, counted until there are enough.

Run: `python benchmarks/fuzz.py [CASES [SECONDS [API …]]]`. Each operation gets its share of cases and time in a session
of its own; half of the ids in addresses are of records that exist. Ends with exit code 1 when an answer was a 5xx.
"""

from __future__ import annotations

import collections
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
from load import free_port, server, understudy
from schemathesis import GenerationMode

from specs import Contract, apis, load

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Fuzz:
    """The cases for one API."""

    def __init__(self, api: str, address: str) -> None:
        self.contract: Contract = load(api)
        self.address = address
        self.statuses: collections.Counter[int] = collections.Counter()
        self.failures: list[str] = []
        self._drawn = random.Random(api)
        self._http = requests.Session()
        self._callers = [caller["token"] for caller in self.contract.seed["callers"]]
        self._scheme = next(iter(self.contract.schemes.values()), ("Bearer",))[0]
        schema = schemathesis.openapi.from_url(f"{address}/_mock/openapi/{api}.json")
        schema.config.update(base_url=address + str(self.contract.document["servers"][0]["url"]).rstrip("/"))
        self.operations = [found.ok() for found in schema.get_all_operations()]
        self._ids = sorted(set(self._known()))

    def run(self, operation: Any, cases: int, until: float) -> int:
        """Cases of one operation in both modes; how many were sent."""
        before = sum(self.statuses.values())
        session = {"X-Mock-Session": f"fuzz-{next(_NUMBERS)}"}
        for mode in MODES:
            try:
                strategy = operation.as_strategy(generation_mode=mode)
            except Exception as error:
                # An operation without anything to break has no broken requests.
                print(f"  {operation.label} {mode.value}: {error}", file=sys.stderr)
                continue

            @seeded(1)
            @settings(
                max_examples=cases // 2,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(strategy)
            def send(case: Any) -> None:
                if time.monotonic() < until:
                    self._send(case, session)

            try:
                send()
            except Exception as error:
                print(f"  {operation.label} {mode.value}: {type(error).__name__} {error}", file=sys.stderr)
        self._http.delete(f"{self.address}/_mock/sessions/{session['X-Mock-Session']}")
        return sum(self.statuses.values()) - before

    def _send(self, case: Any, session: dict[str, str]) -> None:
        for name in case.path_parameters or {}:
            if self._drawn.random() < 0.5 and self._ids:
                case.path_parameters[name] = self._drawn.choice(self._ids)
        headers = dict(session)
        if self._drawn.random() < 0.95:
            headers["Authorization"] = f"{self._scheme} {self._drawn.choice(self._callers)}"
        try:
            reply = case.call(session=self._http, headers=headers, timeout=30)
        except (requests.RequestException, ValueError) as error:
            # Not every text that a case holds can be put into a request.
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
                reply = self._http.get(self.address + operation.path, headers=headers, timeout=30)
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


def main(cases: int = 100_000, seconds: float = 3600, *names: str) -> None:
    """Fuzz all APIs, and print what was answered."""
    warnings.simplefilter("ignore")
    began = time.monotonic()
    failures: list[str] = []
    sent = 0
    chosen = names or tuple(apis())
    operations = sum(len(load(api).operations) for api in chosen)
    share = cases // operations + 1
    done = itertools.count(1)
    for api in chosen:
        port = free_port()
        with server([understudy(), "serve", api, "--port", str(port)], "/", port):
            fuzz = Fuzz(api, f"http://127.0.0.1:{port}")
            for operation in fuzz.operations:
                fuzz.run(operation, share, began + seconds * next(done) / operations)
        sent += sum(fuzz.statuses.values())
        failures += fuzz.failures
        print(f"{api}: {len(fuzz.operations)} operations, {dict(sorted(fuzz.statuses.items()))}", flush=True)
    print(f"{sent} cases in {time.monotonic() - began:.0f} s, {len(failures)} failures")
    print("\n".join(dict.fromkeys(failures[:50])))
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main(*(kind(word) for kind, word in zip((int, float), sys.argv[1:3], strict=False)), *sys.argv[3:])
