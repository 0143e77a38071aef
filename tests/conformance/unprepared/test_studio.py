"""A service whose document a web framework would have made: it may take liberties, and its faults are found."""

from __future__ import annotations

from copy import deepcopy

import httpx
import pytest
from live import running, understudy

from understudy.conformance import Profile, Report, Target, run
from unprepared.judging import broken, contract
from unprepared.studio import TOKEN, Studio

#: What a correct service may do as well.
LIBERTIES = ("soft", "generous", "no nulls", "terse", "sorted", "busy")
#: A fault -> the end of the clause that is broken.
FAULTS = {
    "another status": "create_team_teams_post-status",
    "a page": "read_team_teams__team__get-media-type",
    "incomplete": "read_team_teams__team__get-schema",
    "untyped": "read_film_films__film_id__get-schema",
    "uncounted": "list_teams_teams_get-headers",
    "open": "list_teams_teams_get-credential",
    "trusting": "create_film_teams__team__films_post-body",
    "guessing": "read_team_teams__team__get-unknown",
    "another name": "create_team_teams_post-kept",
    "forgetful": "create_team_teams_post-kept",
    "deaf": "replace_team_teams__team__put-changed",
    "careless": "change_film_films__film_id__patch-changed",
    "keeps": "delete_team_teams__team__delete-gone",
    "undead": "delete_film_films__film_id__delete-gone",
    "unsized": "list_teams_teams_get-size",
    "endless": "list_teams_teams_get-pages",
    "overlapping": "list_films_teams__team__films_get-pages",
    "unfiltered": "list_films_teams__team__films_get-filter",
    "mingled": "list_films_teams__team__films_get-parent",
}


def judged(service: Studio, *, strict: bool = True, generate: bool = False) -> Report:
    with running(service) as address:
        profile = Profile(writes=True, strict=strict)
        return run(contract("studio.json"), Target(address, {"default": TOKEN}), profile, generate=generate)


def test_an_honest_service_conforms_and_loses_nothing() -> None:
    service = Studio()
    teams, films = deepcopy(service.teams), deepcopy(service.films)

    report = judged(service)

    assert broken(report) == {}
    assert report.exit_code == 0
    assert service.teams == teams
    assert films.items() <= service.films.items()
    assert all(film["deleted_at"] for id, film in service.films.items() if id not in films)


@pytest.mark.parametrize("way", LIBERTIES)
def test_an_honest_service_may_take_liberties(way: str) -> None:
    report = judged(Studio(frozenset({way})))

    assert broken(report) == {}
    assert report.exit_code == 0


@pytest.mark.long
def test_an_honest_service_conforms_with_generated_cases() -> None:
    report = judged(Studio(), generate=True)

    assert broken(report) == {}
    assert report.exit_code == 0


@pytest.mark.parametrize(("way", "clause"), FAULTS.items())
def test_a_broken_service_is_found_out(way: str, clause: str) -> None:
    report = judged(Studio(frozenset({way})))

    assert report.exit_code == 1
    assert f"DOC-{clause}" in broken(report)
    assert "curl -sS -i " in next(each.curl for each in report.results if each.clause == f"DOC-{clause}")


def test_a_service_is_judged_by_the_document_that_it_serves_itself() -> None:
    with running(Studio()) as address:
        assert httpx.get(f"{address}/openapi.json").is_success
        judged = understudy(
            *("check", f"{address}/openapi.json", "--url", address, "--token", TOKEN, "--allow-writes", "--quick"),
        )

    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "Studio conforms" in judged.stdout
