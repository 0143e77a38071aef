"""Who calls: credentials against the seed's callers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.errors import UnauthenticatedError
from understudy.mock_server.http.security.tokens import MEMO, Security
from understudy.specs import apis, load


def named(api: str, value: bytes) -> str:
    return Security(load(api)).caller({b"authorization": value}).role


def challenge(api: str, headers: dict[bytes, bytes]) -> bytes:
    with pytest.raises(UnauthenticatedError) as refusal:
        Security(load(api)).caller(headers)
    return dict(refusal.value.headers)[b"www-authenticate"]


@pytest.mark.parametrize("api", apis())
def test_every_caller_of_a_seed_is_known_by_the_token_under_every_scheme(api: str) -> None:
    contract = load(api)
    security = Security(contract)

    for schemes in contract.schemes.values():
        for scheme in schemes:
            for raw in contract.seed["callers"]:
                for written in (scheme, scheme.upper(), scheme.lower()):
                    caller = security.caller({b"authorization": f"{written} {raw['token']}".encode()})
                    assert (caller.role, caller.values) == (raw["role"], raw.get("values", {}))


def test_blanks_around_the_token_do_not_matter() -> None:
    assert named("participant-kit", b"Bearer   mock-token ") == "default"


@pytest.mark.parametrize("api", apis())
@pytest.mark.parametrize("value", [b"", b" ", b"mock-token", b"Basic bW9jay10b2tlbg==", b"\xff\xfe \xff"])
def test_what_is_no_credential_is_challenged_with_the_first_scheme(api: str, value: bytes) -> None:
    scheme = next(iter(load(api).schemes.values()))[0].capitalize().encode()

    assert challenge(api, {}) == challenge(api, {b"authorization": value}) == scheme


def test_under_bearer_a_wrong_token_is_distinguished_from_none() -> None:
    assert challenge("participant-kit", {b"authorization": b"Bearer x"}) == b'Bearer error="invalid_token"'


@given(st.binary(max_size=60))
def test_nobody_comes_in_by_chance(value: bytes) -> None:
    with pytest.raises(UnauthenticatedError):
        Security(load("prolific")).caller({b"authorization": value})


def test_only_those_who_were_recognised_are_remembered() -> None:
    security = Security(load("participant-kit"))
    for n in range(2 * MEMO):
        with pytest.raises(UnauthenticatedError):
            security.caller({b"authorization": b"Bearer %d" % n})

    assert security.caller({b"authorization": b"Bearer mock-token"}) is security.caller(
        {b"authorization": b"Bearer mock-token"}
    )


@pytest.mark.parametrize(
    ("api", "scheme"),
    [("consent-kit", "Bearer"), ("forsta", "Bearer"), ("lookit", "Token"), ("prolific", "Token")],
)
@pytest.mark.parametrize(
    "headers", [{}, {b"authorization": b"mock-token"}, {b"authorization": b"Basic bW9jay10b2tlbg=="}]
)
def test_who_sends_no_credential_reads_what_to_send(api: str, scheme: str, headers: dict[bytes, bytes]) -> None:
    with pytest.raises(UnauthenticatedError, match=f'^Send the header "Authorization: {scheme} TOKEN"\\.$'):
        Security(load(api)).caller(headers)
