"""Names of body members in any form: `expData` and `exp-data` are read as `exp_data` where the contract says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

#: The end of a run of capitals before a word, and the beginning of a word after a small letter or a digit.
_RUN = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD = re.compile(r"([a-z\d])([A-Z])")


def underscored(name: str) -> str:
    """A name in lower case with underscores between its words."""
    if name.islower() and "-" not in name:
        return name
    return _WORD.sub(r"\1_\2", _RUN.sub(r"\1_\2", name)).replace("-", "_").lower()


def renamed(body: Any, places: Sequence[tuple[str, ...]]) -> Any:
    """A body with the members of the objects at `places` underscored; what is inside them is left as it is.

    A member that is sent in several forms has the value of the one with underscores, else of the last one.
    """
    for place in places:
        body = _renamed(body, place)
    return body


def _renamed(value: Any, place: tuple[str, ...]) -> Any:
    if not isinstance(value, dict):
        return value
    if place:
        name = place[0]
        return {**value, name: _renamed(value[name], place[1:])} if name in value else value
    out = {underscored(name): member for name, member in value.items()}
    return {**out, **{name: member for name, member in value.items() if name in out}}
