"""What was inferred, as an Overlay that can be read, edited and given back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from understudy.specs.inference.annotate import Annotations
from understudy.specs.inference.infer import Inference


class _Flow(dict[str, Any]):
    """An object that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes short annotations, one line for each."""


_Dumper.add_representer(
    _Flow, lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)
)


def overlay_text(title: str, inference: Inference, found: Annotations) -> str:
    """The Overlay of a document's annotations: one action for the document, one for each operation."""
    lines = [
        "# What understudy inferred. Edit it, and serve the document with --overlay and this file; in a folder it is found.",
        "# What an action says counts before inference; an operation without one is inferred again.",
        "overlay: 1.0.0",
        "info:",
        f"  title: {_line(f'What the operations of {title} mean')}",
        "  version: 1.0.0",
        "actions:",
        "  - target: $",
        "    update:",
        "      x-resources:",
    ]
    resources: Mapping[str, Any] = found.document["x-resources"]
    lines += [f"        {_line(name)}: {_line(_flow(value))}" for name, value in resources.items()]
    if not resources:
        lines[-1] += " {}"
    for each in inference.operations:
        key = each.operation.path, each.operation.method.lower()
        annotation = found.operations[key]
        about = annotation["x-inferred"].get("rule") or annotation["x-inferred"].get("reason")
        lines.append(f"  # {each.operation.id}: {about}")
        lines.append(f"  - target: {_line(_target(*key))}")
        lines.append("    update:")
        lines += [
            f"      {name}: {_line(_flow(annotation[name]))}"
            for name in ("x-operation", "x-pagination")
            if name in annotation
        ]
    return "\n".join(lines) + "\n"


def _target(path: str, method: str) -> str:
    quoted = path.replace("\\", "\\\\").replace("'", "\\'")
    return f"$.paths['{quoted}'].{method}"


def _flow(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Flow({name: _flow(part) for name, part in value.items()})
    return value


def _line(value: Any) -> str:
    text = yaml.dump(value, Dumper=_Dumper, width=10**6, sort_keys=False, allow_unicode=True, default_flow_style=True)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def rows(inference: Inference) -> Iterator[tuple[str, ...]]:
    """One row an operation: its id, what it does, resource, id, paging, filters, the rule or why it is an example."""
    keys = {each.name: "/".join(each.key) for each in inference.resources.values()}
    for each in inference.operations:
        paging = each.deed.paging
        styles = " + ".join(paging.styles)
        yield (
            each.operation.id,
            each.deed.action,
            each.resource,
            keys.get(each.resource) or each.id,
            styles,
            ", ".join((*each.narrowing.filters, *each.narrowing.comparisons)),
            each.deed.rule or each.deed.reason,
        )
