"""What can go wrong with a run, as a tree: who catches a kind catches everything below it."""

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


def test_a_request_that_cannot_be_said_is_an_exchange_without_a_reply() -> None:
    assert issubclass(UnsendableError, NoReplyError)


@pytest.mark.parametrize("kind", [PrerequisiteError, OutOfScopeError])
def test_what_a_check_cannot_do_does_not_pass_for_a_fault_of_the_run(kind: type[Exception]) -> None:
    assert not issubclass(kind, KitError)


def test_what_broke_keeps_the_exchange_that_broke() -> None:
    unanswered = Exchange(1, Request("GET", "http://h/x", ()), NO_REPLY)

    assert NoReplyError("cut off", unanswered).exchanges == (unanswered,)
    assert RunStoppedError("four in a row", unanswered).exchanges == (unanswered,)


def test_a_lack_keeps_its_reason_and_the_exchanges_that_show_it() -> None:
    shown = Exchange(1, Request("GET", "http://h/x", ()), Reply(200, (), b"[]"))
    lack = PrerequisiteError("the target has no study", shown)

    assert (str(lack), lack.exchanges) == ("the target has no study", (shown,))
