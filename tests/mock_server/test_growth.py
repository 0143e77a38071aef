"""What reads the text of requests takes time in proportion to its length, whatever the text: others wait meanwhile."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.mock_server.behaviours.forsta import expression, values
from understudy.mock_server.behaviours.prolific.submissions import messages
from understudy.mock_server.control.document import control_document
from understudy.mock_server.data import due
from understudy.mock_server.engine.pagination import Pager
from understudy.mock_server.http import bodies, media_types, preferences
from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.http.parameters import Parameters
from understudy.mock_server.http.routing import Route, Router
from understudy.mock_server.http.security.tokens import Security
from understudy.mock_server.http.validation_errors import Schemas
from understudy.mock_server.sessions.request_match import Match
from understudy.specs import Contract, Parameter, apis, load

#: Bytes of the largest head that the server reads.
LARGEST = 64_000
#: Seconds of CPU time for it.
LIMIT = 0.05
#: Seconds below which growth is not judged, and a measurement not repeated.
LITTLE = 0.02

Read = Callable[[str], object]


class Request:
    """A request with a path."""

    api = operation = None
    method = "GET"
    ignores_trailing_slash = True

    def __init__(self, path: str) -> None:
        self.path = self.api_path = path


def parameters(schema: Mapping[str, Any]) -> Read:
    """A query with one parameter, read anew each time."""
    spec = [Parameter("a", "query", False, schema, True, None), Parameter("b", "query", False, schema, False, None)]
    return lambda text: Parameters(spec, Schemas("urn:growth", {}).compile).query(text.encode("latin-1", "replace"))


def pager(text: str) -> object:
    spec = load("prolific").operations["list_studies"].pagination
    assert spec is not None
    return Pager(spec).slice({"page": text, "page_size": text, "offset": text})


def matched(pattern: str) -> Read:
    return lambda text: Match(path=pattern).fits(Request(text))  # type: ignore[arg-type]  # the protocol has properties


READERS: dict[str, Read] = {
    "Prefer": lambda text: preferences.parse([text]),
    "Accept": lambda text: media_types.choose(text, ["application/json", "application/x-ndjson", "text/html"]),
    "Content-Type": lambda text: bodies.Bodies(load("forsta").operations["add_respondents"], _any).media_type(
        {b"content-type": text.encode("latin-1", "replace"), b"content-length": b"1"}
    ),
    "Authorization": lambda text: Security(load("prolific")).caller(
        {b"authorization": text.encode("latin-1", "replace")}
    ),
    "a path": lambda text: Router([Route("/a/{b}/c/{d}", ("b", "d"), {"GET": 1})], "either").find(text),
    "a pattern of paths": matched("*a*a*a*a*a*b"),
    "a long pattern of paths": matched("*" + "a" * 500 + "b*" + "a*" * 500 + "b"),
    "texts in a query": parameters({"type": "string"}),
    "integers in a query": parameters({"type": "array", "items": {"type": "integer", "minimum": 2}}),
    "a number in a query": parameters({"type": "number"}),
    "a page": pager,
    "a filter expression": expression.parse.__wrapped__,
    "a date": values.date,
    "a numeric value": values.number,
    "a planned time": due.instant.__wrapped__,
    "a message": messages.clean,
}

#: Short texts that, repeated, have parsers go back and begin again; each also with something before and behind.
PIECES = [
    *("a", "0", "1", "-", " ", "\t", '"', "'", "\\", "(", "[", "<", "&", ";", ",", "=", "*", "/", "%", ":", ".", "é"),
    *(
        "a ",
        "a=",
        'a="',
        'a="\\',
        '\\"',
        "='",
        ";q=1,",
        "*/*,",
        "a/*;q=0,",
        "NOT ",
        "NOT(",
        "a=1&",
        "&a=",
        "a=0",
        "%41",
    ),
    *("<a ", "<a x='", "<!--", "</", "<?", ":a=1 AND ", ":a='' OR ", "IN(:a,1) OR ", "2020-01-01T", "00:", "a,", ", "),
]
AROUND = [
    ("", ""),
    ("", "("),
    ("a=", "x"),
    ("a=0", "x"),
    ("-", "b"),
    ('a="', ""),
    ("Bearer ", "\x00"),
    (":a='", ""),
    ("/", "b"),
]


@pytest.fixture(autouse=True)
def no_garbage_collection() -> Iterator[None]:
    """Only the readers themselves are measured."""
    gc.disable()
    yield
    gc.enable()


def _any(schema: Any) -> Any:
    return jsonschema_rs.Draft202012Validator({})


def _seconds(read: Read, text: str) -> float:
    """CPU time of the fastest of a few tries; what takes no time at all is not tried again."""
    best = float("inf")
    for _ in range(4):
        began = time.thread_time()
        with suppress(ApiError, ValueError):
            read(text)
        best = min(best, time.thread_time() - began)
        if best < LITTLE:
            break
    return best


def judge(read: Read, shape: Callable[[int], str]) -> None:
    """The beginning first: where time grows with the square, this finds it before the whole takes minutes."""
    small = _seconds(read, shape(LARGEST // 16))
    assert small < LIMIT, f"{small:.3f} s for {LARGEST // 16} characters like {shape(40)!r}"
    quarter = _seconds(read, shape(LARGEST // 4))
    assert quarter < max(8 * small, LITTLE), f"{small:.4f} s, then {quarter:.4f} s for {shape(40)!r}"
    whole = _seconds(read, shape(LARGEST))
    assert whole < LIMIT, f"{whole:.3f} s for {LARGEST} characters like {shape(40)!r}"
    assert whole < max(8 * quarter, LITTLE), f"{quarter:.4f} s, then {whole:.4f} s for {shape(40)!r}"


def repeated(piece: str, before: str = "", behind: str = "") -> Callable[[int], str]:
    return lambda length: before + piece * (length // len(piece)) + behind


@pytest.mark.parametrize("reader", READERS)
def test_time_grows_with_the_length(reader: str) -> None:
    for piece in PIECES:
        for before, behind in AROUND:
            shape = repeated(piece, before, behind)
            # Most shapes take so little time that even its square would do for the whole length.
            if any(_seconds(READERS[reader], shape(LARGEST // part)) > LIMIT / part**2 for part in (16, 4)):
                judge(READERS[reader], shape)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(READERS)),
    st.text("ab01 \t\"\\'()<>=;,*/&%:.-", min_size=1, max_size=6),
    st.text('a0"(=<:', max_size=3),
    st.text('x"(>', max_size=2),
)
def test_time_grows_with_the_length_of_any_repetition(reader: str, piece: str, before: str, behind: str) -> None:
    judge(READERS[reader], repeated(piece, before, behind))


def patterns(node: Any) -> set[str]:
    """The patterns and formats of a document."""
    if isinstance(node, Mapping):
        own = {f"{key}:{node[key]}" for key in ("pattern", "format") if isinstance(node.get(key), str)}
        return own.union(*map(patterns, node.values()))
    return set().union(*map(patterns, node)) if isinstance(node, list) else set()


def test_patterns_and_formats_of_contracts_take_time_with_the_length() -> None:
    contracts: list[Contract] = [load(api) for api in apis()]
    for found in set().union(*(patterns(contract.document) for contract in contracts), patterns(control_document())):
        key, _, value = found.partition(":")
        validator = jsonschema_rs.Draft202012Validator({"type": "string", key: value}, validate_formats=True)
        for piece in ("a", "1", " ", "@", "a@", "a.", "-", ":", "/", "\t", "http://", "é"):
            for before in ("", "http://", "2020-01-01T00:00:00.", "a@"):
                judge(validator.is_valid, repeated(piece, before, "!"))
