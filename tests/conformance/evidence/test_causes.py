"""Findings that follow from others name them, so that one cause is one finding."""

from __future__ import annotations

from reporting import result

from understudy.conformance import Result, Verdict
from understudy.conformance.evidence.causes import Causes
from understudy.conformance.evidence.exchange import NO_REPLY, Exchange, Request
from understudy.conformance.evidence.findings import Judgement, Outcome


def seen(number: int) -> Exchange:
    return Exchange(number, Request("GET", "http://h/v1/studies", ()), NO_REPLY)


def linked(causes: Causes, *results: Result, at: dict[str, int] | None = None, **because: str) -> dict[str, str]:
    """Clause -> the clause from which it follows; `at` are the numbers of the exchanges that show them."""
    deciding = {
        each.clause: Judgement(
            each.clause,
            each.check,
            Outcome.BROKEN,
            exchanges=(seen((at or {}).get(each.clause, index)),),
            because=because.get(each.clause.replace("-", "_"), ""),
        )
        for index, each in enumerate(results, 1)
    }
    return {each.clause: each.because for each in causes.linked(results, deciding) if each.because}


def broken(clause: str, actual: str, verdict: Verdict = Verdict.FAIL, **more: object) -> Result:
    return result(clause, verdict, actual=actual, **more)


def test_findings_of_their_own_follow_from_nothing() -> None:
    assert linked(Causes(), broken("PK-027", "20 objects"), broken("PK-028", "19 objects")) == {}


def test_a_check_can_name_the_cause() -> None:
    assert linked(Causes(), broken("PK-027", "a"), broken("PK-028", "b"), PK_028="PK-027") == {"PK-028": "PK-027"}


def test_the_rules_of_an_api_can_name_causes() -> None:
    causes = Causes({"PK-027": ("PK-028", "PK-029")})

    assert linked(causes, broken("PK-027", "a"), broken("PK-028", "b")) == {"PK-028": "PK-027"}
    assert linked(causes, result("PK-027"), broken("PK-028", "b")) == {}


def test_the_same_evidence_with_the_same_reason_is_one_finding_of_the_narrowest_clause() -> None:
    wide = broken("PK-027", "500", operations=("*",))
    narrow = broken("PK-028", "500", operations=("list_studies",))

    assert linked(Causes(), wide, narrow, at={"PK-027": 4, "PK-028": 4}) == {"PK-027": "PK-028"}
    assert linked(Causes(), wide, narrow, at={"PK-027": 4, "PK-028": 5}) == {}


def test_two_findings_never_follow_from_each_other() -> None:
    causes = Causes({"PK-027": ("PK-028",)})
    wide = broken("PK-027", "500", operations=("*",))
    narrow = broken("PK-028", "500", operations=("list_studies",))

    assert linked(causes, wide, narrow, at={"PK-027": 4, "PK-028": 4}) == {"PK-028": "PK-027"}


def test_what_fails_does_not_follow_from_what_only_warns_of_the_same() -> None:
    warns = broken("PK-028", "500", Verdict.WARNING, operations=("list_studies",))
    fails = broken("PK-027", "500", operations=("*",))

    assert linked(Causes(), warns, fails, at={"PK-027": 4, "PK-028": 4}) == {"PK-028": "PK-027"}


def test_a_finding_about_a_faulty_member_follows_from_the_clause_that_states_the_fault() -> None:
    causes = Causes()
    causes.note(9, "PK-022", "Study.created_at")
    about, other = broken("PK-027", "objects have no created_at"), broken("PK-028", "20 objects")
    fault = broken("PK-022", "created_at is 7")

    assert linked(causes, fault, about, other, at={"PK-027": 9, "PK-028": 9}) == {"PK-027": "PK-022"}


def test_a_clause_that_was_not_shown_for_a_faulty_reply_follows_from_its_fault() -> None:
    causes = Causes()
    causes.note(9, "PK-022", "Study.created_at")
    hidden = result("PK-027", Verdict.NOT_SHOWN, actual="a reply does not fit")

    assert linked(causes, broken("PK-022", "7"), hidden, at={"PK-027": 9}) == {"PK-027": "PK-022"}


def test_a_chain_leads_to_its_beginning_and_a_circle_ends() -> None:
    causes = Causes({"PK-027": ("PK-028",), "PK-028": ("PK-029",)})
    circle = Causes({"PK-027": ("PK-028",), "PK-028": ("PK-027",)})
    three = [broken(name, name) for name in ("PK-027", "PK-028", "PK-029")]

    assert linked(causes, *three) == {"PK-028": "PK-027", "PK-029": "PK-027"}
    assert set(linked(circle, *three[:2])) <= {"PK-027", "PK-028"}
