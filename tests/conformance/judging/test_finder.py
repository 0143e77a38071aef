"""A check finds what it needs among the objects that the target already has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aimed import begun

from understudy.conformance.evidence.errors import PrerequisiteError
from understudy.conformance.judging.context import CheckContext, identify
from understudy.conformance.judging.scenario_runner import Run

KIT = "participant-kit"
Begun = Callable[..., Run]


@pytest.fixture
def run(addresses: Callable[[str], str]) -> Iterator[Begun]:
    """`run("forsta", settings={…})` is a run against a server of that API."""
    made: list[Run] = []

    def begin(api: str = KIT, **more: Any) -> Run:
        made.append(begun(api, addresses(api), **more))
        return made[-1]

    yield begin
    for each in made:
        each.tidy()
        each.client.close()


def value(run: Run, operation: str, parameter: str) -> str:
    return run.finder.value(run.context("test"), run.contract.operations[operation], parameter)


def ids(ctx: CheckContext, operation: str, **more: Any) -> list[str]:
    return [identify(each) for each in ctx.listed(operation, **more)]


def test_a_parameter_names_an_object_that_the_target_holds(run: Begun) -> None:
    begun = run()

    assert value(begun, "retrieve_study", "study_id") in ids(begun.context("test"), "list_studies")


def test_what_was_found_once_is_found_again(run: Begun) -> None:
    begun = run()
    first = value(begun, "retrieve_study", "study_id")
    sent = begun.client.sent

    assert value(begun, "retrieve_study", "study_id") == first
    assert begun.client.sent == sent


def test_a_parent_is_the_one_with_the_most_children(run: Begun) -> None:
    begun = run()
    ctx = begun.context("test")
    panels = ids(ctx, "list_panels")
    sizes = {name: len(ids(ctx, "list_panel_panellists", path={"panel_id": name})) for name in panels}

    assert sizes[value(begun, "list_panel_panellists", "panel_id")] == max(sizes.values())


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"study_id": "stu_all"}, "stu_all"),
        ({"study_id": "stu_all", "retrieve_study.study_id": "stu_one"}, "stu_one"),
    ],
)
def test_a_setting_of_one_operation_goes_before_one_for_all(
    run: Begun, settings: dict[str, str], expected: str
) -> None:
    assert value(run(settings=settings), "retrieve_study", "study_id") == expected


def test_the_rules_of_an_api_find_its_own_parameters(run: Begun) -> None:
    begun = run("forsta")
    respondents = begun.context("test").call("list_respondents", query={"pageSize": 100}).at("items")

    assert value(begun, "read_respondent", "respId") in {str(each["respid"]) for each in respondents}


def test_objects_of_the_run_are_never_used(run: Begun) -> None:
    begun = run()
    ctx = begun.context("test")
    made = ctx.make("create_study").at("id")

    assert made in ids(ctx, "list_studies")
    assert made not in {identify(each) for each in begun.finder.existing(ctx, "study")}


def test_what_was_found_is_known(run: Begun) -> None:
    begun = run()
    found = value(begun, "retrieve_study", "study_id")

    assert found in begun.finder.known


@pytest.mark.parametrize(
    ("api", "operation", "parameter", "resource"),
    [
        (KIT, "retrieve_study", "study_id", "study"),
        (KIT, "list_panel_panellists", "panel_id", "panel"),
        ("prolific", "get_study", "id", "study"),
    ],
)
def test_a_path_parameter_names_a_resource(run: Begun, api: str, operation: str, parameter: str, resource: str) -> None:
    begun = run(api)

    assert begun.finder.resource_of(begun.contract.operations[operation], parameter) == resource


def test_a_resource_is_listed_by_what_needs_no_parent(run: Begun) -> None:
    assert run().finder.lister("study").id == "list_studies"


def test_a_resource_that_is_only_listed_below_a_parent_has_no_lister(run: Begun) -> None:
    with pytest.raises(PrerequisiteError, match="no operation lists panellist objects without further parameters"):
        run().finder.lister("panellist")


def test_a_target_without_objects_is_reported_in_words(run: Begun) -> None:
    begun = run()
    begun.client.send(begun.client.request("POST", "/_mock/reset"))
    ctx = begun.context("test")
    for each in ids(ctx, "list_consents"):
        begun.cleanup.made.add(each)

    with pytest.raises(PrerequisiteError, match="the target has no consent, so there is no consent_id"):
        value(begun, "retrieve_consent", "consent_id")
