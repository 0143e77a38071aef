"""What `POST /orders/{id}/cancel` does to the order: a state that its verb leads to (R14), or a copy (R15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.specs.inference.effects.verbs import participles, states_of
from understudy.specs.inference.view import View
from understudy.specs.reading.words import plain, word_set, words

COPYING = word_set("clone copy duplicate")
STATES = word_set("status state phase stage lifecycle")


def effect_of(view: View, verb: str, members: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The rule, and what it says that a verb does to a record with these members; nothing where they do not tell."""
    if verb in COPYING:
        return "R15", {"copy": True}
    states = {plain(each) for each in states_of(verb)}
    changes: dict[str, Any] = {}
    for name, schema in members.items():
        shape = view.shape(schema)
        values = [each for each in shape.raw.get("enum") or () if isinstance(each, str)]
        if set(words(name)) & STATES:
            found = [value for value in values if plain(value) in states]
            if len(found) == 1:
                changes[name] = found[0]
        elif shape.types == {"boolean"} and _is_called(name, participles(verb)):
            changes[name] = True
        elif shape.types == {"boolean"} and verb.startswith("un") and _is_called(name, participles(verb[2:])):
            changes[name] = False
    if not changes:
        return "", {}
    for name, schema in members.items():
        # The moment of the change, as `cancelled_at`.
        *before, last = words(name) or ("",)
        if (
            view.shape(schema).raw.get("format") == "date-time"
            and last in {"at", "on"}
            and "_".join(before) in participles(verb)
        ):
            changes[name] = {"now": {}}
    return "R14", {"set": changes}


def _is_called(name: str, participles: frozenset[str]) -> bool:
    """Whether a property is called `archived`, or `is_archived`."""
    found = words(name)
    return len(found) <= 2 and found[-1:] != () and found[-1] in participles and found[0] in {*participles, "is"}
