"""Reports are written to the given path, and links, pipes and earlier files there are respected."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from reporting import report, result

from understudy.conformance import Report
from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.report.formats import as_json
from understudy.conformance.report.output import prepare, put

REPORT = report(result())


def listen(path: Path) -> tuple[threading.Thread, list[str]]:
    """A reader at the other end of a pipe, and what it reads."""
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(path.read_text("utf-8")), daemon=True)
    reader.start()
    return reader, heard


def refuse(unwritten: Report, path: Path) -> None:
    path.write_text("half of it", "utf-8")
    raise OSError(28, "No space left on device")


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "report.json"
    place.write_text("earlier", "utf-8")
    put(REPORT, place, as_json.write)

    assert as_json.read(place)["api"] == "participant-kit"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_report_that_cannot_be_finished_leaves_the_earlier_one(tmp_path: Path) -> None:
    place = tmp_path / "report.json"
    place.write_text("earlier", "utf-8")
    with pytest.raises(OSError, match="No space left"):
        put(REPORT, place, refuse)

    assert place.read_text("utf-8") == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("there", [True, False])
def test_the_file_at_the_end_of_links_is_written_and_the_links_stay(there: bool, tmp_path: Path) -> None:
    file, link, outer = tmp_path / "far" / "report.json", tmp_path / "link", tmp_path / "outer"
    link.symlink_to("far/report.json")
    outer.symlink_to("link")
    if there:
        file.parent.mkdir()
        file.write_text("", "utf-8")
    prepare(outer)
    put(REPORT, outer, as_json.write)

    assert as_json.read(file)["api"] == "participant-kit"
    assert (os.readlink(outer), os.readlink(link)) == ("link", "far/report.json")


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_into_and_stays_a_pipe(linked: bool, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    place = pipe
    if linked:
        place = tmp_path / "link"
        place.symlink_to(pipe)
    prepare(place)
    reader, heard = listen(pipe)
    put(REPORT, place, as_json.write)
    reader.join(20)

    assert '"api": "participant-kit"' in heard[0]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert place.is_symlink() is linked


def test_a_pipe_of_the_shell_has_no_name_and_is_written_into(tmp_path: Path) -> None:
    read, write = os.pipe()
    place = tmp_path / "link"
    place.symlink_to(f"/proc/self/fd/{write}")
    prepare(place)
    put(REPORT, place, as_json.write)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as heard:
        assert '"api": "participant-kit"' in heard.read()
    assert place.is_symlink()


def test_links_in_a_circle_and_folders_are_refused_beforehand(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    for place in (tmp_path, tmp_path / "one"):
        with pytest.raises(UsageError, match="cannot write a report to"):
            prepare(place)
