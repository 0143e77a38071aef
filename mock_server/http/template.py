"""Templates of JSON values: strings that contain `{name}`, as `specs/README.md` defines them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from understudy.specs.reading.template_names import NAME

Values = Mapping[str, Any]
Render = Callable[[Values], Any]

_GONE = object()


def compile_template(template: Any) -> Render:
    """Turn a template into a function from values to the JSON value.

    A name without a value renders as null, and so does a longer string that contains it; `{name?}` removes the
    member or the entry instead. An object that loses all its members in this way is removed too.
    """
    if isinstance(template, str):
        return _text(template)
    if isinstance(template, Mapping):
        return _object({name: compile_template(part) for name, part in template.items()})
    if isinstance(template, list):
        parts = [compile_template(part) for part in template]
        return lambda values: [value for part in parts if (value := part(values)) is not _GONE]
    return lambda values: template


def _object(members: Mapping[str, Render]) -> Render:
    pairs = tuple(members.items())

    def render(values: Values) -> Any:
        out = {}
        for name, member in pairs:
            value = member(values)
            if value is not _GONE:
                out[name] = value
        return out if out or not pairs else _GONE

    return render


def _text(template: str) -> Render:
    whole = NAME.fullmatch(template)
    if whole is not None:
        name, optional = whole.groups()
        if optional:
            return lambda values: _GONE if values.get(name) is None else values[name]
        return lambda values: values.get(name)
    if not NAME.search(template):
        return lambda values: template
    return _longer(template)


def _longer(template: str) -> Render:
    """A string with text around its names; if one of them has no value, the whole string is missing."""
    pieces = NAME.split(template)
    names = pieces[1::3]
    form = "%s".join(text.replace("%", "%%") for text in pieces[0::3])
    absent = _GONE if "?" in pieces[2::3] else None

    def render(values: Values) -> Any:
        found = [values.get(name) for name in names]
        return absent if None in found else form % tuple(found)

    return render
