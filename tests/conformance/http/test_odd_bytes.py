"""Replies with a byte order mark, a half character, a member twice or broken bytes: judged, and reported once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aimed import FULL, judged
from between import Between
from live import running

from understudy.conformance import Profile, Report, Verdict
from understudy.conformance.report import terminal
from understudy.conformance.report.formats import as_html, as_json

KIT = "participant-kit"


def marked(body: bytes) -> bytes:
    return b"\xef\xbb\xbf" + body


def doubled(body: bytes) -> bytes:
    return b'{"object": "list", ' + body[1:] if body.startswith(b'{"object"') else body


def broken(body: bytes) -> bytes:
    """A member beside the titles of recordings, in another encoding than the one that is announced."""
    return body.replace(b'"title":', b'"place":"caf\xe9","title":')


def halved(body: bytes) -> bytes:
    return body.replace(b'"title":"', b'"title":"\\ud800 ')


def report_on(odd: Callable[[bytes], bytes], profile: Profile) -> Report:
    def change(scope: dict[str, Any], headers: list[tuple[bytes, bytes]], body: bytes) -> Any:
        mine = odd in {marked, doubled} or scope["path"].startswith("/v1/data_links")
        return headers, odd(body) if mine and scope["method"] == "GET" and scope["status"] == 200 else body

    with running(Between(KIT, change)) as address:
        return judged(KIT, address, profile)


#: What is odd about a reply, and what the kit says of it.
ODD = (
    (marked, "the body begins with a byte order mark (bytes EF BB BF)"),
    (doubled, 'an object has the member "object" more than once'),
    (broken, "the body is not valid UTF-8: invalid continuation byte at byte"),
)


@pytest.mark.parametrize(
    ("profile", "odd", "words"),
    [
        *((Profile(), *each) for each in ODD),
        *(pytest.param(FULL, *each, marks=pytest.mark.long) for each in ODD),
    ],
)
def test_an_odd_reply_is_one_finding(odd: Callable[[bytes], bytes], words: str, profile: Profile) -> None:
    report = report_on(odd, profile)
    found = [each for each in report.results if each.verdict in {Verdict.FAIL, Verdict.WARNING, Verdict.ERROR}]

    assert [each.clause for each in found] == ["PK-001"]
    assert words in found[0].actual
    assert report.count(Verdict.PASS) > 80
    json.dumps(as_json.document(report), ensure_ascii=False).encode()
    as_html.page(report).encode()
    terminal.show(report)


def test_half_a_character_is_judged_like_any_other() -> None:
    report = report_on(halved, Profile())

    assert [each.clause for each in report.results if each.verdict in {Verdict.FAIL, Verdict.ERROR}] == []
    assert any("half of a character (\\ud800)" in remark for remark in report.remarks)
    json.dumps(as_json.document(report), ensure_ascii=False).encode()
