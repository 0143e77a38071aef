"""What passes between a client and a real server: what is sent on, judged, reported, and answered by the mock instead."""

from __future__ import annotations

import gzip
import logging
import time
from typing import Any

import httpx
import pytest
from real import Mock, RealServer, Reply, last

from understudy.mock_server.upstream.server import Limits

JSON = {"content-type": "application/json"}
BOOK = b'{"id": 7, "title": "Emma"}'


def test_an_operation_is_sent_on_and_its_reply_passed_back_byte_by_byte(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(201, (b'{"id":  7,', b'"title": "Emma"}'), {**JSON, "x-own": "1"})
    client = mock()
    reply = client.post("/v2/books?trace=a%20b", json={"title": "Emma"})

    assert (reply.status_code, reply.content, reply.headers["x-own"]) == (201, b'{"id":  7,"title": "Emma"}', "1")
    [asked] = real.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/v2/books?trace=a%20b", b'{"title":"Emma"}')
    assert asked.headers["x-shelf"] == "sesame-open"
    assert (last(client)["answered_by"], last(client)["breaches"]) == ("upstream", [])


def test_only_what_is_named_is_sent_on(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (BOOK,))
    client = mock("getBook")

    assert client.get("/v2/books/1").json()["title"] == "Emma"
    assert len(client.get("/v2/books").json()) == 10
    assert [each.target for each in real.asked] == ["/v2/books/1"]
    assert last(client)["answered_by"] == "mock"


@pytest.mark.parametrize("path", ["/v2/nothing", "/v2/books/%2e%2e", "/elsewhere", "/_mock/health"])
def test_what_is_not_an_operation_stays_here(real: RealServer, mock: Mock, path: str) -> None:
    mock().get(path)

    assert real.asked == []


def test_fields_of_one_connection_and_of_the_mock_are_not_sent_on(real: RealServer, mock: Mock) -> None:
    headers = {
        "Connection": "close, X-Hop",
        "X-Hop": "1",
        "TE": "trailers",
        "Proxy-Authorization": "Basic eDp5",
        "X-Forwarded-Host": "elsewhere.example",
        "Forwarded": "host=elsewhere.example",
        "X-Mock-Session": "mine",
        "X-Kept": "1",
    }
    mock().get("/v2/books/1", headers=headers)

    sent = real.asked[0].headers
    assert sent["x-kept"] == "1"
    assert sent["host"] == real.address.removeprefix("http://")
    assert not {"x-hop", "te", "proxy-authorization", "x-forwarded-host", "forwarded", "x-mock-session"} & set(sent)


def test_fields_of_one_connection_are_not_passed_back(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(
        200, (BOOK,), {**JSON, "keep-alive": "timeout=5", "access-control-allow-origin": "https://a.example"}
    )
    reply = mock().get("/v2/books/1", headers={"Origin": "http://localhost:5173"})

    assert "keep-alive" not in reply.headers
    assert reply.headers.get_list("access-control-allow-origin") == ["http://localhost:5173"]
    assert len(reply.headers.get_list("date")) == 1


@pytest.mark.parametrize("place", ["{real}/v2/books/7", "/v2/books/7", "7", "books/7"])
def test_a_location_on_the_real_server_leads_to_the_mock(real: RealServer, mock: Mock, place: str) -> None:
    real.reply = Reply(302, (BOOK,), {**JSON, "location": place.format(real=real.address)})
    client = mock()
    expected = "/v2/7" if place == "7" else "/v2/books/7"

    assert client.get("/v2/books").headers["location"] == f"{client.base_url}".rstrip("/") + expected
    assert client.get("/_session/mine/v2/books").headers["location"].endswith(f"/_session/mine{expected}")
    assert len(real.asked) == 2


@pytest.mark.parametrize("place", ["https://elsewhere.example/v2/books/7", "//elsewhere.example/x", "http://[nonsense"])
def test_a_location_elsewhere_is_not_followed_and_stays_as_it_is(real: RealServer, mock: Mock, place: str) -> None:
    real.reply = Reply(307, (b"",), {"location": place})

    assert mock().get("/v2/books").headers["location"] == place
    assert len(real.asked) == 1


def test_links_of_pages_lead_to_the_mock(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (b"[]",), {**JSON, "x-total": "0", "link": f'<{real.address}/v2/books?page=2>; rel="next"'})
    client = mock()

    assert str(client.get("/v2/books").links["next"]["url"]).startswith(str(client.base_url).rstrip("/"))


def test_links_stay_in_the_session_and_those_to_another_server_as_they_are(real: RealServer, mock: Mock) -> None:
    link = '<{}/v2/books?page=2>; rel="next", <https://elsewhere.example/v2/>; rel="up"'
    real.reply = Reply(200, (b"[]",), {**JSON, "x-total": "0", "link": link.format("")})
    client = mock()
    session = f"{client.base_url}".rstrip("/") + "/_session/mine"

    assert client.get("/_session/mine/v2/books").headers["link"] == link.format(session)


@pytest.mark.parametrize(
    ("method", "path", "body", "breach"),
    [
        ("GET", "/v2/books?page=0", None, "page: must be at least 1"),
        ("GET", "/v2/books/seven", None, "a parameter in the path is not valid"),
        ("POST", "/v2/books", {"title": ""}, "title: may not be blank"),
        ("POST", "/v2/books", {}, "title: is required"),
        ("POST", "/v2/books", None, "A body is required"),
    ],
)
def test_a_request_that_breaks_the_contract_is_reported_and_still_sent(
    real: RealServer, mock: Mock, caplog: pytest.LogCaptureFixture, method: str, path: str, body: Any, breach: str
) -> None:
    real.reply = Reply(400, (b'{"error": {"message": "no"}}',))
    client = mock()
    with caplog.at_level(logging.WARNING, "understudy"):
        reply = client.request(method, path, json=body)

    assert reply.json() == {"error": {"message": "no"}}
    [found] = last(client)["breaches"]
    assert found.startswith(f"request: {breach}")
    assert f"the request does not fit the contract: {breach}" in caplog.text


@pytest.mark.parametrize(
    ("reply", "breach"),
    [
        (Reply(200, (b'{"id": 7}',)), "title: is required"),
        (Reply(200, (b'{"id": "7", "title": "x"}',)), "id: must be an integer"),
        (Reply(200, (b"{",)), "The body is not valid JSON"),
        (Reply(200, (b"",), {**JSON, "content-length": "0"}), "the body is missing"),
        (Reply(202, (BOOK,)), "the status 202 is not one of 200, 404"),
        (Reply(200, (BOOK,), {"content-type": "text/html"}), "the media type text/html is not one of application/json"),
        (
            Reply(200, (BOOK,), {"content-type": "application/vnd.x+json"}),
            "the media type application/vnd.x+json is not",
        ),
    ],
)
def test_a_reply_that_breaks_the_contract_is_reported_and_still_passed_back(
    real: RealServer, mock: Mock, caplog: pytest.LogCaptureFixture, reply: Reply, breach: str
) -> None:
    real.reply = reply
    client = mock()
    with caplog.at_level(logging.WARNING, "understudy"):
        received = client.get("/v2/books/7")

    assert (received.status_code, received.content) == (reply.status, b"".join(reply.pieces))
    assert [each for each in last(client)["breaches"] if not each.startswith(f"reply: {breach}")] == []
    assert last(client)["breaches"]
    assert "the reply does not fit the contract" in caplog.text


def test_a_header_that_every_reply_must_have_is_missed(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (b"[]",))
    client = mock()
    client.get("/v2/books")

    assert last(client)["breaches"] == ["reply: the header X-Total is missing"]


@pytest.mark.parametrize("status", [413, 429, 503, 500, 403])
def test_statuses_of_any_server_break_nothing(real: RealServer, mock: Mock, status: int) -> None:
    real.reply = Reply(status)
    client = mock()

    assert client.get("/v2/books/7").status_code == status
    assert last(client)["breaches"] == []


def test_what_the_wire_says_is_one_line_on_the_log(
    real: RealServer, mock: Mock, caplog: pytest.LogCaptureFixture
) -> None:
    real.reply = Reply(400, (b'{"error": {"message": "no"}}',))
    with caplog.at_level(logging.WARNING, "understudy"):
        mock().get("/v2/books/7%0A%1B[31m?page=%1B[2J")

    assert all("\x1b" not in each.getMessage() and "\n" not in each.getMessage() for each in caplog.records)


@pytest.mark.parametrize("status", [405, 501])
def test_the_mock_answers_what_the_real_server_does_not_do(
    real: RealServer, mock: Mock, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    real.reply = Reply(status, (b'{"error": {"message": "not yet"}}',))
    client = mock()
    with caplog.at_level(logging.WARNING, "understudy"):
        made = client.post("/v2/books", json={"title": "Emma"})
        read = client.get(f"/v2/books/{made.json()['id']}")
        client.get(f"/v2/books/{made.json()['id']}")

    assert (made.status_code, read.json()["title"]) == (201, "Emma")
    assert last(client)["answered_by"] == "mock"
    assert caplog.text.count(f"getBook: the upstream answers {status}, so the mock answers") == 1


@pytest.mark.parametrize(
    ("path", "body", "headers", "answered_by"),
    [
        ("/v2/books", b'{"error": {"message": "none"}}', JSON, "mock"),
        ("/v2/books/1", b'{"error": {"message": "none"}}', JSON, "upstream"),
        ("/v2/books/1", b'{"detail": "Not Found"}', JSON, "mock"),
        ("/v2/books/1", b'{"error": "Not Found", "path": "/"}', JSON, "mock"),
        ("/v2/books/1", b"Not Found", {"content-type": "text/plain"}, "mock"),
        ("/v2/books/1", b"", {}, "mock"),
        ("/v2/books/1", b"{", JSON, "mock"),
    ],
)
def test_a_record_that_is_not_there_is_not_taken_for_an_operation_that_is_not(
    real: RealServer, mock: Mock, path: str, body: bytes, headers: dict[str, str], answered_by: str
) -> None:
    real.reply = Reply(404, (body,), headers)
    client = mock()

    assert client.get(path).status_code == (200 if answered_by == "mock" else 404)
    assert last(client)["answered_by"] == answered_by


def test_an_integer_that_only_the_mock_would_round_is_passed_on_and_breaks_nothing(
    real: RealServer, mock: Mock
) -> None:
    body = b'{"title": "Emma", "pages": 12345678901234567890123}'
    real.reply = Reply(201, (b'{"id": 1, "title": "Emma", "pages": 12345678901234567890123}',))
    client = mock()

    client.post("/v2/books", content=body, headers={"content-type": "application/json"})
    assert real.asked[-1].body == body
    assert last(client)["breaches"] == []


def test_an_operation_that_once_succeeded_is_there(real: RealServer, mock: Mock) -> None:
    client = mock()
    real.reply = Reply(200, (BOOK,))
    client.get("/v2/books/7")
    real.reply = Reply(404, (b"Not Found",), {"content-type": "text/plain"})

    assert client.get("/v2/books/1").status_code == 404


def test_a_server_that_is_not_there_is_said_in_the_form_of_the_apis_errors(real: RealServer, mock: Mock) -> None:
    client = mock(url="http://127.0.0.1:9")
    reply = client.get("/v2/books")

    assert reply.status_code == 502
    assert reply.json()["error"]["message"].startswith("The upstream http://127.0.0.1:9 cannot be reached: ")
    assert last(client)["answered_by"] == "mock"


def test_a_server_that_takes_too_long_is_given_up(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(pause=2.0)
    client = mock(limits=Limits(idle=0.1))

    reply = client.get("/v2/books/1")
    assert (reply.status_code, "does not answer in time" in reply.text) == (504, True)


def test_a_reply_that_never_ends_is_given_up(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (b" ",) * 200, pause=0.05)
    client = mock(limits=Limits(whole=0.3))

    began = time.monotonic()
    assert client.get("/v2/books/1").status_code == 504
    assert time.monotonic() - began < 8


def test_a_reply_that_is_too_long_is_not_passed_on(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (b'"' + b"x" * 600, b"x" * 600 + b'"'))
    reply = mock(limits=Limits(size=1000)).get("/v2/books/1")

    assert (reply.status_code, "longer than 1000 bytes" in reply.text) == (502, True)


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(real: RealServer, mock: Mock) -> None:
    reply = mock().post("/v2/books", content=b"x" * (4 * 1024 * 1024 + 1), headers=JSON)

    assert (reply.status_code, list(reply.json())) == (413, ["error"])
    assert real.asked == []


def test_other_bodies_are_passed_on_as_they_come(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (b"a,b\n", b"1,2\n", b"3,4\n"), {"content-type": "text/csv"}, pause=0.2)
    with mock().stream("GET", "/v2/export") as reply:
        began = time.monotonic()
        pieces = [(piece, time.monotonic() - began) for piece in reply.iter_bytes()]

    assert b"".join(piece for piece, _ in pieces) == b"a,b\n1,2\n3,4\n"
    assert len(pieces) > 1


def test_other_bodies_are_cut_at_the_limit(real: RealServer, mock: Mock, caplog: pytest.LogCaptureFixture) -> None:
    real.reply = Reply(200, (b"x" * 600, b"x" * 600), {"content-type": "text/csv"}, pause=0.05)
    client = mock(limits=Limits(size=1000))

    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/v2/export")
    assert "too long and is cut" in caplog.text


def test_a_body_that_is_encoded_is_read_judged_and_passed_on_plain(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (gzip.compress(b'{"id": 7}'),), {**JSON, "content-encoding": "gzip"})
    client = mock()
    reply = client.get("/v2/books/7")

    assert ("content-encoding" in reply.headers, reply.json()) == (False, {"id": 7})
    assert last(client)["breaches"] == ["reply: title: is required"]


def test_a_body_in_a_coding_that_is_not_known_is_passed_on_as_it_is(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (b"\x00\x01",), {**JSON, "content-encoding": "x-own"})
    reply = mock().get("/v2/books/7")

    assert (reply.content, reply.headers["content-encoding"]) == (b"\x00\x01", "x-own")


def test_a_body_that_is_not_in_its_coding_is_refused(real: RealServer, mock: Mock) -> None:
    real.reply = Reply(200, (b"plain",), {**JSON, "content-encoding": "gzip"})

    assert mock().get("/v2/books/7").status_code == 502


def test_head_and_empty_replies_have_no_body(real: RealServer, mock: Mock) -> None:
    client = mock()
    real.reply = Reply(204, (), {})
    assert client.delete("/v2/books/7").status_code == 204
    assert last(client)["breaches"] == []
    real.reply = Reply(200, (), {**JSON, "content-length": "26"})
    reply = client.head("/v2/books/7")
    assert (reply.content, reply.headers["content-length"]) == (b"", "26")
    assert real.asked[-1].method == "HEAD"


def test_forced_replies_and_preferences_come_first(real: RealServer, mock: Mock) -> None:
    client = mock()
    client.post("/_mock/replies", json={"operation": "getBook", "status": 503}).raise_for_status()

    assert client.get("/v2/books/1").status_code == 503
    assert client.get("/v2/books/1", headers={"Prefer": "code=404"}).status_code == 404
    assert real.asked == []


def test_a_request_that_comes_back_has_gone_in_a_circle(real: RealServer, mock: Mock) -> None:
    client = mock()
    client.get("/v2/books/1", headers={"Via": "1.0 other"})
    via = real.asked[0].headers["via"]
    reply = client.get("/v2/books/1", headers={"Via": via})

    assert via.startswith("1.0 other, 1.1 understudy-")
    assert (reply.status_code, "leads back to the mock itself" in reply.text) == (502, True)
    assert len(real.asked) == 1
