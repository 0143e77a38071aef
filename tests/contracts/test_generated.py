"""Generated requests find what fails, are the same each time, and are as many as were asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from generated import MEASURE, generated

from understudy.mock_server.data.inferred import InferredRecords

DOCUMENT = str(Path(__file__).parents[1] / "conformance" / "unprepared" / "todo.yaml")


def test_generated_requests_are_answered_and_a_reply_that_fails_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = generated(DOCUMENT, 20)
    assert (found.right[MEASURE], found.tried[MEASURE], found.wrong) == (20, 20, [])

    def fail(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(InferredRecords, "merged", fail)
    once, again = generated(DOCUMENT, 20), generated(DOCUMENT, 20)

    assert once.tried[MEASURE] == again.tried[MEASURE] == 20
    assert once.right[MEASURE] == again.right[MEASURE] < 20
    assert once.wrong[0].startswith(f"{MEASURE}: 500 ")
