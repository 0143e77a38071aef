"""Lists are read page by page until their end, up to a number of pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aimed import begun
from live import running
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from understudy.conformance.checks.paging import page_links_stay_and_end
from understudy.conformance.evidence.errors import PrerequisiteError
from understudy.conformance.evidence.findings import Outcome, Verdict
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import Listing, identity_of, whole
from understudy.conformance.rules.forsta.pages import pages_make_up_the_survey
from understudy.mock_server import create_app
from understudy.specs import load

Read = Callable[..., Listing]


@pytest.fixture
def read(addresses: Callable[[str], str]) -> Iterator[Read]:
    """`read("lookit", "list_children", size=5)` reads a list as the kit does."""
    runs = []

    def listed(api: str, operation: str, **more: Any) -> Listing:
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

    assert len(found.part) == 6
    assert len(found.pages) == 2
    assert not found.complete


@pytest.mark.parametrize(
    "use", [lambda found: found.items, lambda found: found.names, lambda found: found.found(lambda _: False)]
)
def test_a_part_is_not_taken_for_the_whole(read: Read, use: Callable[[Listing], object]) -> None:
    found = read("participant-kit", "list_studies", size=3, far=2)

    with pytest.raises(PrerequisiteError, match="too long to be read whole: 6 objects on 2 pages were read"):
        use(found)


def test_what_is_in_the_part_that_was_read_is_found(read: Read) -> None:
    found = read("participant-kit", "list_studies", size=3, far=2)

    assert found.found(lambda each: each == found.part[4]) == found.part[4]


def test_what_a_whole_list_lacks_is_not_in_it(read: Read) -> None:
    assert read("participant-kit", "list_studies").found(lambda each: each["id"] == "none") is None


@pytest.mark.parametrize("cap", [20, 30])
def test_a_list_whose_pages_are_smaller_than_asked_for_is_read_to_its_end(cap: int) -> None:
    def page(request: Request) -> JSONResponse:
        start = (int(request.query_params["page"]) - 1) * cap
        return JSONResponse({"object": "list", "data": [{"id": f"prj_{n}"} for n in range(70)][start : start + cap]})

    with running(Starlette(routes=[Route("/v1/projects", page)])) as address:
        run = begun("participant-kit", address)
        found = whole(run.context("test"), "list_projects")
        run.client.close()

    assert found.names == [f"prj_{n}" for n in range(70)]


@pytest.mark.parametrize(
    ("api", "operation", "names"),
    [
        ("participant-kit", "list_projects", ("id",)),
        ("forsta", "list_respondents", ("id", "respid")),
        ("prolific", "list_filters", ("filter_id",)),
        ("prolific", "list_event_types", ("event_type",)),
        ("prolific", "list_group_participants", ("id", "participant_id")),
    ],
)
def test_objects_are_identified_by_what_the_contract_calls_their_id(
    api: str, operation: str, names: tuple[str, ...]
) -> None:
    contract = load(api)

    assert identity_of(contract, contract.operations[operation])[: len(names)] == names


def test_a_missing_page_is_the_end_of_a_list(read: Read) -> None:
    found = read("lookit", "list_labs", size=1)

    assert found.complete
    assert [page.status for page in found.pages] == [200] * len(found.part)


def test_a_refused_list_stops_the_check(read: Read) -> None:
    with pytest.raises(PrerequisiteError, match="is not successful: 401"):
        read("participant-kit", "list_projects", role=None)


@pytest.mark.parametrize("size", [2, 4, 12])
@pytest.mark.parametrize(
    ("api", "operation", "check", "last"),
    [
        ("prolific", "list_submissions", page_links_stay_and_end, "PR-498"),
        ("forsta", "list_respondents", pages_make_up_the_survey, "FO-040"),
    ],
)
def test_links_through_a_list_longer_than_the_kit_follows_break_nothing(
    api: str,
    operation: str,
    check: Callable[[CheckContext], None],
    last: str,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CheckContext, "some_of", lambda self, *_: [self.contract.operations[operation]])
    with running(create_app([api], size=size)) as address:
        run = begun(api, address)
        check(run.context("test"))
        run.client.close()
    found = [judgement for judgements in run.judgements.values() for judgement in judgements]

    assert Outcome.BROKEN not in {judgement.outcome for judgement in found}
    assert [each.verdict for each in run.results() if each.clause == last] == [Verdict.PASS]
