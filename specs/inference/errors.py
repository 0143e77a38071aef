"""The shape of a document's errors, as the template that `x-errors` holds; RFC 9457 where it declares none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from understudy.specs.inference.view import Seen, Shape, View, content
from understudy.specs.reading.words import word_set, words

#: Members that hold a text for people, the likeliest first.
MESSAGES = ("message", "detail", "error", "errormessage", "description", "reason", "msg", "errordescription", "text")
TITLES = word_set("title name type errortype category")
CODES = word_set("code errorcode status statuscode httpstatus httpcode httpstatuscode")
FAULTS = word_set("errors violations details fields issues validationerrors invalidparams fielderrors causes")
#: Members that hold the faults where they are lists; some have the name of what is a text elsewhere.
LISTS = frozenset({*FAULTS, *MESSAGES})
MEMBERS = word_set("field param parameter name path property location loc attribute pointer key source")
PROBLEM: dict[str, Any] = {
    "media_type": "application/problem+json",
    "body": {
        "type": "about:blank",
        "title": "{title}",
        "status": "{status}",
        "detail": "{message}",
        "errors": "{faults?}",
    },
    "fault": {"name": "{name}", "detail": "{message}"},
    "reasons": {},
}
DEEPEST = 3


def error_shape(view: View) -> dict[str, Any]:
    """The commonest shape of a document's errors as `x-errors` has it."""
    return _commonest(view, view.operations) or PROBLEM


def own_shapes(view: View, common: Mapping[str, Any]) -> Iterator[tuple[Seen, dict[str, Any]]]:
    """The operations with errors of another shape than the commonest one: the shape of each of its statuses."""
    for operation in view.operations:
        replies = operation.raw.get("responses")
        statuses = list(replies) if isinstance(replies, Mapping) else []
        own = {
            str(status): _commonest(view, [operation], str(status)) or _as_text(operation, str(status))
            for status in statuses
        }
        known = {status: shape for status, shape in own.items() if shape is not None}
        if any(shape != common for shape in known.values()):
            yield operation, known


def _as_text(operation: Seen, status: str) -> dict[str, Any] | None:
    """The shape of errors of one status that are declared as text and as nothing else."""
    reply = operation.raw["responses"][status]
    declared = list(reply.get("content") or ()) if isinstance(reply, Mapping) and status[:1] in {"4", "d"} else []
    if not declared or not all(str(each).startswith("text/") for each in declared):
        return None
    return {"media_type": declared[0], "body": "{message}", "fault": {}, "reasons": {}}


def _commonest(view: View, operations: Iterable[Seen], status: str = "") -> dict[str, Any] | None:
    """The commonest shape of errors of some operations, or of one status alone."""
    counted: Counter[str] = Counter()
    first: dict[str, tuple[str, Any]] = {}
    for media_type, schema in _declared(operations, status):
        key = view.shape(schema).name or repr(schema)
        counted[key] += 1
        first.setdefault(key, (media_type, schema))
    for key, _ in counted.most_common():
        media_type, schema = first[key]
        shape = view.shape(schema)
        if shape.is_object and shape.members:
            body = _body(view, shape, 0)
            if _speaks(body):
                if not any(each in str(body) for each in ("{message}", "{messages}")):
                    # Every error is a list of faults, also one that no member is to blame for.
                    body = _always(body)
                return {"media_type": media_type, "body": body, "fault": _fault(view, shape), "reasons": {}}
    return None


def _declared(operations: Iterable[Seen], only: str) -> Iterator[tuple[str, Any]]:
    """The media type and schema of every error that is declared as JSON; of one status, if it is given."""
    for operation in operations:
        replies = operation.raw.get("responses")
        for status, reply in replies.items() if isinstance(replies, Mapping) else ():
            if only not in {"", str(status)}:
                continue
            if str(status)[:1] in {"4", "d"} and isinstance(reply, Mapping):
                media_type, schema = content(reply)
                if schema is not None and "json" in media_type:
                    yield media_type, schema


def _body(view: View, shape: Shape, depth: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    message = next(
        (name for each in MESSAGES for name in shape.members if _bare(name) == each and _is_text(view, shape, name)), ""
    )
    for name, part in shape.members.items():
        below = view.shape(part)
        made = _member(view, name, below, depth, speaks=name == message)
        if made is not None:
            out[name] = made
        elif name in shape.required:
            out[name] = constant(view, part)
    return out


def _member(view: View, name: str, shape: Shape, depth: int, speaks: bool) -> Any:
    bare = _bare(name)
    fixed = shape.raw.get("const", (shape.raw.get("enum") or [None])[0])
    if speaks:
        return "{message}"
    if shape.is_object and shape.members and depth < DEEPEST:
        return _body(view, shape, depth + 1) or None
    if shape.is_array:
        if bare in LISTS:
            return "{messages}" if view.shape(shape.items).is_scalar else "{faults?}"
        return None
    if bare in CODES:
        if shape.types & {"integer", "number"}:
            return "{status}"
        return "{status_text}" if bare.startswith(("status", "http")) else fixed or "{word}"
    if bare in TITLES and "string" in shape.types:
        return fixed or "{title}"
    if bare == "success" and "boolean" in shape.types:
        return False
    return None


def _fault(view: View, shape: Shape) -> dict[str, Any]:
    """The template of one entry of the list of faults."""
    for name, part in _all(view, shape, 0):
        below = view.shape(part)
        item = view.shape(below.items)
        if below.is_array and _bare(name) in LISTS and item.is_object and item.members:
            out: dict[str, Any] = {}
            for member, inner in item.members.items():
                bare = _bare(member)
                if bare in MESSAGES or bare == "title":
                    out[member] = "{message}"
                elif bare in MEMBERS and view.shape(inner).is_scalar:
                    out[member] = "{name}"
                elif bare in MEMBERS and view.shape(inner).is_array:
                    out[member] = ["{name?}"]
                elif bare in CODES:
                    out[member] = "{status}" if view.shape(inner).types & {"integer", "number"} else "{word}"
                elif member in item.required:
                    out[member] = constant(view, inner)
            return _naming(_telling(view, item, out))
    return {"name": "{name}", "message": "{message}"}


def _telling(view: View, item: Shape, fault: dict[str, Any]) -> dict[str, Any]:
    """A fault with the message in its first text that must be there and may be any, where no member is called like one."""
    if "{message}" in fault.values():
        return fault
    for name in (each for each in item.members if each in item.required and "{" not in str(fault.get(each))):
        shape = view.shape(item.members[name])
        if "string" in shape.types and not {"enum", "const", "format", "pattern", "default"} & shape.raw.keys():
            return {**fault, name: "{message}"}
    return fault


def _naming(fault: dict[str, Any]) -> dict[str, Any]:
    """A fault whose message says the member that is wrong, where no other part of it does."""
    if "{name" in str(fault):
        return fault
    return {member: "{sentence}" if part == "{message}" else part for member, part in fault.items()}


def _all(view: View, shape: Shape, depth: int) -> Iterator[tuple[str, Any]]:
    for name, part in shape.members.items():
        yield name, part
        if depth < DEEPEST:
            yield from _all(view, view.shape(part), depth + 1)


def constant(view: View, schema: Any, depth: int = 0) -> Any:
    """A value for a member that must be there and of which nothing is known; one that holds itself ends."""
    shape = view.shape(schema)
    for name in ("const", "default", "example"):
        if name in shape.raw:
            return shape.raw[name]
    if shape.raw.get("enum"):
        return shape.raw["enum"][0]
    if shape.is_object:
        needed = sorted(shape.required & shape.members.keys()) if depth < DEEPEST else []
        return {name: constant(view, shape.members[name], depth + 1) for name in needed}
    if shape.is_array:
        return []
    if shape.types & {"integer", "number"}:
        return 0
    if "boolean" in shape.types:
        return False
    formats = {
        "uuid": "00000000-0000-4000-8000-000000000000",
        "date-time": "2025-01-06T09:00:00Z",
        "date": "2025-01-06",
    }
    return formats.get(str(shape.raw.get("format")), "about:blank" if shape.raw.get("format") == "uri" else "error")


def _speaks(body: Any) -> bool:
    """Whether a template has a place for the message."""
    if isinstance(body, Mapping):
        return any(map(_speaks, body.values()))
    if isinstance(body, list):
        return any(map(_speaks, body))
    return body in {"{message}", "{messages}", "{faults?}"}


def _always(body: Any) -> Any:
    """A template in which the list of faults is always there."""
    if isinstance(body, Mapping):
        return {name: _always(part) for name, part in body.items()}
    return "{faults}" if body == "{faults?}" else body


def _is_text(view: View, shape: Shape, name: str) -> bool:
    below = view.shape(shape.members[name])
    return "string" in below.types or not below.types


def _bare(name: str) -> str:
    return "".join(words(name))
