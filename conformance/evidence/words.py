"""Words that messages share: numbers with nouns, names that do not exist, and what a schema expects of a value."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

#: A message lists at most this many names; of more it shows those that are similar.
MOST = 30
#: Keyword -> what comes after `expected every Panel`, given the value of the keyword.
_WORDS: dict[str, Callable[[Any], str]] = {
    "type": lambda value: f"to be {_either([_type(each) for each in _list(value)])}",
    "enum": lambda value: f"to be {_either([_json(each) for each in value])}",
    "const": lambda value: f"to be {_json(value)}",
    "format": lambda value: f"to have the format {value}",
    "pattern": lambda value: f"to match the pattern {value}",
    "minimum": lambda value: f"to be at least {value}",
    "maximum": lambda value: f"to be at most {value}",
    "exclusiveMinimum": lambda value: f"to be more than {value}",
    "exclusiveMaximum": lambda value: f"to be less than {value}",
    "multipleOf": lambda value: f"to be a multiple of {value}",
    "minLength": lambda value: f"to have at least {several(value, 'character')}",
    "maxLength": lambda value: f"to have at most {several(value, 'character')}",
    "minItems": lambda value: f"to have at least {several(value, 'item')}",
    "maxItems": lambda value: f"to have at most {several(value, 'item')}",
    "minProperties": lambda value: f"to have at least {several(value, 'member')}",
    "maxProperties": lambda value: f"to have at most {several(value, 'member')}",
    "uniqueItems": lambda _: "to have no item twice",
    "anyOf": lambda _: "to have one of the forms that the contract allows",
    "oneOf": lambda _: "to have exactly one of the forms that the contract allows",
    "not": lambda _: "not to have the form that the contract excludes",
    "required": lambda value: f"to have the member {_json(value)}",
    "additionalProperties": lambda value: f"to have no member {_either([_json(each) for each in value])}",
}
_TYPES = {"array": "a list", "integer": "an integer", "null": "null", "object": "an object"}


def subject(component: str, members: Sequence[str], items: bool = False) -> str:
    """The place of a value in a reply: `every item of the member "tags" of every Study`."""
    whole = f"every {component}" if component else "the body"
    place = f"the member {_json('.'.join(members))} of {whole}" if members else whole
    return f"every item of {place}" if items else place


def expectation(keyword: str, value: Any) -> str:
    """What a keyword demands: `to be at least 1`."""
    words = _WORDS.get(keyword)
    return words(value) if words else f"to fit the keyword {keyword} of its schema"


def no_such(noun: str, names: Iterable[str], known: Iterable[str], where: str = "") -> str:
    """Names that do not exist, and those that do: `There is no role 'x'. The roles are default, other.`"""
    wanted, known = [str(name) for name in names], list(known)
    there = f"There is no {noun} {_either([repr(name) for name in wanted])}{f' {where}' if where else ''}."
    if len(known) <= MOST:
        return f"{there} The {noun}s are {', '.join(known)}."
    near = [name for each in wanted for name in difflib.get_close_matches(each, known, n=3)]
    return f"{there} Similar names are {', '.join(dict.fromkeys(near))}." if near else there


def several(number: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: `1 item`, `2 items`, or with its plural `nouns` if that is not formed with an s."""
    return f"{number} {noun if number == 1 else nouns or f'{noun}s'}"


def cut(text: str, limit: int) -> str:
    """The first `limit` characters of a text, and how many more there are."""
    return text if len(text) <= limit else f"{text[:limit]}\n… {several(len(text) - limit, 'character')} more"


def _type(name: str) -> str:
    return _TYPES.get(name, f"a {name}")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _either(texts: Sequence[str]) -> str:
    *some, last = texts
    return f"{', '.join(some)} or {last}" if some else last
