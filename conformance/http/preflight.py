"""The first requests of a run: tell an unreachable target, a refused token and a wrong base address apart."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from os.path import commonprefix
from urllib.parse import quote, urlsplit

from understudy.conformance.evidence.errors import GatewayError, NoReplyError, UnreachableError
from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.http.client import Client, Credential
from understudy.conformance.http.target import first_role
from understudy.specs import Contract, Operation

#: The number of requests that are tried before the base address is called wrong.
TRIES = 3
#: Statuses that a server gives to paths and methods that it does not have.
MISSING = frozenset({404, 405, 410, 501})
#: Seconds until a target is asked again that may still be starting.
AGAIN = 0.5
#: An id that no object has.
NO_ID = "understudy-nothing"


@dataclass(frozen=True, slots=True)
class Probe:
    """A GET that shows whether the API is there; a status in `missing` does not, unless its body is JSON and `vague`."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    missing: Collection[int] = MISSING
    vague: bool = False
    #: The operation that it calls, which may have a way of its own for credentials.
    operation: str | None = None


def preflight(contract: Contract, client: Client, credential: Credential | None, settings: dict[str, str]) -> None:
    """Raise UnreachableError, with a reason that a person can act on, unless the API answers at the target.

    While the target may still be starting (`Target.wait`), it is asked again.
    """
    until = time.monotonic() + client.target.wait
    client.stopping = True  # failures in a row mean nothing yet
    try:
        while True:
            try:
                return _look(contract, client, credential, settings)
            except UnreachableError as error:
                if time.monotonic() >= until or not isinstance(error.__cause__, NoReplyError):
                    raise
                time.sleep(AGAIN)
    finally:
        client.stopping = False


def _look(contract: Contract, client: Client, credential: Credential | None, settings: dict[str, str]) -> None:
    seen: list[Exchange] = []
    role = first_role(contract)
    for probe in probes(contract, settings)[:TRIES]:
        request = client.request(
            "GET", probe.path, query=probe.query, operation=probe.operation, role=role, credential=credential
        )
        try:
            exchange = client.send(request)
        except GatewayError as error:
            raise UnreachableError(f"not ready: {error}. Try again, or give it time with --wait.") from error
        except NoReplyError as error:
            raise UnreachableError(f"unreachable: {error}") from error
        reason = _judge(exchange, probe, credential, role)
        if reason is None:
            return
        if reason != "missing":
            raise UnreachableError(reason)
        seen.append(exchange)
    if seen and not _answers_of_its_own(contract, client, credential, seen):
        raise UnreachableError(_nothing_there(contract, seen))


def _answers_of_its_own(
    contract: Contract, client: Client, credential: Credential | None, seen: list[Exchange]
) -> bool:
    """Whether a 404 says something else than the one for a path that no API has, as it may of a list without objects."""
    own = [each for each in seen if each.status == 404 and each.json is not NOTHING]
    if not own:
        return False
    known: set[str] = set()
    try:
        for name in (NO_ID, f"{NO_ID}-either"):
            path = f"{contract.prefix}/{name}"
            request = client.request("GET", path, role=first_role(contract), credential=credential)
            known.add(_wording(client.send(request)))
    except NoReplyError:
        return False
    # Where two such paths are answered differently, nothing follows from a third answer.
    return len(known) == 1 and any(_wording(each) not in known for each in own)


def _wording(exchange: Exchange) -> str:
    """A reply without the address that was asked for."""
    address = urlsplit(exchange.request.url)
    return exchange.text.replace(f"{address.path}?{address.query}", "").replace(address.path, "")


def spellings(contract: Contract, client: Client, credential: Credential | None) -> dict[str, str]:
    """The steps of paths that the target spells otherwise than the contract, where the source leaves that open."""
    found: dict[str, str] = {}
    for step, others in contract.spellings.items():
        lists = [each.path for each in contract.operations.values() if each.lists_all and step in each.path.split("/")]
        for path in lists[:1]:
            for spelling in (step, *others):
                own = "/".join(spelling if part == step else part for part in path.split("/"))
                try:
                    exchange = client.send(client.request("GET", own, role=first_role(contract), credential=credential))
                except NoReplyError:
                    continue
                if exchange.status not in {404, 405, 410, 501}:
                    found[step] = spelling
                    break
    return {step: spelling for step, spelling in found.items() if spelling != step}


def probes(contract: Contract, settings: dict[str, str]) -> list[Probe]:
    """What can be asked with the settings alone, the clearest first: a GET of the contract, documented ones and lists first.

    Without any, the path of another method, whose 405 shows that the path is there; without these too, a path with an
    id that no object has.
    """
    operations = sorted(
        contract.operations.values(), key=lambda each: (each.provenance != "documented", each.action != "list")
    )
    found = [
        Probe(_path(operation, settings), _query(operation, settings), operation=operation.id)
        for operation in operations
        if operation.method == "GET" and all(p.name in settings for p in operation.parameters if p.required)
    ]
    if not found:
        known = [each for each in operations if settings.keys() >= set(each.path_parameters)]
        found = [Probe(_path(operation, settings), missing=MISSING - {405}) for operation in known]
    return found or [Probe(_path(operation, settings), missing=MISSING - {405}, vague=True) for operation in operations]


def _path(operation: Operation, settings: Mapping[str, str]) -> str:
    path = operation.route
    for name in operation.path_parameters:
        path = path.replace(f"{{{name}}}", quote(settings.get(name, NO_ID), safe=""))
    return path


def _query(operation: Operation, settings: Mapping[str, str]) -> dict[str, str]:
    return {p.name: settings[p.name] for p in operation.parameters if p.place == "query" and p.required}


def _nothing_there(contract: Contract, seen: list[Exchange]) -> str:
    """What was tried and answered, and the two usual causes."""
    tried = ", ".join(exchange.request.url for exchange in seen)
    if (other := next(filter(_redirects_to_itself, seen), None)) is not None:
        return (
            f"the target's paths differ from those of {contract.title} in the slash at the end: GET {other.request.url} "
            f"redirects to {other.header('location')}, and redirects are not followed. Give the contract the paths that "
            "the target has."
        )
    shared = commonprefix([f"{each.path}/" for each in contract.operations.values()])  # noqa: RUF071 - the cut follows
    prefix = contract.prefix or shared.rpartition("/")[0].partition("{")[0].rstrip("/")
    causes = [f"it has a part of the contract's own paths ({prefix}) at its end"] if prefix else []
    causes.append(f"it lacks the path under which the target has this API (a mock of several APIs: /{contract.api})")
    return (
        f"wrong base address: no operation of {contract.title} answers there. Tried GET {tried}; "
        f"the last reply was {seen[-1].summary}. Look at --url: {', or '.join(causes)}."
    )


def _redirects_to_itself(exchange: Exchange) -> bool:
    """Whether a reply leads to the same path with another end: with a slash, or without it."""
    if not 300 <= exchange.status < 400:
        return False
    here, there = (urlsplit(each).path for each in (exchange.request.url, exchange.header("location") or ""))
    return here != there and here.rstrip("/") == there.rstrip("/")


def _judge(exchange: Exchange, probe: Probe, credential: Credential | None, role: str) -> str | None:
    """None if the API answered, `missing` if another operation may answer, else the reason to stop."""
    if exchange.status in {401, 403}:
        missing = f"the target requires a token and none was given for the role {role} (--token {role}=…)"
        reason = "the target refuses the token" if credential else missing
        return f"unauthorised: {reason} ({exchange.summary})"
    if _redirects_to_itself(exchange):
        return "missing"
    if 300 <= exchange.status < 400:
        return f"wrong base address: it redirects to {exchange.header('location') or 'nowhere'}"
    if exchange.status in probe.missing:
        # The API refuses an id that it does not have in its own format.
        return None if probe.vague and exchange.json is not NOTHING else "missing"
    if exchange.media_type in {"text/html", "application/xhtml+xml"} and exchange.json is NOTHING:
        return f"wrong base address: it answers with an HTML page ({exchange.summary})"
    return None
