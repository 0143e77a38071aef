"""Writes exchanges as a shell script that repeats them, with their set-up and with variables in place of secrets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from understudy.conformance.evidence.exchange import SAFE_METHODS, Exchange
from understudy.conformance.evidence.matchers import leaves
from understudy.conformance.evidence.secrets import Secrets, variable

#: Shorter strings are not taken for ids.
SHORTEST = 6
#: Headers that curl sends by itself.
_OWN = frozenset({"host", "content-length", "user-agent"})


def script(exchanges: Sequence[Exchange], history: Iterable[Exchange], secrets: Secrets, mark: str) -> str:
    """A script that repeats exchanges, preceded by the writes of `history` that created the objects they use.

    The run's mark becomes `$MARK`, so that a second run does not collide with the first; an id that a step of the
    script creates is kept in a variable.
    """
    wanted = _with_setup(exchanges, history)
    last = wanted[-1] if wanted else None
    writer = _Writer(secrets, mark)
    lines = [writer.step(each, wanted[at + 1 :], each is last) for at, each in enumerate(wanted)]
    head = ["MARK=${MARK:-u$RANDOM$RANDOM}"] if any("${MARK}" in line for line in lines) else []
    return "\n".join([*head, *lines])


def _with_setup(exchanges: Sequence[Exchange], history: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges, preceded by the writes that created or changed the objects they use."""
    chosen = {each.number: each for each in exchanges}
    last = max(chosen, default=0)
    writes = [e for e in history if e.request.method not in SAFE_METHODS and e.succeeded and e.number < last]
    used = " ".join(_sent(each) for each in chosen.values())
    for each in reversed(writes):
        made = _ids_in(each)
        touches = any(_contains(used, name) for name in made) or _same_object(each, used)
        if each.number not in chosen and touches:
            chosen[each.number] = each
            used += " " + _sent(each)
    return [chosen[number] for number in sorted(chosen)]


def _sent(exchange: Exchange) -> str:
    return f"{exchange.request.url} {(exchange.request.body or b'').decode('utf-8', 'replace')}"


def _ids_in(exchange: Exchange) -> list[str]:
    """What later requests may take from a reply: ids and similar values."""
    found = [leaf for leaf in leaves(exchange.json) if isinstance(leaf, str)]
    texts = [leaf for leaf in found if len(leaf) >= SHORTEST and re.fullmatch(r"[\w.-]+", leaf)]
    return texts + [str(number) for number in _numbers(exchange.json)]


def _numbers(value: Any, named: bool = False) -> list[int]:
    """Integers in members whose name ends in id or ids."""
    if isinstance(value, dict):
        return [n for name, part in value.items() for n in _numbers(part, bool(re.search("[iI]ds?$", name)))]
    if isinstance(value, list):
        return [n for part in value for n in _numbers(part, named)]
    return [value] if named and isinstance(value, int) and not isinstance(value, bool) else []


def _contains(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _same_object(exchange: Exchange, used: str) -> bool:
    """Whether a write went to an object (or below it) that a later request names in its address."""
    path = exchange.request.url.partition("?")[0].rstrip("/")
    return any(
        len(step) >= SHORTEST and re.search(r"\d", step) and _contains(used, step) for step in path.split("/")[3:]
    )


class _Writer:
    """Turns exchanges into commands; remembers which id is in which variable."""

    def __init__(self, secrets: Secrets, mark: str) -> None:
        self._secrets = secrets
        self._mark = mark
        self._variables: dict[str, str] = {}

    def step(self, exchange: Exchange, later: Sequence[Exchange], last: bool) -> str:
        command = self._command(exchange, last)
        if last:
            return command
        ahead = " ".join(_sent(each) for each in later)
        caught = [name for name in dict.fromkeys(_ids_in(exchange)) if _contains(ahead, name)]
        caught = [name for name in caught if name not in self._variables and not _contains(_sent(exchange), name)]
        if not caught:
            return f"{command} > /dev/null"
        lines = [f"REPLY=$({command})"]
        for name in caught:
            own = f"ID{len(self._variables) + 1}"
            self._variables[name] = own
            path = "".join(f"[{step!r}]" for step in _path_to(exchange.json, name))
            lines.append(
                f'{own}=$(printf %s "$REPLY" | python3 -c "import json,sys; print(json.load(sys.stdin){path})")'
            )
        return "\n".join(lines)

    def _command(self, exchange: Exchange, last: bool) -> str:
        request = exchange.request
        parts = ["curl -sS -i" if last else "curl -sS"]
        parts.append("--head" if request.method == "HEAD" else f"-X {request.method}")
        parts.append(self._quote(self._secrets.text(request.url)))
        for name, value in request.headers:
            if name.lower() not in _OWN and not (name == "Accept" and value == "*/*"):
                parts.append(f"-H {self._quote(f'{name}: {self._header(name, value)}' if value else f'{name};')}")
        if not any(name.lower() == "accept" for name, _ in request.headers):
            parts.append("-H 'Accept:'")
        if request.body is not None:
            parts.append(f"--data-binary {self._body(request.body)}")
            if not any(name.lower() == "content-type" for name, _ in request.headers):
                parts.append("-H 'Content-Type:'")
        return " ".join(parts)

    def _header(self, name: str, value: str) -> str:
        return self._secrets.header(name, value)

    def _body(self, body: bytes) -> str:
        try:
            return self._quote(self._secrets.text(body.decode("utf-8")))
        except UnicodeDecodeError:
            return "$'" + "".join(f"\\x{byte:02x}" for byte in body) + "'"

    def _quote(self, text: str) -> str:
        """The text as one shell word, with variables in place of known ids, the mark and credentials."""
        marked = text
        inserts: dict[str, str] = {}

        def insert(pattern: str, shell: str) -> None:
            nonlocal marked
            token = f"\x00{len(inserts)}\x00"
            replaced = re.sub(pattern, token, marked)
            if replaced != marked:
                inserts[token] = shell
                marked = replaced

        for name, own in self._variables.items():
            insert(rf"(?<![\w-]){re.escape(name)}(?![\w-])", f"${{{own}}}")
        insert(re.escape(self._mark), "${MARK}")
        for role in ("default", "other", "collaborator", "admin", "researcher", "participant", "outsider"):
            insert(rf"\${variable(role)}(?!\w)", f"${variable(role)}")
        if not inserts:
            return shlex.quote(text)
        # Within double quotes an interactive shell would still expand an exclamation mark.
        escaped = re.sub(r'([\\"$`])', r"\\\1", marked).replace("!", "\"'!'\"")
        for token, shell in inserts.items():
            escaped = escaped.replace(token, shell)
        return f'"{escaped}"'


def _path_to(value: Any, leaf: str) -> tuple[str | int, ...]:
    """The member names and indexes that lead to a leaf of a JSON value."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return ()
    for step, part in items:
        if not isinstance(part, dict | list):
            if str(part) == leaf:
                return (step,)
        elif below := _path_to(part, leaf):
            return (step, *below)
    return ()
