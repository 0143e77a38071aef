"""What a path offers by its contract, and what Allow has to say of it."""

from __future__ import annotations

import pytest
from aimed import target

from understudy.conformance import Profile
from understudy.conformance.checks.methods import allows, offered
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import load


@pytest.mark.parametrize("path", ["/v1/studies", "/v1/studies/"])
def test_a_path_offers_what_its_operations_are_called_with(path: str) -> None:
    run = Run(load("participant-kit"), target("participant-kit", "http://127.0.0.1:9"), Profile())
    told = offered(run.context("test"), path)
    run.client.close()

    assert told == {"GET", "POST"}


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        ("GET, POST", True),
        ("post,get", True),
        ("GET, HEAD, OPTIONS, POST", True),
        ("GET", False),
        ("GET, POST, DELETE", False),
        ("", False),
        (None, False),
    ],
)
def test_allow_lists_what_is_offered_and_nothing_that_is_refused(header: str | None, fits: bool) -> None:
    headers = (("allow", header),) if header is not None else ()
    exchange = Exchange(1, Request("PUT", "http://h/v1/studies", ()), Reply(405, headers, b""))

    assert (allows({"GET", "POST"})(exchange) is None) is fits
