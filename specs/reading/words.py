"""Words in names: `studyId`, `study_id`, `Study-ID` and `studies` have to do with each other."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "indices": "index",
    "vertices": "vertex",
    "matrices": "matrix",
    "series": "series",
    "status": "status",
    "news": "news",
    "data": "data",
    "media": "media",
    "metadata": "metadata",
    "criteria": "criterion",
}


@lru_cache(4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `studyIds` -> `study`, `ids`."""
    return tuple(found.lower() for found in _WORD.findall(name))


@lru_cache(4096)
def singular(word: str) -> str:
    """An English noun in the singular, as far as its ending tells."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith(("ss", "us", "is", "as")) or not word.endswith("s") or len(word) < 3:
        return word
    return word[:-1]


@lru_cache(4096)
def plain(name: str) -> str:
    """A name without its form: the words joined, the last one in the singular."""
    found = words(name)
    return "".join((*found[:-1], singular(found[-1]))) if found else ""


def same(one: str, other: str) -> bool:
    """Whether two names are the same in other words' forms: `FriendlyName` and `friendly_name`, `study` and `studies`."""
    return bool(one) and plain(one) == plain(other)


def word_set(text: str) -> frozenset[str]:
    """The words of a text, which stands for a list of names."""
    return frozenset(text.split())


#: `name:asc`, `price desc`, `TITLE_ASC`, `createdDesc`.
_DIRECTION = re.compile(
    r"(?:[\s:.,_|-]+|(?-i:(?<=[a-z])(?=[AD])))(asc|desc)(?:ending)?$",
    re.IGNORECASE,
)


def sort_key(value: str) -> tuple[str, str]:
    """The name in a value that sorts, and its direction: `asc`, `desc`, or nothing where the value does not say."""
    text = value.strip()
    if text[:1] in {"-", "+"}:
        return text[1:], "desc" if text[0] == "-" else "asc"
    found = _DIRECTION.search(text)
    return (text[: found.start()], found[1].lower()) if found and found.start() else (text, "")
