"""Writes exchanges as a shell script that repeats them, with their set-up and with variables in place of secrets."""

from __future__ import annotations

import itertools
import re
import shlex
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from understudy.conformance.evidence.exchange import SAFE_METHODS, Exchange, path_of
from understudy.conformance.evidence.secrets import Pieces, Secrets, Variable

#: Shorter strings are not taken for ids.
SHORTEST = 6
#: Headers that curl sends by itself.
_OWN = frozenset({"host", "content-length", "user-agent"})
#: A longer body is not passed as an argument, as systems limit the length of one.
LONGEST = 100_000
_MARK = "MARK"
#: The name of a member that holds an id, or several; and of one that holds the id of the object itself.
_ID = re.compile(r"(?i:^_?ids?$|_ids?$)|[a-z]I[dD]s?$|(?i:^[a-z]{3,5}id$)")
_OWN_ID = re.compile(r"(?i:_?id|uuid)|[a-z]+I[dD]s")


def script(
    exchanges: Sequence[Exchange],
    history: Iterable[Exchange],
    secrets: Secrets,
    mark: str,
    made: Container[str] = frozenset(),
) -> str:
    """A script that repeats exchanges, preceded by the writes of `history` that lead to them, refused ones too.

    The run's mark becomes `$MARK`, so that a second run does not collide with the first; an id that a step of the
    script creates is kept in a variable. `made` are ids of objects that the run created.
    """
    before = list(history)
    wanted = _with_setup(exchanges, before)
    last = wanted[-1] if wanted else None
    writer = _Writer(secrets, mark, _new_ids(wanted, before, made))
    lines = [writer.step(each, wanted[at + 1 :], each is last) for at, each in enumerate(wanted)]
    head = ["MARK=${MARK:-u$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')}"] if writer.marked else []
    return "\n".join([*head, *lines])


def _with_setup(exchanges: Sequence[Exchange], history: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges, preceded by the writes that created or changed the objects they use.

    A refused write leads to a reading of the same place: it should have changed nothing there.
    """
    chosen = {each.number: each for each in exchanges}
    last = max(chosen, default=0)
    writes = [e for e in history if e.request.method not in SAFE_METHODS and e.number < last]
    read = {_place(each) for each in exchanges if each.request.method in SAFE_METHODS}
    used = " ".join(_sent(each) for each in chosen.values())
    for each in reversed(writes):
        if each.succeeded:
            touches = any(_contains(used, name) for name in _ids_in(each)) or _same_object(each, used)
        else:
            touches = any(_below(one, other) for place in read for one, other in _pairs(place, _place(each)))
        if each.number not in chosen and touches:
            chosen[each.number] = each
            used += " " + _sent(each)
    return [chosen[number] for number in sorted(chosen)]


def _sent(exchange: Exchange) -> str:
    """What a request says of objects; the address of a host has numbers of its own."""
    return f"{path_of(exchange.request.url)} {(exchange.request.body or b'').decode('utf-8', 'replace')}"


def _place(exchange: Exchange) -> str:
    return exchange.request.url.partition("?")[0].rstrip("/")


def _pairs(one: str, other: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one, other), (other, one)


def _below(place: str, other: str) -> bool:
    """Whether an address is another one or has one more segment, as an object of a collection has."""
    return place == other or (place.startswith(f"{other}/") and "/" not in place[len(other) + 1 :])


def _ids_in(exchange: Exchange) -> list[str]:
    """What later requests may take from a reply: its ids."""
    return [name for name, _ in _named(exchange.json)]


def _named(value: Any, member: str = "") -> Iterator[tuple[str, str]]:
    """The values of members that are called ids, each with the name of its member."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _named(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _named(part, member)
    elif _ID.search(member) and _fits(value):
        yield str(value), member


def _fits(value: Any) -> bool:
    """Whether a value can be an id: an integer, or a text of some length without blanks."""
    if isinstance(value, str):
        return len(value) >= SHORTEST and re.fullmatch(r"[\w.-]+", value, re.ASCII) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def _new_ids(wanted: Sequence[Exchange], history: Sequence[Exchange], made: Container[str]) -> dict[int, list[str]]:
    """The number of each step -> the ids that it made: those of created objects, and of what came with them.

    An id that an earlier request or reply has, or that belongs to another object, was there before.
    """
    found: dict[int, list[str]] = {}
    for each in wanted:
        if each.request.method in SAFE_METHODS or not each.succeeded:
            continue
        earlier = [one for one in history if one.number < each.number]
        for name, member in dict.fromkeys(_named(each.json)):
            fresh = name in made or (_OWN_ID.fullmatch(member) and not any(_knows(one, name) for one in earlier))
            if fresh and not _contains(_sent(each), name):
                found.setdefault(each.number, []).append(name)
    return found


def _knows(exchange: Exchange, name: str) -> bool:
    content = exchange.reply.content
    text = exchange.text if isinstance(content, bytes) else ""
    return _contains(_sent(exchange), name) or (name in text and _contains(text, name))


def _contains(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _same_object(exchange: Exchange, used: str) -> bool:
    """Whether a write went to an object (or below it) that a later request names in its address."""
    path = exchange.request.url.partition("?")[0].rstrip("/")
    return any(
        len(step) >= SHORTEST and re.search(r"\d", step) and _contains(used, step) for step in path.split("/")[3:]
    )


class _Writer:
    """Turns exchanges into commands; remembers which id is in which variable.

    Whatever came from the target (ids, member names, links, header values) is data to the shell, to Python and to curl.
    """

    def __init__(self, secrets: Secrets, mark: str, made: Mapping[int, Sequence[str]]) -> None:
        self.marked = False
        self._made = made
        self._secrets = secrets
        self._mark = mark
        self._variables: dict[str, str] = {}

    def step(self, exchange: Exchange, later: Sequence[Exchange], last: bool) -> str:
        command = self._command(exchange, last)
        if last:
            return command
        ahead = " ".join(_sent(each) for each in later)
        mine = dict.fromkeys(self._made.get(exchange.number, ()))
        caught = [name for name in mine if _contains(ahead, name) and name not in self._variables]
        if not caught:
            return f"{command} > /dev/null"
        lines = [f"REPLY=$({command})"]
        for name in caught:
            own = f"ID{len(self._variables) + 1}"
            self._variables[name] = own
            path = "".join(f"[{_literal(step)}]" for step in _path_to(exchange.json, name))
            code = shlex.quote(f"import json,sys; print(json.load(sys.stdin){path})")
            lines.append(f'{own}=$(printf %s "$REPLY" | python3 -c {code})')
        return "\n".join(lines)

    def _command(self, exchange: Exchange, last: bool) -> str:
        request = exchange.request
        parts = ["curl -sS -i" if last else "curl -sS"]
        address = self._pieces(self._secrets.pieces(request.url))
        if any(isinstance(piece, Variable) or re.search(r"[\[\]{}]", piece) for piece in address):
            # curl would take brackets for patterns of addresses.
            parts.append("-g")
        if re.search(r"/\.", request.url):
            parts.append("--path-as-is")
        parts.append("--head" if request.method == "HEAD" else f"-X {shlex.quote(request.method)}")
        parts.append(_word(address))
        for name, value in request.headers:
            if name.lower() not in _OWN and not (name == "Accept" and value == "*/*"):
                user = self._secrets.user(name, value)
                parts.append(f"-u {_word(user)}" if user else f"-H {self._header(name, value)}")
        if not any(name.lower() == "accept" for name, _ in request.headers):
            parts.append("-H 'Accept:'")
        source = ""
        if request.body is not None:
            source, argument = self._body(request.body)
            parts.append(argument)
            if not any(name.lower() == "content-type" for name, _ in request.headers):
                parts.append("-H 'Content-Type:'")
        return source + " ".join(parts)

    def _header(self, name: str, value: str) -> str:
        # curl leaves out a header whose name is followed by a colon and nothing else.
        pieces: Pieces = [f"{name}: ", *self._secrets.header_pieces(name, value)] if value.strip() else [f"{name};"]
        return _word(self._pieces(pieces), "latin-1")

    def _body(self, body: bytes) -> tuple[str, str]:
        """What is written into curl, if anything, and the argument that gives it the body."""
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            # No argument can contain a zero byte.
            return f"printf '{_octal(body)}' | ", "--data-binary @-"
        word = _word(self._pieces(self._secrets.pieces(text)))
        if len(body) > LONGEST:
            return f"printf %s {word} | ", "--data-binary @-"
        # --data-binary would read a file whose name follows an @.
        return "", f"--data-raw {word}"

    def _pieces(self, pieces: Pieces) -> Pieces:
        """The pieces with variables in place of known ids and the mark as well."""
        known = {**self._variables, self._mark: _MARK}
        ids = [rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in sorted(self._variables, key=len, reverse=True)]
        pattern = re.compile("|".join([*ids, re.escape(self._mark)]))
        found: Pieces = []
        for piece in pieces:
            if isinstance(piece, Variable):
                found.append(piece)
                continue
            end = 0
            for match in pattern.finditer(piece):
                found += [piece[end : match.start()], Variable(known[match[0]])]
                end = match.end()
            found.append(piece[end:])
        self.marked = self.marked or Variable(_MARK) in found
        return [piece for piece in found if piece]


def _word(pieces: Pieces, charset: str = "utf-8") -> str:
    """The pieces as one word of a POSIX shell, which becomes these characters in this encoding."""
    if all(isinstance(piece, str) and not any(_hidden(each, charset) for each in piece) for piece in pieces):
        return shlex.quote("".join(str(piece) for piece in pieces))
    # A credential stands by itself; braces set other variables apart from what follows.
    alone = {
        at for at, after in enumerate([*pieces[1:], ""]) if isinstance(after, Variable) or not re.match(r"\w", after)
    }
    return '"' + "".join(_inside(piece, charset, at in alone) for at, piece in enumerate(pieces)) + '"'


def _inside(piece: str | Variable, charset: str, alone: bool) -> str:
    """A piece as it stands within double quotes."""
    if isinstance(piece, Variable):
        return f"${piece.name}" if alone and piece.name.startswith("TOKEN") else f"${{{piece.name}}}"
    shown = ""
    for hidden, group in itertools.groupby(piece, lambda each: _hidden(each, charset)):
        text = "".join(group)
        if hidden:
            shown += f"$(printf '{_octal(text.encode(charset))}')"
        else:
            # Within double quotes an interactive shell would still expand an exclamation mark.
            shown += re.sub(r'([\\"$`])', r"\\\1", text).replace("!", "\"'!'\"")
    return shown


def _hidden(character: str, charset: str) -> bool:
    """Whether a character is written as a number: a terminal would act on it, or show something else than is there."""
    if character.isascii():
        return not (character.isprintable() or character == "\n")
    return charset != "utf-8" or unicodedata.category(character) in {"Cc", "Cf", "Cn", "Zl", "Zp"}


def _octal(data: bytes) -> str:
    return "".join(f"\\{byte:03o}" for byte in data)


def _literal(step: str | int) -> str:
    """A member name or an index in the source text of Python."""
    return f'"{step}"' if isinstance(step, str) and re.fullmatch(r"[\w-]+", step, re.ASCII) else ascii(step)


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
