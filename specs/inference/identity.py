"""Which property of a record its address names (rule R7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.specs.inference.view import Shape, View
from understudy.specs.reading.words import plain, words

#: Words that make a name one of an id.
ID_WORDS = ("id", "gid", "sid", "uuid", "guid", "slug", "key", "code", "token", "ip", "pk", "name", "number", "login")


def identity(view: View, record: Shape, parameter: str, resource: str, sent: frozenset[str]) -> str:
    """The property that a path parameter names; empty when the id lives in the address alone.

    `sent` are the members that a client sends when it creates one.
    """
    members = _ids(view, record.members)
    bare, parts = plain(parameter), words(parameter)
    if bare in members and (bare != "name" or "name" in parts):
        return members[bare]
    if "or" in parts:
        # A parameter that takes either of two: the id is the one that stays.
        for word in ID_WORDS:
            if word in parts and word in members:
                return members[word]
    ordered = [parts[-1]] if parts else []
    ordered += [part for part in parts if part not in ordered]
    for word in ordered:
        if word == "pk" and "id" in members:
            return members["id"]
        if word in ID_WORDS and word != "name" and word in members:
            return members[word]
        if word in {"id", "identifier"}:
            for other in ("id", "uuid", "gid", "guid", "sid"):
                if other in members:
                    return members[other]
    endings = [
        name
        for name in record.members
        if parts and words(name)[-len(parts) :] == parts and _is_id(view, record.members, name)
    ]
    if len(endings) == 1:
        return endings[0]
    own = f"{plain(resource)}id"
    if own in members:
        return members[own]
    if not set(parts) & set(ID_WORDS):
        # The parameter is called like the thing: `{study}`.
        for word in ("id", "uuid", "gid", "sid", "key", "slug"):
            if word in members:
                return members[word]
    has_id = "id" in {plain(each) for each in record.members}
    if "name" in members and ("name" in parts or ("name" in {plain(each) for each in sent} and not has_id)):
        return members["name"]
    return ""


def _ids(view: View, members: Mapping[str, Any]) -> dict[str, str]:
    """The members that may be an id, by their plain names; of several with one plain name the first."""
    return {plain(name): name for name in reversed(list(members)) if _is_id(view, members, name)}


def _is_id(view: View, members: Mapping[str, Any], name: str) -> bool:
    return view.shape(members[name]).is_scalar or not view.shape(members[name]).types


def shown_id(view: View, record: Shape, resource: str) -> str:
    """The property by which records without an address of their own are known; empty for none."""
    members = _ids(view, record.members)
    own = plain(resource)
    for word in ("id", "uuid", "gid", "guid", "sid", f"{own}id", f"{own}uuid", "slug", "urn", "key", "code", own):
        if word in members:
            return members[word]
    return ""


def shown_name(view: View, record: Shape) -> str:
    """The name of records, which is an id where no client creates them, and so none gives two the same; empty for none."""
    return _ids(view, record.members).get("name", "")
