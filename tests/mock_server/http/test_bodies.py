"""Request bodies: read within a limit, decoded by their type, checked against the contract."""

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from understudy.mock_server.http.bodies import Bodies, ClientDisconnectedError, has_body, read
from understudy.mock_server.http.errors import BadRequestError, ContentTooLargeError, UnsupportedMediaTypeError
from understudy.mock_server.http.validation_errors import Schemas
from understudy.specs import load

JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"


CONTRACT = load("participant-kit")
compiler = Schemas(CONTRACT.uri, CONTRACT.schemas).compile

PARTICIPANT = Bodies(load("participant-kit").operations["create_participant"], compiler)
OPTIONAL = Bodies(replace(load("participant-kit").operations["create_study"], body_required=False), compiler)
TREE = {"type": "object", "properties": {"a": {"$ref": "#"}, "metadata": {"type": "object"}, "list": {"type": "array"}}}
FORMS = Bodies(replace(load("participant-kit").operations["create_participant"], body={FORM.decode(): TREE}), compiler)


def headers(media_type: bytes | None = JSON, length: int = 1) -> dict[bytes, bytes]:
    sent = {b"content-length": b"%d" % length}
    return sent if media_type is None else {**sent, b"content-type": media_type}


def sending(*pieces: bytes, gone: bool = False) -> Any:
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": i + 1 < len(pieces)} for i, piece in enumerate(pieces)
    ]
    if gone:
        messages = [{**messages[0], "more_body": True}, {"type": "http.disconnect"}]
    waiting = iter(messages)

    async def receive() -> MutableMapping[str, Any]:
        return next(waiting)

    return receive


def decoded(content: bytes, media_type: bytes = JSON, bodies: Bodies = PARTICIPANT) -> Any:
    sent = headers(media_type, len(content))
    return asyncio.run(bodies.read(sending(content), sent, bodies.media_type(sent)))[0]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6))
def test_a_body_is_its_pieces_in_order(pieces: list[bytes]) -> None:
    assert asyncio.run(read(sending(*pieces), {})) == b"".join(pieces)


def test_a_body_that_says_it_is_too_long_is_not_read() -> None:
    async def never() -> MutableMapping[str, Any]:
        raise AssertionError("nothing is read")

    with pytest.raises(ContentTooLargeError):
        asyncio.run(read(never, {b"content-length": b"11"}, limit=10))


def test_a_body_that_grows_too_long_is_not_read_to_its_end() -> None:
    with pytest.raises(ContentTooLargeError):
        asyncio.run(read(sending(b"123456", b"123456", b"never"), {}, limit=10))


def test_a_client_that_goes_away_is_noticed() -> None:
    with pytest.raises(ClientDisconnectedError):
        asyncio.run(read(sending(b"{", gone=True), {}))


def test_a_body_is_announced_by_a_length_or_by_chunks() -> None:
    assert has_body({b"content-length": b"1"})
    assert has_body({b"transfer-encoding": b"chunked"})
    assert not has_body({b"content-length": b"0"})
    assert not has_body({})


def test_json_and_forms_are_decoded_to_the_same() -> None:
    expected = {"name": "Ada King", "email": "a@b.c", "event_id": "x"}

    assert decoded(b'{"name": "Ada King", "email": "a@b.c", "event_id": "x"}') == expected
    assert decoded(b"name=Ada+King&email=a%40b.c&event_id=x", FORM) == expected


@pytest.mark.parametrize("form", ["n=1,2", "n=1&n=2", "n=[1,2]", "n=1%2C2"])
def test_a_list_in_one_field_of_a_form_is_divided_as_the_contract_says(form: str) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "array", "items": {"type": "integer"}}}}
    operation = replace(CONTRACT.operations["create_participant"], body={FORM.decode(): schema}, lists={"n": ","})

    assert decoded(form.encode(), FORM, Bodies(operation, compiler)) == {"n": [1, 2]}


def test_a_text_of_a_form_is_never_divided() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "string"}}}
    operation = replace(CONTRACT.operations["create_participant"], body={FORM.decode(): schema}, lists={"n": ","})

    assert decoded(b"n=1,2", FORM, Bodies(operation, compiler)) == {"n": "1,2"}


def test_every_type_with_a_suffix_is_taken_where_the_contract_says_so() -> None:
    operation = replace(CONTRACT.operations["create_participant"], body={"application/*+json": {}})

    assert decoded(b'{"a": 1}', b"application/vnd.shop+json", Bodies(operation, compiler)) == {"a": 1}
    with pytest.raises(UnsupportedMediaTypeError):
        Bodies(operation, compiler).media_type(headers(b"application/vnd.shop+xml"))


def test_a_body_without_a_type_is_taken_for_json() -> None:
    assert PARTICIPANT.media_type(headers(None)) == "application/json"


@pytest.mark.parametrize(
    "media_type", [b"APPLICATION/JSON", b"application/json; charset=utf-8", b" application/json ;x"]
)
def test_a_type_is_known_in_any_case_and_with_parameters(media_type: bytes) -> None:
    assert PARTICIPANT.media_type(headers(media_type)) == "application/json"


@pytest.mark.parametrize("media_type", [b"text/plain", b"", b"application/jsonx", b"\xff", b"application/*"])
def test_another_type_is_refused_with_those_that_are_taken(media_type: bytes) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="send application/json or application/x-www-form-urlencoded"):
        PARTICIPANT.media_type(headers(media_type))


def test_a_body_that_is_packed_is_refused_by_how() -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="content encoding gzip is not supported"):
        PARTICIPANT.media_type({**headers(b"application/json"), b"content-encoding": b"gzip"})


def test_a_body_that_says_it_is_not_packed_is_taken() -> None:
    sent = {**headers(b"application/json"), b"content-encoding": b"identity"}

    assert PARTICIPANT.media_type(sent) == "application/json"


def test_without_a_body_its_type_does_not_matter() -> None:
    assert PARTICIPANT.media_type(headers(b"text/plain", length=0)) is None


def test_a_body_that_is_missing_is_refused_by_all_that_it_must_hold() -> None:
    with pytest.raises(BadRequestError) as refusal:
        decoded(b"")

    assert [each.name for each in refusal.value.field_errors] == ["name", "email", "event_id"]


def test_a_body_that_may_be_missing_is_none() -> None:
    assert decoded(b"", bodies=OPTIONAL) is None


@pytest.mark.parametrize(
    ("sent", "study"),
    [
        (b'{"name":"A","email":"a@b.c","study_id":"s"}', "s"),
        (b'{"name":"A","email":"a@b.c","study_id":"s","event_id":"e"}', "e"),
        (b'{"name":"A","email":"a@b.c","event_id":"e"}', "e"),
    ],
)
def test_an_alias_counts_where_the_member_itself_is_absent(sent: bytes, study: str) -> None:
    assert decoded(sent)["event_id"] == study


@given(st.binary(max_size=80))
def test_any_bytes_are_decoded_or_refused(content: bytes) -> None:
    for media_type in (JSON, FORM):
        with contextlib.suppress(BadRequestError):
            assert isinstance(decoded(content, media_type), dict)


@given(st.integers(1, 3000), st.sampled_from([b"[", b'{"a":']))
def test_any_depth_is_decoded_or_refused(depth: int, opening: bytes) -> None:
    closing = {b"[": b"]", b'{"a":': b"}"}[opening]

    with pytest.raises(BadRequestError, match="nested too deeply" if depth > 200 else None):
        decoded(opening * depth + b"1" + closing * depth)


@given(
    st.integers(201, 3000),
    st.sampled_from(
        [
            ("a{}=1", "[b]", ""),
            ("a{}=1", ".a", ""),
            ("metadata={}", '{"a":', "}"),
            ("list={}", "[", "]"),
            ("a={}", '{"a":', "}"),
        ]
    ),
)
def test_forms_of_any_depth_are_refused(depth: int, form: tuple[str, str, str]) -> None:
    text, opening, closing = form
    content = text.replace("{}", quote(opening * depth + (closing and "1") + closing * depth)).encode()

    with pytest.raises(BadRequestError):
        decoded(content, FORM, FORMS)


def test_integers_in_json_within_a_form_are_kept_or_refused() -> None:
    sent = {"metadata": '{"a": 100000000000000000000000, "b": 7}'}
    assert decoded(urlencode(sent).encode(), FORM, FORMS)["metadata"] == {"a": 1e23, "b": 7}

    with pytest.raises(BadRequestError) as refused:
        decoded(urlencode({"metadata": '{"a": 12345678901234567890123}'}).encode(), FORM, FORMS)
    assert [(each.name, each.message) for each in refused.value.field_errors] == [
        ("metadata.a", "is an integer of more than 64 bits, which would not be kept exactly")
    ]


def _of(api: str, operation: str) -> Bodies:
    contract = load(api)
    return Bodies(contract.operations[operation], Schemas(contract.uri, contract.schemas).compile)


def _members(count: int) -> bytes:
    return b"{" + b",".join(b'"m%d":1' % number for number in range(count)) + b"}"


#: As large as is accepted, and as wrong as can be; made only for the test, since every worker collects all tests.
HEAVY: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "a million members": ("prolific", "create_study", lambda: _members(300_000)),
    "members of members": ("participant-kit", "create_participant", lambda: b'{"name":' + _members(300_000) + b"}"),
    "rows that are numbers": ("forsta", "add_respondents", lambda: b'{"data":[' + b"1," * 2_000_000 + b"1]}"),
    "empty rows": ("forsta", "add_respondents", lambda: b'{"rows":[' + b"{}," * 1_300_000 + b"{}]}"),
    "rows with many wrong members": (
        "forsta",
        "add_respondents",
        lambda: b'{"data":[' + b",".join([_members(4000).replace(b":1", b":[]")] * 60) + b",1]}",
    ),
    "only the last row is wrong": ("forsta", "add_respondents", lambda: b'{"data":[' + b"{}," * 1_300_000 + b"1]}"),
    "alternatives": (
        "prolific",
        "create_filter_set",
        lambda: b'{"filters":[' + b'{"filter_id":"a"},' * 220_000 + b"1]}",
    ),
    "an array for a name": (
        "participant-kit",
        "create_participant",
        lambda: b'{"name":[' + b"1," * 2_000_000 + b"1]}",
    ),
    "an array": ("participant-kit", "create_participant", lambda: b"[" + b"1," * 2_000_000 + b"1]"),
}


@pytest.mark.parametrize("what", HEAVY)
def test_the_largest_wrong_body_is_refused_before_others_wait_long(what: str, request: pytest.FixtureRequest) -> None:
    api, operation, made = HEAVY[what]
    content = made()
    bodies = _of(api, operation)
    request.addfinalizer(gc.unfreeze)
    gc.freeze()  # what other tests left behind is not to be searched for garbage here
    assert len(content) <= 4.1 * 1024 * 1024
    ratios = []
    for _ in range(3):
        began = time.thread_time()
        orjson.loads(content)
        parsed = time.thread_time()
        with pytest.raises(BadRequestError) as refusal:
            decoded(content, bodies=bodies)
        # To the time that parsing alone takes, since a machine that is busy slows both.
        ratios.append((time.thread_time() - parsed) / (parsed - began))
        assert len(refusal.value.field_errors) <= 50
        assert refusal.value.message
        if ratios[-1] < 10:
            return

    assert min(ratios) < 10


NUMBERED: dict[str, Any] = {"type": "object", "properties": {"n": {"type": "integer"}}}
OPEN = Bodies(
    replace(
        load("participant-kit").operations["create_study"], body={JSON.decode(): NUMBERED, FORM.decode(): NUMBERED}
    ),
    compiler,
)
ROUNDED = "is an integer of more than 64 bits, which would not be kept exactly"


@given(
    st.integers()
    | st.integers(-(2**70), 2**70)
    | st.builds(lambda digit, zeros: digit * 10**zeros, st.integers(-9, 9), st.integers(0, 300))
)
@example(2**64 - 1)
@example(2**64)
@example(-(2**63) - 1)
def test_an_integer_is_kept_exactly_or_refused_by_name(number: int) -> None:
    for content, media_type in ((b'{"n": %d}' % number, JSON), (b"n=%d" % number, FORM)):
        if number in range(-(2**63), 2**64) or Decimal(repr(float(number))) == number:
            kept = orjson.dumps(decoded(content, media_type, OPEN)["n"])
            assert Decimal(kept.decode()) == number
        else:
            with pytest.raises(BadRequestError) as refusal:
                decoded(content, media_type, OPEN)
            assert [(error.name, error.message) for error in refusal.value.field_errors] == [("n", ROUNDED)]


@pytest.mark.parametrize(
    ("content", "name", "pointer"),
    [
        (b'{"a/b": [{"c": 12345678901234567890123}]}', "a/b.0.c", "/a~1b/0/c"),
        (b'{"n": 1, "text": "12345678901234567890123", "m": -12345678901234567890123 }', "m", "/m"),
    ],
)
def test_an_integer_that_would_be_rounded_is_named_wherever_it_is(content: bytes, name: str, pointer: str) -> None:
    with pytest.raises(BadRequestError) as refusal:
        decoded(content, bodies=OPEN)

    assert [(error.name, error.pointer) for error in refusal.value.field_errors] == [(name, pointer)]


@pytest.mark.parametrize("text", ["12345678901234567890123.0", '"12345678901234567890123"', "1.2345678901234567890123"])
def test_what_only_looks_like_a_long_integer_is_taken(text: str) -> None:
    assert decoded(b'{"m": %s}' % text.encode(), bodies=OPEN) == {"m": orjson.loads(text)}


def test_what_the_schema_says_of_a_long_integer_is_said_first() -> None:
    with pytest.raises(BadRequestError) as refusal:
        decoded(b'{"name": 12345678901234567890123}')

    assert ROUNDED not in refusal.value.message


def test_an_error_behind_thousands_of_valid_items_is_named() -> None:
    content = b'{"data":[' + b"{}," * 9_999 + b"1]}"
    with pytest.raises(BadRequestError) as refusal:
        decoded(content, bodies=_of("forsta", "add_respondents"))

    assert [error.name for error in refusal.value.field_errors] == ["data.9999"]


@pytest.mark.parametrize(
    ("api", "operation", "limit"),
    [("participant-kit", "create_participant", 4 * 1024**2), ("forsta", "add_respondents", 16 * 1024**2)],
)
def test_a_body_above_the_limit_of_its_operation_is_refused_with_it(api: str, operation: str, limit: int) -> None:
    with pytest.raises(ContentTooLargeError, match=str(limit)):
        asyncio.run(_of(api, operation).read(sending(b""), headers(length=limit + 1), "application/json"))
