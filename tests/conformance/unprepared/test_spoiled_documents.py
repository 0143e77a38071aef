"""The mock of a document is judged to conform, and each fault that is planted in front of it is found."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from understudy.mock_server.app import create_app
from understudy.specs import Clause
from unprepared.judging import FOLDER, OWN, PUBLISHED, broken, contract, judged
from unprepared.spoiling import FAULTS, Fault, Spoiled

missing = pytest.mark.skipif(not FOLDER.is_dir(), reason="the development documents are not beside this checkout")
#: The largest of all, of which a run takes as long as of the others together.
LARGEST = "box.json"
#: Documents of others of which a run takes a second or more.
LARGE = {LARGEST, "twilio-conversations.json", "digitalocean/DigitalOcean-public.v2.yaml"}
DOCUMENTS = [
    *OWN,
    *(pytest.param(each, marks=[missing, *[pytest.mark.long] * (each in LARGE)]) for each in PUBLISHED),
]
#: Documents of others on which every fault is tried.
TRIED = (
    "prolific.yml",
    "resend.yaml",
    "museum.yaml",
    "jatos.yaml",
    "digitalocean/DigitalOcean-public.v2.yaml",
    LARGEST,
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_mock_of_a_document_conforms(document: str) -> None:
    report = judged(create_app(contracts=[contract(document)]), contract(document))

    assert broken(report) == {}
    assert report.exit_code == 0
    assert report.leftovers == ()


@pytest.mark.parametrize(
    "document", [*OWN, *(pytest.param(each, marks=[missing, pytest.mark.long]) for each in PUBLISHED)]
)
def test_the_mock_of_a_document_conforms_for_who_only_reads(document: str) -> None:
    report = judged(create_app(contracts=[contract(document)]), contract(document), writes=False)

    assert report.exit_code == 0
    assert not any(each.verdict == "error" for each in report.results)


@pytest.mark.long
@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_mock_of_a_document_conforms_with_generated_cases(document: str) -> None:
    report = judged(create_app(contracts=[contract(document)]), contract(document), generate=True)

    assert report.exit_code == 0, broken(report)


def _clauses(document: str, fault: Fault) -> list[Clause]:
    of = contract(document)
    return [
        each
        for each in of.clauses
        if each.id.endswith(f"-{fault.topic}") and not each.excluded and fault.on(of, of.operations[each.operations[0]])
    ]


def _found(document: str, fault: Fault) -> bool:
    """Whether the kit finds a fault that is planted in the first operation of a document that it concerns."""
    of = contract(document)
    for clause in _clauses(document, fault)[:6]:
        operation = None if fault.everywhere else of.operations[clause.operations[0]]
        report = judged(Spoiled(of, fault.act, operation), of, only=(clause.id,), strict=True)
        verdict = next(each.verdict for each in report.results if each.clause == clause.id)
        if verdict == "fail":
            return True
    return False


def _due(documents: Sequence[str], fault: Fault) -> list[str]:
    """The documents in which a fault has to be found, and no others."""
    return [each for each in documents if not any(each.startswith(name) for name in fault.but.split())]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.name)
def test_a_planted_fault_is_found(fault: Fault) -> None:
    assert [each for each in OWN if _found(each, fault)] == _due(OWN, fault)


@pytest.mark.long
@missing
@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.name)
def test_a_planted_fault_is_found_in_documents_of_others(fault: Fault) -> None:
    assert [each for each in TRIED if _found(each, fault)] == _due(TRIED, fault)
