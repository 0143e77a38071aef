"""The first requests find out whether there is anything to judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aimed import begun
from live import running
from sixth import lending

from understudy.conformance import Profile, Target
from understudy.conformance.evidence.errors import UnreachableError
from understudy.conformance.http.client import Client, Credential
from understudy.conformance.http.preflight import NO_ID, preflight, probes
from understudy.conformance.scope.defaults import defaults
from understudy.mock_server import create_app
from understudy.specs import Contract, apis, load
from understudy.specs.loading import load_folder


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


@pytest.mark.parametrize(
    ("api", "given", "missing"),
    [
        ("participant-kit", {}, "default"),
        ("participant-kit", {"other": "mock-other-token"}, "default"),
        ("lookit", {"researcher": "mock-researcher-token"}, "admin"),
    ],
)
def test_a_missing_token_is_named_by_its_role(
    api: str, given: dict[str, str], missing: str, addresses: Callable[[str], str]
) -> None:
    with pytest.raises(UnreachableError, match=rf"none was given for the role {missing} \(--token {missing}=…\)"):
        begun(api, addresses(api), Profile(), tokens=given).preflight()


def test_the_prefix_of_the_contract_does_not_belong_to_the_address(addresses: Callable[[str], str]) -> None:
    with pytest.raises(
        UnreachableError, match=r"no operation of Participant Kit answers there. Tried GET \S+/v1/v1/projects"
    ):
        begun("participant-kit", f"{addresses('participant-kit')}/v1", Profile()).preflight()


@pytest.mark.parametrize("api", apis())
def test_operations_without_further_parameters_are_tried_where_there_are_some(api: str) -> None:
    contract = load(api)
    tried = probes(contract, defaults(contract))

    assert tried
    assert not [probe for probe in tried if probe.vague or NO_ID in probe.path]


# --- a contract in which every GET needs an id -------------------------------------------------------------------------

SIXTH = load_folder(Path(__file__).parents[2] / "sixth")
#: Its operations whose paths have ids.
WITH_IDS = replace(SIXTH, operations={name: op for name, op in SIXTH.operations.items() if "{" in op.path})


def tried(contract: Contract, address: str, token: str = "none") -> int:
    """The number of requests of a preflight."""
    client = Client(Target(address), Profile())
    try:
        preflight(contract, client, Credential(next(iter(contract.schemes.values()))[0], token), {})
        return client.sent
    finally:
        client.close()


@pytest.fixture(scope="module")
def library() -> Iterator[str]:
    with running(create_app(contracts=[SIXTH], behaviours={SIXTH.api: lending})) as address:
        yield address


def token_of(contract: Contract) -> str:
    return str(contract.seed["callers"][0]["token"])


@pytest.mark.parametrize("contract", [SIXTH, WITH_IDS], ids=["all", "with ids only"])
def test_a_contract_without_a_plain_list_is_found_by_any_answer(contract: Contract, library: str) -> None:
    assert tried(contract, library, token_of(SIXTH)) == 1


@pytest.mark.parametrize("contract", [SIXTH, WITH_IDS], ids=["all", "with ids only"])
def test_a_web_page_is_not_taken_for_it(contract: Contract) -> None:
    with running(page) as address, pytest.raises(UnreachableError, match="no operation of Lending answers there"):
        tried(contract, address)


def test_a_contract_without_operations_has_nothing_to_try(library: str) -> None:
    assert tried(replace(SIXTH, operations={}), library) == 0


def test_both_causes_of_a_wrong_address_are_named() -> None:
    with running(page) as address, pytest.raises(UnreachableError) as refused:
        tried(load("participant-kit"), address)

    message = str(refused.value)
    assert f"Tried GET {address}/v1/projects" in message
    assert "the last reply was 404 <h1>Not here</h1>" in message
    assert "it has a part of the contract's own paths (/v1) at its end" in message
    assert "it lacks the path under which the target has this API (a mock of several APIs: /participant-kit)" in message


async def page(scope: Any, receive: Any, send: Any) -> None:
    """A server that has no page."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<h1>Not here</h1>"})
