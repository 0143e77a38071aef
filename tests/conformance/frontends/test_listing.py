"""The list of what a run would judge, and explanations of clauses and checks."""

from __future__ import annotations

import re

import pytest

from understudy.conformance import Profile, Target
from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.frontends.listing import WIDTH, decisions, explained, plan
from understudy.conformance.judging.generated_cases import NAME
from understudy.conformance.judging.registry import checks
from understudy.specs import Clause, apis, load

KIT = load("participant-kit")
#: Nothing answers there: a plan is made without any request.
NOWHERE = Target("http://127.0.0.1:9", {"default": "mock-token", "other": "mock-other-token"})


def listed(*clauses: str, writes: bool = False, target: Target = NOWHERE) -> list[str]:
    return plan(KIT, target, Profile(writes=writes), clauses).splitlines()


def some(level: str = "documented", **members: bool) -> Clause:
    """A clause that is judged, or one that has these members."""
    wanted = {"excluded": False, "retired": False, **members}
    return next(
        each
        for each in KIT.clauses
        if each.level == level and all(bool(getattr(each, name)) is held for name, held in wanted.items())
    )


def entry(text: str, name: str) -> str:
    """The line of an explanation that begins with a name."""
    return next(line for line in text.splitlines() if line.startswith(f"  {name} "))


# --- what would be judged ---------------------------------------------------------------------------------------------


def test_every_clause_has_a_line_and_the_last_one_counts_them() -> None:
    # What stands below a clause, its place and the reason of its level, is indented.
    lines = [line for line in listed(writes=True) if not line.startswith(" ")]
    standing = sorted(clause.id for clause in KIT.clauses if not clause.retired)

    assert sorted(line[:6] for line in lines[:-1]) == standing
    assert re.fullmatch(r"\d+ clauses judged by \d+ checks, \d+ left out", lines[-1])


def test_a_clause_is_listed_with_its_level_and_its_checks() -> None:
    names = sorted(each.name for each in checks(KIT) if "PK-027" in each.clauses(KIT) and not each.writes)

    assert listed("PK-027")[0] == f"PK-027  documented  {', '.join(names)}"


def test_a_clause_that_needs_writes_is_listed_with_the_reason() -> None:
    assert listed("PK-080")[0] == "PK-080  not judged  needs writes; judged with --allow-writes"


def test_a_clause_that_needs_another_credential_is_listed_with_the_reason() -> None:
    alone = Target("http://127.0.0.1:9", {"default": "mock-token"})

    assert [line for line in listed(target=alone) if line.startswith("PK-009  not judged") and "--token other=" in line]


# --- what stands behind a name ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PK-027", "pk-027"])
def test_a_clause_is_explained_by_its_statement_and_source(name: str) -> None:
    clause = next(each for each in KIT.clauses if each.id == "PK-027")
    text = explained(name)

    assert text.startswith("PK-027  Participant Kit\n")
    assert " ".join(clause.statement.split()) in " ".join(text.split())
    assert clause.source in entry(text, "source")


def test_no_line_of_an_explanation_is_longer_than_a_terminal() -> None:
    lines = [line for clause in KIT.clauses[::10] for line in explained(clause.id).splitlines()]

    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("documented", "breaking it is a failure"),
        ("implied", "breaking it is a warning, with --strict a failure"),
        ("ambiguous", "every reasonable reading passes"),
    ],
)
def test_what_breaking_a_clause_means_is_explained(level: str, words: str) -> None:
    assert words in " ".join(explained(some(level).id).split())


def test_a_clause_that_cannot_be_judged_says_why_and_names_no_check() -> None:
    text = explained(some(excluded=True).id)

    assert "\n  not judged " in text
    assert "\n  checks " not in text


def test_a_clause_names_the_checks_that_judge_it() -> None:
    names = [each.name for each in checks(KIT) if "PK-027" in each.clauses(KIT)]
    text = explained("PK-027")

    assert names
    assert [name for name in names if name not in text] == []


def test_a_clause_of_every_operation_names_none_of_them() -> None:
    clause = next(each for each in KIT.clauses if each.operations == ("*",))

    assert entry(explained(clause.id), "operations").split() == ["operations", "all"]


def test_a_decision_is_shown_as_in_the_readme() -> None:
    clause = next(each for each in KIT.clauses if each.decision)
    name = str(clause.decision).split(", ")[0]

    assert decisions(KIT)[name].split(";")[0] in " ".join(explained(clause.id).split())


def test_a_row_of_a_readme_may_describe_several_decisions() -> None:
    described = decisions(load("prolific"))

    assert described["A-PR-08"] == described["A-PR-09"]


def test_a_decision_of_another_api_is_shown_as_well() -> None:
    assert decisions(KIT)["A-PK-26"] in " ".join(explained("CK-109").split())


def test_every_decision_that_a_register_names_is_in_a_readme() -> None:
    contracts = [load(api) for api in apis()]
    names = {name for each in contracts for clause in each.clauses for name in (clause.decision or "").split(", ")}

    assert names - {""} - set().union(*map(decisions, contracts)) == set()


def test_a_check_is_explained_by_what_it_needs_and_judges() -> None:
    check = next(each for each in checks(KIT) if each.writes and each.roles)
    text = explained(check.name)

    assert text.startswith(f"{check.name}\n")
    assert "--allow-writes" in entry(text, "needs")
    assert "Participant Kit: " in text


def test_the_generator_is_explained_like_a_check() -> None:
    assert explained(NAME).startswith(f"{NAME}\n")
    assert "--quick" in entry(explained(NAME), "needs")


@pytest.mark.parametrize(
    ("name", "near"), [("PK-0271", "PK-027"), ("paging.a-page-holds-as-many-as-askd-for", "paging.a-page-holds")]
)
def test_an_unknown_name_is_answered_with_similar_names(name: str, near: str) -> None:
    with pytest.raises(UsageError, match=f"There is no clause or check '{name}'. Similar names are .*{near}"):
        explained(name)


def test_a_name_unlike_any_other_is_answered_without_suggestions() -> None:
    with pytest.raises(UsageError, match=r"There is no clause or check '§§§§'\.$"):
        explained("§§§§")
