"""Nothing that was acknowledged is lost, whatever fails meanwhile; `make chaos` plays longer."""

from __future__ import annotations

import pytest

from chaos.play import STORES, play

SECONDS = 20


@pytest.mark.long
@pytest.mark.parametrize("store", STORES)
def test_nothing_that_was_acknowledged_is_lost(store: str) -> None:
    outcome = play(store, SECONDS, seed=1)

    assert outcome.broken == []
    assert sum(outcome.faults.counted.values()) >= 3
    assert sum(model.acknowledged["create"] for model in outcome.models) >= 50
