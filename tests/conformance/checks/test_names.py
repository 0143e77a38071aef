"""A target that loses, changes or cuts the letters of a name is caught; one that keeps or refuses them is not."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any, Literal

import pytest
from aimed import FULL, judged
from between import Answer, Between
from live import running

from understudy.conformance import Report, Verdict

KIT = "participant-kit"
KEPT = ("PK-078", "PK-185")


def changing(change: Callable[[str], str], *paths: str) -> Between:
    """A target that changes names and titles wherever it shows them."""

    def apply(scope: dict[str, Any], headers: list[tuple[bytes, bytes]], body: bytes) -> Any:
        if not scope["path"].startswith(paths) or scope["status"] >= 400:
            return headers, body
        document = json.loads(body)
        for each in document.get("data", [document]):
            for name in ("name", "title"):
                if isinstance(each.get(name), str):
                    each[name] = change(each[name])
        return headers, json.dumps(document).encode()

    return Between(KIT, apply)


def verdicts(target: Any) -> Report:
    with running(target) as address:
        return judged(KIT, address, FULL, *KEPT)


def found(report: Report) -> set[str]:
    return {each.clause for each in report.results if each.verdict is Verdict.FAIL}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.encode("ascii", "ignore").decode(),
        lambda text: text.encode("ascii", "replace").decode(),
        lambda text: text.encode().decode("latin-1"),
        lambda text: "".join(each for each in text if ord(each) < 0x10000),
        lambda text: text.replace("'", "&#39;"),
        lambda text: text[:150],
    ],
    ids=["dropped", "question marks", "latin-1", "no pictures", "escaped", "cut"],
)
def test_changed_letters_are_a_finding(change: Callable[[str], str]) -> None:
    report = verdicts(changing(change, "/v1/studies", "/v1/data_links"))

    assert found(report) == set(KEPT)
    assert all("names.what-is-sent-comes-back" in each.broken_by for each in report.results if each.clause in KEPT)
    assert "at character" in next(each.actual for each in report.results if each.clause == "PK-185")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_same_letters_are_none_in_either_form_of_unicode(form: Literal["NFC", "NFD"]) -> None:
    assert found(verdicts(changing(lambda text: unicodedata.normalize(form, text), "/v1/"))) == set()


def test_a_shorter_limit_on_names_is_the_choice_of_the_target() -> None:
    async def limited(scope: dict[str, Any]) -> Answer | None:
        long = int(dict(scope["headers"]).get(b"content-length", b"0")) > 280
        body = json.dumps({"error": {"type": "invalid_request", "message": "name: is too long", "param": "name"}})
        return (400, [(b"content-type", b"application/json")], body.encode()) if long else None

    report = verdicts(Between(KIT, instead=limited))

    assert found(report) == set()
