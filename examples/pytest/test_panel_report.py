"""Example of a project under test: it calls the vendor at an address that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from understudy import Understudy


@dataclass(frozen=True)
class Study:
    """What these tests need of a record."""

    id: str
    name: str


def names_of_studies(address: str, token: str) -> list[str]:
    """The code under test: walks through all pages, and tries again after a 429."""
    names: list[str] = []
    page = 1
    while True:
        reply = httpx.get(
            f"{address}/v1/studies",
            params={"limit": 100, "page": page},
            headers={"Authorization": f"Bearer {token}"},
        )
        if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
            continue
        reply.raise_for_status()
        studies = reply.json()["data"]
        if not studies:
            return names
        names += [study["name"] for study in studies]
        page += 1


def test_it_reads_every_page(understudy: Understudy) -> None:
    assert len(names_of_studies(understudy.url("participant-kit"), "mock-token")) == 130


def test_it_tries_again_when_it_asked_too_often(understudy: Understudy) -> None:
    understudy.control.force(api="participant-kit", operation="list_studies", status=429)

    names_of_studies(understudy.url("participant-kit"), "mock-token")

    understudy.control.assert_requests(1, operation="list_studies", status="429")


def test_it_asks_for_pages_of_a_hundred(understudy: Understudy) -> None:
    names_of_studies(understudy.url("participant-kit"), "mock-token")

    understudy.control.expect_request(operation="list_studies", query={"limit": "100", "page": "2"}, status=200)


def test_it_reads_what_was_made_meanwhile(understudy: Understudy) -> None:
    studies = understudy.control.records("participant-kit", "study", Study)
    studies.change(studies.list()[0].id, name="A new name")

    assert "A new name" in names_of_studies(understudy.url("participant-kit"), "mock-token")


def test_it_gives_up_when_the_service_is_down(understudy: Understudy) -> None:
    understudy.control.scenario("maintenance")

    with pytest.raises(httpx.HTTPStatusError, match="503"):
        names_of_studies(understudy.url("participant-kit"), "mock-token")


@pytest.mark.understudy(scenario="empty")
def test_an_empty_organisation_has_no_studies(understudy: Understudy) -> None:
    assert names_of_studies(understudy.url("participant-kit"), "mock-token") == []
