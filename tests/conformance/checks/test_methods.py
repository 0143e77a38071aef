"""The methods that a path offers by its contract, and what Allow has to list."""

from __future__ import annotations

import pytest
from aimed import target

from understudy.conformance import Profile
from understudy.conformance.checks.methods import allows, offered
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import load


@pytest.mark.parametrize("path", ["/v1/studies", "/v1/studies/"])
def test_a_path_offers_the_methods_of_its_operations(path: str) -> None:
    run = Run(load("participant-kit"), target("participant-kit", "http://127.0.0.1:9"), Profile())
    methods = offered(run.context("test"), path)
    run.client.close()

    assert methods == {"GET", "POST"}


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
def test_allow_lists_the_offered_methods_and_no_others(header: str | None, fits: bool) -> None:
    headers = (("allow", header),) if header is not None else ()
    exchange = Exchange(1, Request("PUT", "http://h/v1/studies", ()), Reply(405, headers, b""))

    assert (allows({"GET", "POST"})(exchange) is None) is fits
