"""Broken bodies are sent to operations without ids in their paths, wherever these stand in the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from aimed import FULL, target

from understudy.conformance.checks.replies import broken_bodies_are_client_errors
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import load


@pytest.mark.parametrize("api", ["participant-kit", "consent-kit"])
def test_broken_bodies_are_sent_wherever_a_path_needs_no_id(api: str, addresses: Callable[[str], str]) -> None:
    contract = load(api)
    # Operations with ids in their paths come first.
    ordered = sorted(contract.operations.values(), key=lambda each: not each.path_parameters)
    contract = replace(contract, operations={each.id: each for each in ordered})
    run = Run(contract, target(api, addresses(api)), FULL)
    ctx = run.context("test")
    broken_bodies_are_client_errors(ctx)
    run.tidy()
    run.client.close()
    called = [contract.operations[str(exchange.request.operation)] for exchange in ctx.exchanges]

    assert len({each.id for each in called}) == 3
    assert [each.id for each in called if each.path_parameters] == []
