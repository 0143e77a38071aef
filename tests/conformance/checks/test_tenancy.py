"""Unknown ids have the format of existing ones."""

from __future__ import annotations

import re

import pytest
from aimed import target

from understudy.conformance import Profile
from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import load


def drawn(api: str, operation: str, parameter: str, seed: int = 1) -> str:
    run = Run(load(api), target(api, "http://127.0.0.1:9"), Profile(), seed)
    run.client.close()
    return unknown(run.context("test"), run.contract.operations[operation], parameter)


@pytest.mark.parametrize(
    ("api", "operation", "parameter", "form"),
    [
        ("participant-kit", "retrieve_study", "study_id", "stu_[0-9a-z]{12}"),
        ("prolific", "get_study", "id", "[0-9a-f]{24}"),
        ("forsta", "list_respondents", "surveyId", "9+"),
        ("lookit", "read_child", "child_id", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ],
)
def test_an_unknown_id_has_the_right_format(api: str, operation: str, parameter: str, form: str) -> None:
    assert re.fullmatch(form, drawn(api, operation, parameter))


def test_the_same_seed_draws_the_same_id() -> None:
    study = ("participant-kit", "retrieve_study", "study_id")

    assert drawn(*study) == drawn(*study) != drawn(*study, seed=2)
