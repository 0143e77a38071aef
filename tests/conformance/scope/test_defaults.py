"""Settings that the contract itself provides."""

from __future__ import annotations

import pytest

from understudy.conformance.scope.defaults import defaults, resource_name
from understudy.specs import load


def test_a_survey_that_no_operation_lists_is_the_contracts_example() -> None:
    assert defaults(load("forsta"))["surveyId"] == "p1231234"


def test_what_can_be_listed_has_no_default() -> None:
    assert "study_id" not in defaults(load("participant-kit"))


@pytest.mark.parametrize(
    ("parameter", "resource"),
    [("surveyId", "survey"), ("study_id", "study"), ("participantGroupId", "participant_group")],
)
def test_a_parameter_is_named_after_its_resource(parameter: str, resource: str) -> None:
    assert resource_name(parameter) == resource
