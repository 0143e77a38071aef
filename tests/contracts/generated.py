"""Requests that nobody wrote: what Schemathesis generates of a document, valid and invalid, and rough ones of no form."""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.errors import SerializationNotPossible
from served import Measured, Trial, credentials, serving

from understudy.specs import Operation

#: Requests to each document, and the share of them that is rough.
REQUESTS, ROUGH = 2000, 0.2
MEASURE = "no 5xx to generated requests"
#: Seconds after which a reply is missing.
PATIENCE = 60
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE")
#: Ids, bodies and types of bodies that no schema has in mind.
SEGMENTS = (
    "0",
    "-1",
    "%00",
    "%2F",
    "%2e%2e",
    "%FF",
    "%F0%9F%90%88",
    "null",
    "a" * 3000,
    "9" * 400,
    "1e999",
    "%7B%7D",
    ";",
)
BODIES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"x"',
    b"\xff\xfe",
    b"[" * 5000,
    b'{"a":' * 500,
    b'{"id":1e999}',
    b"a=1&a[b]=2",
)
BODIES += (b'{"\\ud800":"\\udc00"}', b'{"id":null,"id":[]}', b"9" * 5000, b"--x\r\n\r\n--x--", b"<a/>", b"a" * 300_000)
TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
TYPES += ("multipart/form-data", "application/merge-patch+json", "application/json; charset=utf-16", "*/*", "x", "")
QUERIES = (
    "a",
    "=",
    "&&",
    "limit=",
    "limit=-1",
    "page=0",
    "offset=99999999999999999999",
    "cursor=%FF",
    "a[b][c]=1",
    "%",
    "sort=",
)
HEADERS = (
    {"Accept": "x"},
    {"Accept": ""},
    {"Prefer": "code=999"},
    {"Prefer": "code=404, example=x"},
    {"Range": "bytes=0-"},
)
HEADERS += ({"Authorization": "Basic \x7f"}, {"Cookie": "=;="}, {"If-Match": "*"}, {"Content-Encoding": "gzip"}, {})


class Generated(Trial):
    """Sends the requests to one document, and counts which are answered, and not by a 5xx."""

    def run(self, count: int = REQUESTS) -> None:
        """Send so many requests; the same each time."""
        rough = int(count * ROUGH)
        wanted = {operation.path: operation for operation in self.contract.operations.values()}
        self._random = Random(self.contract.api)
        with requests.Session() as session:
            session.trust_env = False  # no proxy of the environment leads to this machine
            strategies = list(self._strategies())
            for number, (path, method, strategy) in enumerate(strategies):
                share = -(-(count - rough - self.sent) // (len(strategies) - number))
                operation = next(
                    (e for e in self.contract.operations.values() if (e.path, e.method) == (path, method)), wanted[path]
                )
                if share > 0:
                    self._cases(strategy, operation, session, share)
        operations = itertools.cycle(self.contract.operations.values())
        while self.sent < count:
            self._rough(next(operations))

    @property
    def sent(self) -> int:
        """How many requests were sent so far."""
        return self.measured.tried[MEASURE]

    def _noted(self, send: Callable[[], Any]) -> None:
        try:
            reply = send()
        except (ValueError, httpx.InvalidURL, SerializationNotPossible):
            return  # some texts cannot be put into a request
        except (requests.RequestException, httpx.HTTPError) as error:
            status, what = 599, f"{type(error).__name__}: {error}"
        else:
            status, text = reply.status_code, reply.content[:200].decode(errors="replace")
            what = f"{reply.request.method} {str(reply.request.url)[:200]}: {text}"
        self.measured.note(MEASURE, status < 500, f"{status} {what}")

    # --- of the form that the document describes, or nearly -----------------------------------------------------------

    def _strategies(self) -> Iterator[tuple[str, str, Any]]:
        schema = schemathesis.openapi.from_dict(dict(self.contract.document))
        schema.config.update(base_url=str(self.client.base_url).rstrip("/"))
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                with contextlib.suppress(Exception):  # what a library cannot generate is sent roughly
                    yield operation.path, operation.method.upper(), operation.as_strategy(generation_mode=mode)

    def _cases(self, strategy: Any, operation: Operation, session: requests.Session, count: int) -> None:
        known = self.first(operation)
        access = credentials(self.contract, operation)

        @seeded(len(operation.id))
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def send(case: Any) -> None:
            for name in case.path_parameters or {}:
                if name in known and self._random.random() < 0.5:
                    case.path_parameters[name] = known[name]
            self._noted(lambda: case.call(session=session, timeout=PATIENCE, **access))

        with contextlib.suppress(Unsatisfiable), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            send()

    # --- of no form --------------------------------------------------------------------------------------------------

    def _rough(self, operation: Operation) -> None:
        pick = self._random.choice
        path = operation.path.partition("?")[0].partition("#")[0]
        for name, value in self.first(operation).items():
            path = path.replace(f"{{{name}}}", pick((str(value), str(value), *SEGMENTS)))
        address = f"{self.client.base_url}".rstrip("/") + path + pick(("", f"?{pick(QUERIES)}"))
        access: Mapping[str, Mapping[str, str]] = credentials(self.contract, operation)
        headers = {**access["headers"], **pick(HEADERS), **pick(({}, {"Content-Type": pick(TYPES)}))}
        method = pick((operation.method, operation.method, pick(METHODS)))
        content = pick((None, pick(BODIES)))
        sent = {name: value.encode("latin-1") for name, value in headers.items()}
        self._noted(
            lambda: self.client.request(
                method, httpx.URL(address).copy_merge_params(access["params"]), headers=sent, content=content
            )
        )


def generated(document: str, count: int = REQUESTS) -> Measured:
    """Sends generated requests to a document that is served."""
    with serving(document) as (contract, client, records):
        client.timeout = httpx.Timeout(PATIENCE)
        trial = Generated(contract, client, records)
        trial.run(count)
        return trial.measured
