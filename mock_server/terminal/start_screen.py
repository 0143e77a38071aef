"""The start screen: where to go, with which token, and a first request that works; a dozen lines at most."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from urllib.parse import quote

from understudy.mock_server.http.security.credential import Credential
from understudy.mock_server.serving.server import CONTROL_PATH, Server
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.upstream.server import Upstream
from understudy.specs import Contract, Operation
from understudy.specs.contract import SecurityScheme

#: Columns of a line, unless an address alone is longer.
WIDTH = 80

#: Lines of the table of APIs at most.
ROWS = 6

#: What stays as it is in a path that a document writes, which may have a query.
IN_PATHS = "/?=&%:@!$'()*+,;~"

#: Columns before what a label is about.
LABEL = 11


def start_screen(app: Server, address: str) -> list[str]:
    """The lines of the start screen."""
    return [
        f"understudy {version('understudy')}: Ctrl-C stops it",
        *_table(app.served_apis, address),
        *_inferred([each.contract for each in app.served_apis if each.contract.inferred]),
        *_later(app.served_apis),
        *_upstream(app.upstream),
        _labelled("dashboard", f"{address}{CONTROL_PATH}/  tokens, records, requests"),
        *_wrapped("try", _example(app, address)),
    ]


def _table(served_apis: Sequence[ServedApi], address: str) -> list[str]:
    """A line for each API, or for each of its tokens where there is room."""
    rows = [
        (each.contract.api, f"{address}{each.prefix}", token)
        for each in served_apis
        for token in _tokens(each.contract)
    ]
    if len(rows) > ROWS:
        rows = [(each.contract.api, f"{address}{each.prefix}", _first_token(each.contract)) for each in served_apis]
    shown = rows if len(rows) <= ROWS else rows[: ROWS - 1]
    names, addresses = (max(len(row[column]) for row in shown) for column in (0, 1))
    lines, before = [], ""
    for name, url, token in shown:
        again = name == before
        line = f"{'' if again else name:<{names}}  {'' if again else url:<{addresses}}  {token}".rstrip()
        lines.append(line if len(line) <= WIDTH else f"{name}  {url}")
        before = name
    return lines if shown == rows else [*lines, f"and {len(rows) - len(shown)} more, which the dashboard lists"]


def _tokens(contract: Contract) -> list[str]:
    if contract.any_token:
        return ["any token"]
    return [f"{caller['token']} ({caller['role']})" for caller in contract.seed["callers"]]


def _first_token(contract: Contract) -> str:
    callers = contract.seed["callers"]
    if contract.any_token:
        return "any token"
    return f"{callers[0]['token']}{f' +{len(callers) - 1}' if len(callers) > 1 else ''}"


def _inferred(contracts: Sequence[Contract]) -> Iterator[str]:
    """How much of some documents was understood."""
    operations = [operation for contract in contracts for operation in contract.operations.values()]
    examples = sum(operation.action == "custom" and operation.effect is None for operation in operations)
    if contracts:
        keeping = f"{len(operations) - examples} of {len(operations)} operations keep state, the others answer examples"
        if not operations:
            keeping = "no operations, so that every address is unknown"
        elif not examples:
            keeping = "all operations keep state"
        yield _labelled("understood", f"{keeping}; see understudy infer")


def _later(served_apis: Sequence[ServedApi]) -> Iterator[str]:
    """How far APIs follow the live ones instead of their sources."""
    different = [f"{each.contract.api} in {len(each.contract.later)}" for each in served_apis if each.contract.later]
    if different:
        yield _labelled("later", f"{', '.join(different)} points; see understudy apis --later")


def _upstream(upstream: Upstream | None) -> Iterator[str]:
    """What a real server behind the mock answers, and what it means that there is only one of it."""
    if upstream is None:
        return
    yield _labelled("upstream", upstream.address.url)
    which = f"{len(upstream.passed)} operations" if upstream.passed else "all operations"
    rest = "the mock has what it does not have yet" if upstream.falls_back else "nothing else answers"
    yield _labelled("", f"is asked for {which}; {rest}")
    yield _labelled("", "has one state, which all sessions share")
    if upstream.address.sends_openly:
        yield _labelled("", "is sent credentials over plain HTTP")


def _labelled(label: str, text: str) -> str:
    return f"{label:<{LABEL}}{text}"


def _wrapped(label: str, command: Sequence[str]) -> list[str]:
    """A command that can be copied as it stands, on as many lines as it needs."""
    lines: list[str] = []
    for word in command:
        if lines and len(lines[-1]) + len(word) + 3 <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(_labelled("" if lines else label, f"  {word}" if lines else word))
    return [*(f"{line} \\" for line in lines[:-1]), *lines[-1:]]


def _example(app: Server, address: str) -> list[str]:
    """The words of a curl command that works as it stands; where no operation does, one for what is served."""
    served_api = app.served_apis[0]
    operations = [op for op in served_api.contract.operations.values() if "{" not in op.path and op.method == "GET"]
    plain = [op for op in operations if not _required(op)]
    operation = next((op for op in plain if op.action == "list"), next(iter(plain), None))
    if operation is None:
        return ["curl", f"{address}{CONTROL_PATH}/apis"]
    path = f"{served_api.prefix}{operation.path}".partition("#")[0]
    url, options = f"{address}{quote(path, safe=IN_PATHS)}", []
    for scheme in _schemes(served_api.contract, operation):
        token = served_api.contract.seed["callers"][0]["token"]
        sent = Credential.under(scheme, token)
        if scheme.kind == "basic":
            options.append(f"-u user:{token}")
        elif sent.place == "query":
            url += f"{'&' if '?' in url else '?'}{sent.name}={sent.value}"
        else:
            header = f"Cookie: {sent.name}={sent.value}" if sent.place == "cookie" else f"{sent.name}: {sent.value}"
            options.append(f"-H {shlex.quote(header)}")
    return ["curl", *options, shlex.quote(url)]


def _required(operation: Operation) -> bool:
    return any(each.required and each.place == "query" for each in operation.parameters)


def _schemes(contract: Contract, operation: Operation) -> list[SecurityScheme]:
    """How a credential is sent to an operation."""
    first = operation.requirements[0] if operation.requirements else ()
    found = [contract.security[name] for name in first if name in contract.security]
    return [each for each in found if each.kind != "mutualTLS"]
