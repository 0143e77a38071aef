"""The tree of errors: catching one class catches everything below it."""

from __future__ import annotations

import pytest

from understudy.conformance.evidence.errors import (
    KitError,
    NoReplyError,
    NotAllowedError,
    OutOfScopeError,
    PrerequisiteError,
    RunStoppedError,
    UnreachableError,
    UnsendableError,
    UsageError,
)
from understudy.conformance.evidence.exchange import NO_REPLY, Exchange, Reply, Request


@pytest.mark.parametrize(
    "kind", [UsageError, UnreachableError, RunStoppedError, NotAllowedError, NoReplyError, UnsendableError]
)
def test_what_the_kit_raises_on_purpose_is_caught_as_one(kind: type[Exception]) -> None:
    assert issubclass(kind, KitError)


def test_a_request_that_cannot_be_sent_has_no_reply() -> None:
    assert issubclass(UnsendableError, NoReplyError)


@pytest.mark.parametrize("kind", [PrerequisiteError, OutOfScopeError])
def test_a_missing_prerequisite_is_not_an_error_of_the_kit(kind: type[Exception]) -> None:
    assert not issubclass(kind, KitError)


def test_a_missing_reply_keeps_its_exchange() -> None:
    unanswered = Exchange(1, Request("GET", "http://h/x", ()), NO_REPLY)

    assert NoReplyError("cut off", unanswered).exchanges == (unanswered,)
    assert RunStoppedError("four in a row", unanswered).exchanges == (unanswered,)


def test_a_missing_prerequisite_keeps_its_reason_and_its_exchanges() -> None:
    shown = Exchange(1, Request("GET", "http://h/x", ()), Reply(200, (), b"[]"))
    lack = PrerequisiteError("the target has no study", shown)

    assert (str(lack), lack.exchanges) == ("the target has no study", (shown,))
