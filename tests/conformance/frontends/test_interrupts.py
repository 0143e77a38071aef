"""A signal ends a run in an orderly way."""

from __future__ import annotations

import signal
import threading

import pytest

from understudy.conformance.frontends.interrupts import SIGNALS, interruptible


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_interrupts(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(number)


def test_the_second_signal_prints_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    with interruptible():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    assert "still removing the objects" in capsys.readouterr().err


def test_afterwards_signals_have_their_earlier_handlers() -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with interruptible():
        assert [signal.getsignal(each) for each in SIGNALS] != before

    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_a_thread_that_gets_no_signals_leaves_them_alone() -> None:
    seen = []

    def work() -> None:
        before = signal.getsignal(signal.SIGINT)
        with interruptible():
            seen.append(signal.getsignal(signal.SIGINT) == before)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [True]
