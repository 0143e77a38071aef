"""YAML is read as JSON would hold it, whether it was read before or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.specs.reading.cache import cache_folder
from understudy.specs.reading.yaml_files import KIND, YamlError, parse

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache_folder.cache_clear()
    yield tmp_path / "understudy" / KIND
    cache_folder.cache_clear()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_what_was_written_is_read_the_first_time_and_from_the_cache(value: Any) -> None:
    text = yaml.safe_dump(value).encode()

    assert [parse(text), parse(text)] == [value, value]


def test_every_key_is_a_text() -> None:
    assert parse(b"200: {1.5: a, b: [{404: c}]}") == {"200": {"1.5": "a", "b": [{"404": "c"}]}}


@pytest.mark.parametrize("text", [b"day: 2025-01-06", b"at: 2025-01-06T09:00:00Z"])
def test_what_json_writes_otherwise_is_the_same_before_and_after_it_was_kept(text: bytes) -> None:
    assert repr(parse(text)) == repr(parse(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: " + b"[" * 100_000, "it is nested too deeply, or holds itself"),
        (b"raw: !!binary aGk=", "line 1, column 6: JSON has no form for !!binary"),
        (b"some: !!set {a, b}", "line 1, column 7: JSON has no form for !!set"),
        (b"huge: 99999999999999999999", "line 1, column 7: this integer has more than 64 bits"),
        (b"a: 1\nnone: .nan", "line 2, column 7: NaN is not a number that JSON has"),
        (b"big: .inf", "line 1, column 6: an infinite value is not a number that JSON has"),
        (b"day: 2025-99-99", "line 1, column 6: '2025-99-99' is not a valid timestamp"),
        (b"x: !!float y", "line 1, column 4: 'y' is not a valid float"),
        (b"? [1, 2]\n: 3", "line 1, column 3: a key is a text here, not a list or a mapping"),
        (b"a: [1,\nb: 2}", "line 2, column 5: did not find expected ',' or ']' while parsing a flow sequence"),
        (b"a: [", "line 2, column 1: did not find expected node content while parsing a flow node"),
        (b"a: \x07", "line 1, column 4: control characters are not allowed"),
    ],
)
def test_what_json_cannot_hold_is_refused_on_one_line_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(YamlError) as refusal:
        parse(text)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: 1\nb: 2\na: 3\n", "line 3, column 1: a occurs twice"),
        (b"replies:\n  404: gone\n  '404': missing\n", "line 3, column 3: 404 occurs twice"),
    ],
)
def test_a_key_that_occurs_twice_is_refused_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(YamlError, match=message):
        parse(text)


def test_a_key_may_stand_again_in_place_of_a_merged_one() -> None:
    assert parse(b"base: &base {k: 1}\nother: {<<: *base, k: 2}\n")["other"] == {"k": 2}


def test_what_is_no_yaml_is_refused_and_not_kept(cache: Path) -> None:
    with pytest.raises(YamlError):
        parse(b"a: [1,\nb: 2}")

    assert list(cache.iterdir()) == []
