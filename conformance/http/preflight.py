"""The first requests of a run: tell an unreachable target, a refused token and a wrong base address apart."""

from __future__ import annotations

from understudy.conformance.evidence.errors import NoReplyError, RunStoppedError, UnreachableError
from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.http.client import Client, Credential
from understudy.specs import Contract, Operation

#: The number of operations that are tried before the base address is called wrong.
TRIES = 3


def preflight(contract: Contract, client: Client, credential: Credential | None, settings: dict[str, str]) -> None:
    """Raise UnreachableError, with a reason that a person can act on, unless the API answers at the target."""
    seen: list[Exchange] = []
    for operation in candidates(contract, settings)[:TRIES]:
        path = operation.path
        for parameter in operation.parameters:
            if parameter.place == "path":
                path = path.replace(f"{{{parameter.name}}}", settings[parameter.name])
        query = {p.name: settings[p.name] for p in operation.parameters if p.place == "query" and p.required}
        try:
            exchange = client.send(client.request("GET", path, query=query, credential=credential))
        except (NoReplyError, RunStoppedError) as error:
            raise UnreachableError(f"unreachable: {error}") from error
        reason = _judge(exchange, credential)
        if reason is None:
            return
        if reason != "missing":
            raise UnreachableError(reason)
        seen.append(exchange)
    tried = ", ".join(exchange.request.url for exchange in seen)
    raise UnreachableError(
        f"wrong base address: no operation of {contract.title} answers at {tried} ({seen[-1].summary}). "
        "Give --url without the contract's own path prefix."
    )


def candidates(contract: Contract, settings: dict[str, str]) -> list[Operation]:
    """GET operations that can be called with the settings alone, documented ones and lists first."""
    found = [
        operation
        for operation in contract.operations.values()
        if operation.method == "GET" and all(p.name in settings for p in operation.parameters if p.required)
    ]
    return sorted(found, key=lambda each: (each.provenance != "documented", each.action != "list"))


def _judge(exchange: Exchange, credential: Credential | None) -> str | None:
    """None if the API answered, `missing` if another operation may answer, else the reason to stop."""
    if exchange.status in {401, 403}:
        reason = "the target refuses the token" if credential else "no token was given and the target requires one"
        return f"unauthorised: {reason} ({exchange.summary})"
    if 300 <= exchange.status < 400:
        return f"wrong base address: it redirects to {exchange.header('location') or 'nowhere'}"
    if exchange.status in {404, 405, 410, 501}:
        return "missing"
    if exchange.media_type in {"text/html", "application/xhtml+xml"} and exchange.json is NOTHING:
        return f"wrong base address: it answers with an HTML page ({exchange.summary})"
    return None
