"""What is wrong in a file, in words: where it stands, what is wrong with it, what is accepted."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from typing import Any

KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}
#: So many characters of a value are quoted.
QUOTED = 60
#: So many names are listed; more than the longest list of names that users have to choose from.
LISTED = 30


def pointer(steps: Iterable[Any]) -> str:
    """The JSON pointer (RFC 6901) of a way from the top of a document."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def printable(text: str) -> str:
    """A text of a document or of the wire in one line, with nothing in it that a terminal would obey."""
    return "".join(each if each.isprintable() else "?" for each in text)


def nearest(name: str, known: Iterable[str]) -> str:
    """The names most like a misspelt one, or all of them, as the end of a sentence."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.7)
    if near:
        return f"did you mean {' or '.join(near)}?"
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"known are {', '.join(names[:LISTED])}{rest}" if names else "none is known here"


def sentence(error: Any, schema: Any) -> str:
    """What a jsonschema_rs error says, in plain words. `schema` is the one that the error's schema path starts from."""
    kind = error.kind
    match kind.name:
        case "type":
            accepted = " or ".join(KINDS.get(each, each) for each in kind.types)
            return f"{quoted(error.instance)} is not {accepted}"
        case "additionalProperties":
            known = _parent(schema, error).get("properties", {})
            return f"there is no member {kind.unexpected[0]!r}; {nearest(kind.unexpected[0], known)}"
        case "required":
            return f"the member {kind.property!r} is missing"
        case "enum":
            return f"{quoted(error.instance)} is not one of {', '.join(map(str, kind.options))}"
        case "minLength":
            return f"{quoted(error.instance)} is shorter than {kind.limit} characters"
        case "format":
            return f"{quoted(error.instance)} is not a valid {kind.format}"
        case "anyOf" | "oneOf":
            needed = [name for each in _parent(schema, error).get(kind.name, ()) for name in each.get("required", ())]
            if needed:
                return f"{' or '.join(needed)} is needed{', not both' * (kind.name == 'oneOf')}"
    return str(error.message)


def quoted(value: Any) -> str:
    """A value as JSON has it, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


def _parent(schema: Any, error: Any) -> dict[str, Any]:
    """The schema object whose keyword failed."""
    node = schema
    for step in error.schema_path[:-1]:
        node = node[step]
    return node if isinstance(node, dict) else {}
