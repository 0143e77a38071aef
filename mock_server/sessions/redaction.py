"""Secrets in recorded messages are replaced: in headers, queries, forms and JSON, by the names that they have there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

import orjson

from understudy.mock_server.http.media_types import bare, is_json

REDACTED = "[redacted]"

#: Levels of a JSON body that are shown as JSON; a deeper one is shown as text. The journal's own reply adds four, and
#: no more than 254 can be encoded.
DEPTH_LIMIT = 250

_SECRET = re.compile(r"authorization|cookie|password|secret|token|api[-_]?key", re.IGNORECASE)
#: A name and what separates it from its value, only at the beginning of a word, so that no text is read twice.
_NAME = re.compile(r"""(?<![\w-])[\w-]++[\\"'\]]*+\s*+[:=]\s*+""")
_VALUE = re.compile(r"""\\?"(?:[^"\\]|\\.)*+"?|'[^'\n]*+'?|[^\s&,;}\]"']++""", re.DOTALL)
_BRACKETS = re.compile(r"""[\[\]{}]|"(?:[^"\\]|\\.)*+"?""", re.DOTALL)
#: A parameter of an address within a text.
_PARAMETER = re.compile(r"(?<=[?&;])([^=&;?#\s]++)=([^&;#\s\"'<>]*+)")


def is_too_deep(value: Any) -> bool:
    """Whether a JSON value has more levels than the journal shows as JSON."""
    layer, levels = _containers([value]), 0
    while layer:
        levels += 1
        if levels > DEPTH_LIMIT:
            return True
        layer = _containers(part for each in layer for part in _parts(each))
    return False


def redacted_members(pairs: Iterable[tuple[str, str]], keys: Collection[str] = ()) -> dict[str, str]:
    """Names and values as an object, secrets redacted and repeated names joined by a comma.

    `keys` are names, in lower case, that count as those of secrets, too.
    """
    out: dict[str, str] = {}
    for name, value in pairs:
        shown = _credential(name, value) if is_secret(name, value, keys) else _in_addresses(value, keys)
        out[name] = f"{out[name]}, {shown}" if name in out else shown
    return out


def redacted_query(query: str, keys: Collection[str] = ()) -> str:
    """A query as it was sent, without its secrets."""
    return "&".join(_form_parts(query, keys))


def redacted_body(body: bytes, media_type: str, complete: bool, keys: Collection[str] = ()) -> Any:
    """A body as a JSON value, or as text if it is none, is not complete or has too many levels."""
    if not body:
        return None
    kind = bare(media_type)
    if is_json(kind) and complete:
        try:
            value = orjson.loads(body)
            if not is_too_deep(value):
                return redacted_value(value, keys)
        except orjson.JSONDecodeError:
            pass
    text = body.decode("utf-8", "replace")
    if kind == "application/x-www-form-urlencoded":
        return "&".join(_form_parts(text))
    if kind.startswith("multipart/"):
        return "\r\n--".join(_multipart_parts(text))
    return "".join(_text_parts(text))


def _credential(name: str, value: str) -> str:
    """A redacted credential; Authorization keeps its scheme, which is a frequent cause of errors."""
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} {REDACTED}" if blank and scheme.isalpha() and "authorization" in name.lower() else REDACTED


def _containers(values: Iterable[Any]) -> list[dict[str, Any] | list[Any]]:
    return [each for each in values if isinstance(each, dict | list)]


def _parts(node: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node


def redacted_value(node: Any, keys: Collection[str] = ()) -> Any:
    """A JSON value without its secrets; `keys` are parameters, and no members."""
    if isinstance(node, dict):
        return {name: REDACTED if is_secret(name, part) else redacted_value(part, keys) for name, part in node.items()}
    if isinstance(node, list):
        return [redacted_value(part, keys) for part in node]
    return _in_addresses(node, keys) if isinstance(node, str) else node


def is_secret(name: str, value: Any, keys: Collection[str] = ()) -> bool:
    """Whether a member has to be redacted; null and booleans only say whether there is a secret."""
    if value is None or isinstance(value, bool):
        return False
    return name.lower() in keys or _SECRET.search(name) is not None


def _in_addresses(text: str, keys: Collection[str]) -> str:
    """A text whose addresses, if there are any, have no secrets in their queries."""
    if "=" not in text or not (keys or _SECRET.search(unquote_plus(text))):
        return text
    return _PARAMETER.sub(lambda found: f"{found[1]}={_form_value(found[1], found[2], keys)}", text)


def _form_parts(text: str, keys: Collection[str] = ()) -> Iterator[str]:
    for part in text.split("&"):
        name, equals, value = part.partition("=")
        yield f"{name}={_form_value(name, value, keys)}" if equals else part


def _form_value(name: str, value: str, keys: Collection[str] = ()) -> str:
    return REDACTED if is_secret(unquote_plus(name), value, keys) else value


def _multipart_parts(text: str) -> Iterator[str]:
    for part in text.split("\r\n--"):
        head, blank, _ = part.partition("\r\n\r\n")
        if blank and _SECRET.search(head):
            yield f"{head}{blank}{REDACTED}"
        else:
            yield "".join(_text_parts(part))


def _text_parts(text: str) -> Iterator[str]:
    """The parts of a text that may be cut JSON; a secret that is a list or an object is redacted up to its end."""
    shown = 0
    for found in _NAME.finditer(text):
        if found.start() < shown or not _SECRET.search(found[0]):
            continue
        yield text[shown : found.end()]
        yield REDACTED
        shown = _end_of_value(text, found.end())
    yield text[shown:]


def _end_of_value(text: str, start: int) -> int:
    if text[start : start + 1] not in {"[", "{"}:
        value = _VALUE.match(text, start)
        return value.end() if value else start
    levels = 0
    for found in _BRACKETS.finditer(text, start):
        if found[0] in {"[", "{"}:
            levels += 1
        elif found[0] in {"]", "}"}:
            levels -= 1
            if not levels:
                return found.end()
    return len(text)
