"""Broken bodies are sent to every API that takes bodies at a path without ids."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aimed import begun

from understudy.conformance.checks.replies import broken_bodies_are_client_errors
from understudy.specs import apis


@pytest.mark.parametrize("api", apis())
def test_broken_bodies_are_sent_wherever_a_path_needs_no_id(api: str, addresses: Callable[[str], str]) -> None:
    run = begun(api, addresses(api))
    clauses = {*run.mapping.of("reply.mistake"), *run.mapping.of("reply.server-error")} & set(run.clauses)
    judged = {name for clause in clauses for name in run.operations_of(clause)}
    takers = {
        each.id
        for each in run.contract.operations.values()
        if each.id in judged and each.body and not each.path_parameters
    }
    ctx = run.context("test")
    broken_bodies_are_client_errors(ctx)
    run.tidy()
    run.client.close()

    called = {exchange.request.operation for exchange in ctx.exchanges}
    assert called <= takers
    assert len(called) == min(len(takers), 3)
