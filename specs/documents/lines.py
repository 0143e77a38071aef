"""On which line of a JSON or YAML text a part of its value is written."""

from __future__ import annotations

from functools import cached_property

import yaml

from understudy.specs.reading.yaml_files import BaseLoader


class Lines:
    """The lines of one text, which is read when the first is asked for."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def line(self, place: str) -> int | None:
        """The line on which the value at a JSON pointer begins, or the nearest one around it; None if there is none."""
        node, line = self._top, None
        for step in place.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, yaml.MappingNode):
                # Of a key that stands twice the last one counts.
                found = next(((key, value) for key, value in reversed(node.value) if key.value == name), None)
            elif isinstance(node, yaml.SequenceNode) and name.isdecimal() and int(name) < len(node.value):
                found = (node.value[int(name)], node.value[int(name)])
            else:
                found = None
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        return line

    @cached_property
    def _top(self) -> yaml.Node | None:
        try:
            return yaml.compose(self._text, Loader=BaseLoader)
        except (yaml.YAMLError, RecursionError):  # JSON that is not YAML, too
            return None
