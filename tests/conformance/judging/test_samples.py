"""Bodies with which writing operations are known to succeed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from aimed import begun

from understudy.conformance.judging.registry import every
from understudy.conformance.judging.samples import known, right
from understudy.specs import apis, load
from understudy.specs.reading.references import resolve

Addresses = Callable[[str], str]


@pytest.fixture(autouse=True)
def rules() -> None:
    """Samples are registered by the rules of each API."""
    assert every()


def test_a_sample_makes_an_object(addresses: Addresses) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    ctx = run.context("test")
    made = ctx.call("create_study", **right(ctx, run.contract.operations["create_study"]))
    run.tidy()
    run.client.close()

    assert made.succeeded


def test_a_sample_differs_each_time(addresses: Addresses) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    ctx = run.context("test")
    names = {right(ctx, run.contract.operations["create_study"])["body"]["name"] for _ in range(3)}
    run.client.close()

    assert len(names) == 3


def test_an_operation_without_a_body_needs_no_sample(addresses: Addresses) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    arguments = right(run.context("test"), run.contract.operations["list_projects"])
    run.client.close()

    assert arguments == {}


def test_an_operation_without_a_sample_takes_the_example_of_the_document(addresses: Addresses) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    strange = replace(run.contract.operations["create_study"], id="create_strange")
    arguments = right(run.context("test"), strange)
    run.client.close()

    described = run.contract.document["paths"]["/v1/studies"]["post"]["requestBody"]["content"]["application/json"]
    examples = [resolve(run.contract.document, each)["value"] for each in described["examples"].values()]
    assert arguments["body"] in examples


def test_samples_belong_to_one_api() -> None:
    assert known("participant-kit", "create_study")
    assert not known("forsta", "create_study")


@pytest.mark.parametrize("api", apis())
def test_every_create_operation_with_a_body_has_a_sample(api: str) -> None:
    making = [each for each in load(api).operations.values() if each.action == "create" and each.body_required]

    assert [each.id for each in making if not known(api, each.id)] == []
