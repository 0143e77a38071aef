"""The first requests find out whether there is anything to judge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aimed import begun

from understudy.conformance import Profile
from understudy.conformance.evidence.errors import UnreachableError
from understudy.conformance.http.preflight import candidates
from understudy.conformance.scope.defaults import defaults
from understudy.specs import apis, load


@pytest.mark.parametrize("api", apis())
def test_the_right_address_and_token_pass(api: str, addresses: Callable[[str], str]) -> None:
    run = begun(api, addresses(api), Profile())
    run.preflight()

    assert 1 <= run.client.sent <= 3


@pytest.mark.parametrize("api", apis())
def test_a_wrong_token_is_refused(api: str, addresses: Callable[[str], str]) -> None:
    role = load(api).seed["callers"][0]["role"]

    with pytest.raises(UnreachableError, match="unauthorised: the target refuses the token"):
        begun(api, addresses(api), Profile(), tokens={role: "wrong"}).preflight()


def test_no_token_is_distinguished_from_a_wrong_one(addresses: Callable[[str], str]) -> None:
    with pytest.raises(UnreachableError, match="no token was given"):
        begun("participant-kit", addresses("participant-kit"), Profile(), tokens={}).preflight()


def test_the_prefix_of_the_contract_does_not_belong_to_the_address(addresses: Callable[[str], str]) -> None:
    with pytest.raises(UnreachableError, match="Give --url without the contract's own path prefix"):
        begun("participant-kit", f"{addresses('participant-kit')}/v1", Profile()).preflight()


@pytest.mark.parametrize("api", apis())
def test_only_get_operations_without_further_parameters_are_tried(api: str) -> None:
    contract = load(api)
    settings = defaults(contract)
    tried = candidates(contract, settings)

    assert tried
    assert {operation.method for operation in tried} == {"GET"}
    assert all(p.name in settings for operation in tried for p in operation.parameters if p.required)
