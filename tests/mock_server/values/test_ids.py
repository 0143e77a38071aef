"""Ids: never the same twice, traced back to their number, of the form that the contract says."""

import re
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.values.ids import BASE36, CODE, HEX, Ids, Permutation, as_uuid, spell
from understudy.specs.contract import Identity

KEYS = st.binary(max_size=12)
NUMBERS = st.integers(0, 10**9)
FORMS = st.one_of(
    st.builds(Identity, form=st.just("base36"), prefix=st.sampled_from(["", "par_"]), length=st.integers(8, 16)),
    st.builds(Identity, form=st.just("hex"), prefix=st.just(""), length=st.integers(8, 32)),
    st.builds(Identity, form=st.just("uuid")),
    st.builds(Identity, form=st.just("serial"), prefix=st.just("")),
)


@given(KEYS, st.integers(1, 400))
def test_a_permutation_is_a_bijection(key: bytes, space: int) -> None:
    permutation = Permutation(key, space)

    assert sorted(permutation.there(n) for n in range(space)) == list(range(space))


@given(KEYS, st.integers(1, 2**122), st.integers(0, 2**122))
def test_a_permutation_can_be_taken_back(key: bytes, space: int, number: int) -> None:
    permutation = Permutation(key, space)

    assert permutation.back(permutation.there(number % space)) == number % space


@given(FORMS, KEYS, NUMBERS)
def test_an_id_can_be_traced_back_to_its_number(identity: Identity, key: bytes, number: int) -> None:
    ids = Ids(identity, key)

    assert ids.number(str(ids.at(number))) == number


@given(FORMS, KEYS, st.lists(NUMBERS, unique=True, max_size=30))
def test_two_numbers_never_have_the_same_id(identity: Identity, key: bytes, numbers: list[int]) -> None:
    ids = Ids(identity, key)

    assert len({ids.at(number) for number in numbers}) == len(numbers)


@given(FORMS, KEYS, NUMBERS)
def test_an_id_has_its_form(identity: Identity, key: bytes, number: int) -> None:
    id = Ids(identity, key).at(number)

    if identity.form == "serial":
        assert id == number + 1
    elif identity.form == "uuid":
        assert str(UUID(str(id))) == id
        assert UUID(str(id)).version == 4
    else:
        digits = "0-9a-z" if identity.form == "base36" else "0-9a-f"
        assert re.fullmatch(rf"{identity.prefix}[{digits}]{{{identity.length}}}", str(id))


@given(FORMS, KEYS, st.text(max_size=40))
def test_any_text_can_be_asked_for_its_number(identity: Identity, key: bytes, text: str) -> None:
    ids = Ids(identity, key)
    number = ids.number(text)

    assert number is None or str(ids.at(number)) == text or text != str(ids.at(number))


@given(KEYS, KEYS)
def test_another_key_gives_other_ids(one: bytes, other: bytes) -> None:
    identity = Identity(form="base36", length=12)

    assert (Ids(identity, one).at(0) == Ids(identity, other).at(0)) == (one == other)


@given(st.integers(0, 36**6 - 1), st.sampled_from([BASE36, CODE, HEX]))
def test_a_number_is_spelt_in_the_digits_of_an_alphabet(number: int, alphabet: str) -> None:
    spelt = spell(number, alphabet, 8)

    value = 0
    for digit in spelt:
        value = value * len(alphabet) + alphabet.index(digit)
    assert len(spelt) == 8
    assert value == number % len(alphabet) ** 8


@given(st.integers(0, 2**122 - 1), st.integers(0, 2**122 - 1))
def test_a_uuid_keeps_all_bits_of_its_number(one: int, other: int) -> None:
    assert (as_uuid(one) == as_uuid(other)) == (one == other)


def test_a_code_has_no_vowels_and_nothing_that_looks_like_something_else() -> None:
    assert not set(CODE) & set("AEIOU01IL")
