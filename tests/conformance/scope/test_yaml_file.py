"""Files written by hand: an error says in one sentence what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.report import waivers
from understudy.conformance.report.formats import as_json
from understudy.conformance.scope import target_file
from understudy.conformance.scope.yaml_file import read


def test_a_file_is_read_as_yaml(tmp_path: Path) -> None:
    place = tmp_path / "file.yaml"
    place.write_text("a: [é, 2]", "utf-8")

    assert read(place, "the file") == {"a": ["é", 2]}


@pytest.mark.parametrize("reader", [target_file.read, waivers.read, as_json.read])
def test_bytes_that_are_not_utf_8_are_reported_with_their_position(reader: object, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_bytes(b"url: \xff\xfe")
    assert callable(reader)
    with pytest.raises(UsageError, match=f"cannot be read: {place} is not valid UTF-8 at byte 6$"):
        reader(str(place))


@pytest.mark.parametrize("reader", [target_file.read, waivers.read])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &a [*a]", "nested too deeply, or holds itself"),
        ("[" * 5000, "nested too deeply, or holds itself"),
        ("a: [1", "is not valid YAML: line 2, column 1: "),
        ("timeout: 2026-99-99", "is not valid YAML: line 1, column 10: '2026-99-99' is not a valid timestamp"),
        ('url: "\x07"', "is not valid YAML"),
    ],
)
def test_invalid_yaml_is_refused(reader: object, text: str, words: str, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text(text, "utf-8")
    assert callable(reader)
    with pytest.raises(UsageError, match=words):
        reader(str(place))
