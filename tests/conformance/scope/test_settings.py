"""Known and unknown settings of an API."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from understudy import conformance
from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.scope.mapping import mapping
from understudy.conformance.scope.settings import known, validate
from understudy.specs import apis, load

RULES = Path(str(conformance.__file__)).parent / "rules"


def test_required_parameters_can_be_set() -> None:
    assert {"panel_id", "study_id"} <= set(known(load("participant-kit")))


def test_settings_of_the_rules_of_an_api_can_be_set() -> None:
    validate(load("prolific"), ["spend", "callback", "workspace_id"])
    validate(load("forsta"), ["surveyId", "keyVariable"])


def test_a_parameter_of_one_operation_alone_can_be_set() -> None:
    validate(load("participant-kit"), ["retrieve_study.study_id"])


@pytest.mark.parametrize("name", ["foo", "retrieve_study.panel_id", "spend", "limit"])
def test_an_unknown_setting_is_refused_and_the_known_ones_are_named(name: str) -> None:
    with pytest.raises(
        UsageError,
        match=f"There is no setting '{re.escape(name)}' for Participant Kit. The settings are consent_id, .*study_id",
    ):
        validate(load("participant-kit"), ["study_id", name])


@pytest.mark.parametrize("api", apis())
def test_exactly_the_settings_that_rules_read_are_declared(api: str) -> None:
    module = api.replace("-", "_")
    places = [RULES / f"{module}.py", *(RULES / module).rglob("*.py")]
    code = "\n".join(place.read_text("utf-8") for place in places if place.is_file())
    read = set(re.findall(r'settings\.get\("(\w+)"', code))
    declared = set(mapping(load(api)).settings)

    assert declared <= read <= set(known(load(api)))
