"""Pages: together the whole list, once; unusable parameters as the contract says; envelopes and addresses."""

import json
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.engine.call import Call
from understudy.mock_server.engine.pagination import FAR, Pager, PageRange
from understudy.mock_server.http.errors import BadRequestError, NotFoundError
from understudy.mock_server.http.security.tokens import NOBODY
from understudy.specs import Pagination
from understudy.specs.contract import PageNumber, PageOffset, PageSize

PLAIN: dict[str, Any] = {"items": "{items}", "count": "{count}", "next": "{next}", "previous": "{previous}"}


def pager(envelope: dict[str, Any] | None = None, **options: Any) -> Pager:
    size = {"parameters": ("limit",), "default": 20, "maximum": 100, **options.pop("size", {})}
    page = {"parameters": ("page",), **options.pop("page", {})}
    return Pager(Pagination(PageSize(**size), envelope or PLAIN, PageNumber(**page), options.pop("offset", None)))


def call(**query: str) -> Call:
    nobody = cast(Any, None)
    query_string = urlencode(query).encode()
    return Call(nobody, NOBODY, nobody, {}, query, {}, None, "http://host", "http://host/things", query_string, None)


@given(st.integers(0, 500), st.integers(1, 130))
def test_pages_are_a_partition_of_the_list(count: int, limit: int) -> None:
    things = list(range(count))
    tested = pager()
    seen: list[int] = []

    for number in range(1, 600):
        page_range = tested.slice({"limit": str(limit), "page": str(number)})
        page = things[page_range.offset : page_range.offset + page_range.limit]
        if not page:
            break
        assert len(page) <= min(limit, 100)
        seen += page

    assert seen == things


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_breaks_a_list_that_takes_the_default(limit: str, page: str) -> None:
    page_range = pager().slice({"limit": limit, "page": page})

    assert 1 <= page_range.limit <= 100
    assert 0 <= page_range.offset <= FAR


@given(st.integers(0, 10**60))
def test_no_number_is_too_large(number: int) -> None:
    page_range = pager().slice({"limit": str(number), "page": str(number)})

    assert page_range.limit == (min(number, 100) or 20)
    assert page_range.offset == min(max(0, number - 1) * page_range.limit, FAR)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", " 1", "٣", "1e1", "+1"])
@pytest.mark.parametrize(("rule", "refusal"), [("refuse", BadRequestError), ("missing", NotFoundError)])
def test_an_unusable_number_is_refused_where_the_contract_says_so(
    text: str, rule: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        pager(size={"unusable": rule}).slice({"limit": text})
    with pytest.raises(refusal):
        pager(page={"unusable": rule}).slice({"page": text})


@pytest.mark.parametrize(("above", "limit"), [("clamp", 100), ("default", 20)])
def test_a_number_above_the_maximum_counts_as_the_contract_says(above: str, limit: int) -> None:
    assert pager(size={"above": above}).slice({"limit": "101"}).limit == limit


def test_a_number_above_the_maximum_may_be_refused_by_name() -> None:
    with pytest.raises(BadRequestError) as refusal:
        pager(size={"above": "refuse"}).slice({"limit": "101"})

    assert [(each.name, each.message) for each in refusal.value.field_errors] == [("limit", "must be at most 100")]


@given(st.integers(0, 300), st.integers(1, 40), st.integers(1, 20))
def test_a_page_past_the_end_is_missing_where_the_contract_says_so(count: int, number: int, limit: int) -> None:
    tested = pager(page={"past_end": "missing"})
    page_range = tested.slice({"page": str(number), "limit": str(limit)})
    pages = max(1, -(-count // limit))

    if number <= pages:
        assert tested.settle(page_range, count) == page_range
    else:
        with pytest.raises(NotFoundError):
            tested.settle(page_range, count)


@given(st.integers(0, 300))
def test_the_last_page_can_be_asked_for_by_its_word(count: int) -> None:
    tested = pager(page={"words": ("last",)})

    page_range = tested.settle(tested.slice({"page": "last"}), count)

    assert page_range.offset < max(1, count) <= page_range.offset + page_range.limit


def test_an_offset_starts_where_it_says() -> None:
    tested = pager(offset=PageOffset(("offset",)))

    assert tested.slice({"offset": "7", "page": "3", "limit": "5"}).offset == 7
    assert tested.slice({"page": "3", "limit": "5"}).offset == 10
    assert tested.slice({"offset": "x"}).offset == 0


@given(st.integers(0, 200), st.integers(1, 12), st.integers(1, 30))
def test_addresses_lead_through_the_whole_list_in_both_directions(count: int, number: int, limit: int) -> None:
    tested = pager()
    pages = max(1, -(-count // limit))
    query_string = call(limit=str(limit), page=str(number), status="a,b")

    body = json.loads(tested.wrap(query_string, [b"1"], tested.slice(query_string.query), count))

    assert (body["next"] is None) == (number >= pages)
    assert (body["previous"] is None) == (number == 1)
    if body["next"]:
        assert body["next"] == f"http://host/things?limit={limit}&page={number + 1}&status=a,b"
    assert (body["items"], body["count"]) == ([1], count)


def test_an_envelope_is_that_of_its_own_request_and_of_its_own_count() -> None:
    tested, first = pager(), call(limit="1")
    other = first._replace(base="http://other", url="http://other/things")

    def links(sent: Call, count: int) -> list[Any]:
        body = json.loads(tested.wrap(sent, [b"1"], tested.slice(sent.query), count))
        return [body["next"], body["count"]]

    assert links(first, 2) == links(first, 2) == ["http://host/things?limit=1&page=2", 2]
    assert links(other, 2) == ["http://other/things?limit=1&page=2", 2]
    assert links(first, 1) == [None, 1]


def test_addresses_keep_what_the_contract_does_not_speak_of_as_it_was_sent() -> None:
    query_string = call(limit="1")._replace(query_string=b"zoo=%C3%BC&limit=1&page=2&foo=b&foo=a&empty=")

    body = json.loads(pager().wrap(query_string, [b"1"], PageRange(1, 1, 2), 9))

    assert body["next"] == "http://host/things?empty=&foo=b&foo=a&limit=1&page=3&zoo=%C3%BC"


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 20))
def test_addresses_by_offset_lead_through_the_whole_list(count: int, offset: int, limit: int) -> None:
    tested = pager(offset=PageOffset(("offset",)))
    query_string = call(limit=str(limit), offset=str(offset))

    body = json.loads(tested.wrap(query_string, [], tested.slice(query_string.query), count))

    assert body["next"] == (
        f"http://host/things?limit={limit}&offset={offset + limit}" if offset + limit < count else None
    )
    assert (body["previous"] is None) == (offset == 0)


def test_a_list_is_counted_only_where_something_needs_the_count() -> None:
    assert pager().counts
    assert not pager(envelope={"data": "{items}"}).counts
    assert pager(envelope={"data": "{items}"}, page={"past_end": "missing"}).counts
