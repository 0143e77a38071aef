"""The context of a check: finding, creating, calling and judging."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aimed import begun

from understudy.conformance.evidence.errors import OutOfScopeError, PrerequisiteError, UnexpectedReplyError
from understudy.conformance.evidence.matchers import answers
from understudy.conformance.judging.context import (
    CheckContext,
    UndeclaredClauseError,
    attribute,
    identify,
    paging,
    remedy_for,
)
from understudy.conformance.judging.scenario_runner import Run

KIT = "participant-kit"


@pytest.fixture
def run(addresses: Callable[[str], str]) -> Run:
    return begun(KIT, addresses(KIT))


@pytest.fixture
def ctx(run: Run) -> CheckContext:
    return run.context("test")


def test_a_path_parameter_is_filled_in_with_an_existing_object(ctx: CheckContext) -> None:
    assert ctx.call("retrieve_study").status == 200


def test_a_setting_overrides_what_is_found(addresses: Callable[[str], str]) -> None:
    ctx = begun(KIT, addresses(KIT), settings={"study_id": "stu_mine"}).context("test")

    assert ctx.address(ctx.contract.operations["retrieve_study"]) == "/v1/studies/stu_mine"


def test_a_get_request_is_not_sent_twice_unless_fresh(run: Run, ctx: CheckContext) -> None:
    first = ctx.call("list_projects")

    assert ctx.call("list_projects") is first
    assert ctx.call("list_projects", fresh=True) is not first


def test_a_judgement_is_recorded_and_nothing_is_raised(run: Run, ctx: CheckContext) -> None:
    held = ctx.judge("PK-095", ctx.call("retrieve_study", path={"study_id": "stu_none"}), answers(200))

    assert held is False
    assert [each.check for each in run.judgements["PK-095"]] == ["test"]
    assert "curl" in run.judgements["PK-095"][0].curl


def test_a_check_judges_only_what_its_decorator_lists(run: Run) -> None:
    check = next(each for each in run.checks if each.name == "paging.lists-do-not-fail")
    ctx = run.context_of(check)
    reply = ctx.call("list_projects")
    ctx.judge("paging.stranger", reply, answers(200))

    with pytest.raises(UndeclaredClauseError, match=r"paging\.lists-do-not-fail judges PK-095"):
        ctx.judge("PK-095", reply, answers(200))
    with pytest.raises(UndeclaredClauseError, match="judges PK-095"):
        ctx.holds(("paging.stranger", "PK-095"), reply, True, "a list")
    with pytest.raises(UndeclaredClauseError, match=r"judges paging\.walk"):
        ctx.over("paging.walk")


def test_objects_of_the_run_are_not_found(run: Run, ctx: CheckContext) -> None:
    ctx.listed("list_studies")
    made = ctx.make("create_study").at("id")

    assert made not in {identify(each) for each in run.finder.existing(ctx, "study")}
    run.tidy()


def test_a_missing_prerequisite_stops_a_check_with_the_reason(ctx: CheckContext) -> None:
    with pytest.raises(PrerequisiteError, match="the target has no study that this check could use"):
        ctx.some("study", like=lambda each: False)


def test_a_missing_prerequisite_names_what_would_help(ctx: CheckContext) -> None:
    with pytest.raises(PrerequisiteError) as raised:
        ctx.some("study", like=lambda each: False)

    assert raised.value.remedy == "create a study on the target"
    assert remedy_for("participant_group", "group_id").endswith("on the target, or name one with --set group_id=VALUE")


def test_an_unexpected_reply_is_not_a_missing_prerequisite(ctx: CheckContext) -> None:
    with pytest.raises(UnexpectedReplyError, match="no page"):
        ctx.rely(False, "no page")
    with pytest.raises(UnexpectedReplyError, match="is not successful: 404"):
        ctx.listed("list_projects", at="/v1/nowhere")


def test_the_first_of_no_items_records_what_was_looked_for(run: Run, ctx: CheckContext) -> None:
    for _ in ctx.first("PK-095", [], "a study"):
        raise AssertionError
    found = next(each for each in run.results() if each.clause == "PK-095")

    assert ctx.first("PK-095", ["one", "two"], "a study") == ["one"]
    assert found.lacking
    assert found.actual == "the target has too little data to show it: looked for a study, saw none"


def test_a_check_that_is_not_allowed_is_left_out(ctx: CheckContext) -> None:
    with pytest.raises(OutOfScopeError, match="costs money"):
        ctx.reach(False, "costs money")


def test_the_same_seed_draws_the_same_object(addresses: Callable[[str], str]) -> None:
    drawn = {identify(begun(KIT, addresses(KIT)).context("test").some("study")) for _ in range(2)}

    assert len(drawn) == 1


def test_a_link_to_another_host_is_not_followed(ctx: CheckContext) -> None:
    with pytest.raises(PrerequisiteError, match="leads away from"):
        ctx.follow("http://elsewhere.example/v1/projects", ctx.call("list_projects"))


def test_a_page_is_requested_with_the_contracts_parameters(ctx: CheckContext) -> None:
    assert paging(ctx.contract.operations["list_projects"], page=2, size=5) == [("limit", 5), ("page", 2)]


def test_an_attribute_is_found_where_json_api_keeps_it() -> None:
    assert attribute({"attributes": {"name": "x"}}, "name") == "x"
