"""On which line a part of a text begins."""

from __future__ import annotations

import pytest

from understudy.specs.documents.lines import Lines
from understudy.specs.reading.wording import pointer

YAML = b"""\
paths:
  /a:
    get: {tags: [x,
      y]}
  /b:
    - {}
    - name: z
  twice: 1
  twice: 2
"""
JSON = b"""{
  "paths": {"/a": 1,
\t"/b": [1,
    {"name": "\\/ \\u00e9"}]}
}"""


@pytest.mark.parametrize(
    ("text", "way", "line"),
    [
        (YAML, "paths", 1),
        (YAML, "paths /a get", 3),
        (YAML, "paths /a get tags 1", 4),
        (YAML, "paths /b 1 name", 7),
        (YAML, "paths twice", 9),
        (YAML, "paths /c", 1),
        (YAML, "paths /b 2", 5),
        (YAML, "paths /b x", 5),
        (YAML, "", None),
        (JSON, "paths /b 1 name", 4),
        (JSON, "paths /b", 3),
        (YAML.decode().encode("utf-16"), "paths /b", 5),
        (b"a: [", "a", None),
        (b"\xff", "a", None),
        (b"", "a", None),
        (b"[" * 100_000, "0", None),
    ],
)
def test_a_part_is_on_the_line_of_its_key_or_where_an_item_begins(text: bytes, way: str, line: int | None) -> None:
    assert Lines(text).line(pointer(way.split())) == line
