"""What cost much to make is kept; without a cache folder everything is made anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from understudy.specs.reading.cache import cache_folder, cached, program

KIND = "things-1"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache_folder.cache_clear()
    yield tmp_path / "understudy" / KIND
    cache_folder.cache_clear()


def never() -> None:
    raise AssertionError("it is made again")


def test_a_result_is_made_once() -> None:
    first = cached(KIND, b"a", lambda: {"a": (1, 2)})

    assert (first, cached(KIND, b"a", never)) == ({"a": [1, 2]}, first)


def test_another_key_is_another_file(cache: Path) -> None:
    cached(KIND, b"a", lambda: 1)
    cached(KIND, b"b", lambda: 2)

    assert len(list(cache.iterdir())) == 2


def test_another_kind_is_made_anew() -> None:
    cached(KIND, b"a", lambda: 1)

    assert cached("things-2", b"a", lambda: 2) == 2


def test_what_cannot_be_made_is_not_kept(cache: Path) -> None:
    with pytest.raises(AssertionError, match="made again"):
        cached(KIND, b"a", never)
    with pytest.raises(TypeError):
        cached(KIND, b"a", lambda: object())

    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("torn", [b"", b'{"a": ', b"\xff"])
def test_a_torn_file_is_made_anew(cache: Path, torn: bytes) -> None:
    cached(KIND, b"a", lambda: {"a": 1})
    (file,) = cache.iterdir()
    file.write_bytes(torn)

    assert (cached(KIND, b"a", lambda: {"a": 1}), file.read_bytes()) == ({"a": 1}, b'{"a":1}')


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert cached(KIND, b"a", lambda: 1) == 1


def test_a_folder_that_has_gone_is_done_without(cache: Path) -> None:
    cached(KIND, b"a", lambda: 1)
    for file in cache.iterdir():
        file.unlink()
    cache.rmdir()

    assert cached(KIND, b"a", lambda: 1) == 1


def test_a_changed_program_makes_other_results(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("a = 1")
    before = program.__wrapped__(tmp_path)
    again = program.__wrapped__(tmp_path)
    (tmp_path / "rules.py").write_text("a = 2")

    assert before == again
    assert program.__wrapped__(tmp_path) != before
    assert program.__wrapped__(tmp_path, distributions=("orjson",)) != program.__wrapped__(tmp_path)
