"""Broken bodies are sent to operations without ids in their paths, wherever these stand in the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aimed import FULL, target

from understudy.conformance.checks.replies import broken_bodies_are_client_errors
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import load

API = "participant-kit"


def test_broken_bodies_are_sent_where_a_path_needs_no_id_wherever_it_stands_in_the_contract(
    addresses: Callable[[str], str],
) -> None:
    contract = load(API)
    takers = [each for each in contract.operations.values() if each.body]
    below = {each.id: replace(each, parameters=contract.operations["retrieve_study"].parameters) for each in takers[:2]}
    contract = replace(contract, operations={**contract.operations, **below})
    run = Run(contract, target(API, addresses(API)), FULL)
    ctx = run.context("test")
    broken_bodies_are_client_errors(ctx)
    run.tidy()
    run.client.close()

    called = {exchange.request.operation for exchange in ctx.exchanges}
    assert called == {takers[2].id}
