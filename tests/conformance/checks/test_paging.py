"""Lists are read page by page until their end, up to a number of pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aimed import begun
from live import running

from understudy.conformance.checks.paging import Whole, page_links_lead_through_the_list, whole
from understudy.conformance.evidence.errors import PrerequisiteError
from understudy.conformance.evidence.findings import Outcome
from understudy.mock_server import create_app

Read = Callable[..., Whole]


@pytest.fixture
def read(addresses: Callable[[str], str]) -> Iterator[Read]:
    """`read("lookit", "list_children", size=5)` reads a list as the kit does."""
    runs = []

    def listed(api: str, operation: str, **more: Any) -> Whole:
        runs.append(begun(api, addresses(api)))
        return whole(runs[-1].context("test"), runs[-1].contract.operations[operation], **more)

    yield listed
    for each in runs:
        each.client.close()


def test_a_list_is_read_to_its_end(read: Read) -> None:
    found = read("participant-kit", "list_studies")

    assert found.complete
    assert len(set(found.names)) == len(found.items) > 100


def test_the_size_of_pages_changes_nothing_in_the_list(read: Read) -> None:
    assert read("participant-kit", "list_projects", size=9).names == read("participant-kit", "list_projects").names


def test_a_list_that_is_too_long_is_reported_as_incomplete(read: Read) -> None:
    found = read("participant-kit", "list_studies", size=3, far=2)

    assert len(found.items) == 6
    assert len(found.pages) == 2
    assert not found.complete


def test_a_missing_page_is_the_end_of_a_list(read: Read) -> None:
    found = read("lookit", "list_labs", size=1)

    assert found.complete
    assert [page.status for page in found.pages] == [200] * len(found.items)


def test_a_refused_list_stops_the_check(read: Read) -> None:
    with pytest.raises(PrerequisiteError, match="is not successful: 401"):
        read("participant-kit", "list_projects", role=None)


@pytest.mark.parametrize(("size", "shown"), [(2, True), (4, False)])
def test_links_through_a_list_longer_than_the_kit_reads_break_nothing(size: int, shown: bool) -> None:
    with running(create_app(["forsta"], size=size)) as address:
        run = begun("forsta", address)
        page_links_lead_through_the_list(run.context("test"))
        run.client.close()
    found = [judgement for judgements in run.judgements.values() for judgement in judgements]
    last = run.mapping.of("paging.last-has-no-next")

    assert Outcome.BROKEN not in {judgement.outcome for judgement in found}
    assert [each.lacking for each in run.results() if each.clause in last] == [not shown]
