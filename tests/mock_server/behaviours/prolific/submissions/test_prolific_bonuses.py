"""Bonuses: worked out from lines of text, paid once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prolific_play import (
    API,
    FOREIGN_STUDY,
    NOWHERE,
    PAID,
    PEOPLE,
    STUDY,
    SUBMISSION,
    balance,
    completed,
    draft,
    ok,
    published,
    refused,
    submission_of,
)


def _set_up(client: httpx.Client, text: Any, study: str = STUDY) -> httpx.Response:
    return client.post(f"{API}/submissions/bonus-payments/", json={"study_id": study, "csv_bonuses": text})


def _pay(client: httpx.Client, batch: dict[str, Any]) -> httpx.Response:
    return client.post(f"{API}/bulk-bonus-payments/{batch['id']}/pay/")


def _bonuses(client: httpx.Client, participant: str) -> list[int]:
    listing = ok(client.get(f"{API}/submissions/", params={"study": STUDY, "limit": 200}))["results"]
    submission = next(each for each in listing if each["participant_id"] == participant)
    bonuses: list[int] = submission_of(client, submission)["bonus_payments"]
    return bonuses


@pytest.mark.clauses("PR-027", "PR-028", "PR-029", "PR-032", "PR-039", "PR-041", "PR-042", "PR-043", "PR-031", "PR-448")
def test_two_bonuses_of_4_25_cost_a_third_more_and_its_tax(client: httpx.Client) -> None:
    batch = ok(_set_up(client, f"{PAID[0]},4.25\n{PAID[1]},4.25"), 201)

    assert (batch["study"], batch["amount"], batch["fees"], batch["vat"]) == (STUDY, 850, 283.34, 56.67)
    assert batch["total_amount"] == 1190.01
    assert ok(_set_up(client, f"{PAID[0]},4.25\n{PAID[1]},4.25\n"), 201)["amount"] == 850


@pytest.mark.clauses("PR-041", "PR-042")
def test_a_workspace_that_pays_no_tax_is_charged_the_fees_alone(client: httpx.Client) -> None:
    overseas = "65786062db3b35bcbeb07c01"
    person = ok(client.post("/_mock/prolific/participants", json={"country": "US"}), 201)["id"]
    completed(client, overseas, "ABC123", participant_id=person)
    batch = ok(_set_up(client, f"{person},8.50", overseas), 201)

    assert (batch["amount"], batch["fees"], batch["vat"], batch["total_amount"]) == (850, 283.34, 0, 1133.34)


@pytest.mark.clauses("PR-030", "PR-029")
def test_ids_of_participants_and_submissions_may_be_mixed(client: httpx.Client) -> None:
    study = published(client)
    first, second = (completed(client, study, participant_id=id) for id in PEOPLE[:2])
    text = f" {first['id']} , 1.5 \r\n\r\n{PEOPLE[1]},2\r\n"
    batch = ok(_set_up(client, text, study["id"]), 201)
    ok(_pay(client, batch), 202)

    assert batch["amount"] == 350
    assert submission_of(client, first)["bonus_payments"] == [150]
    assert submission_of(client, second)["bonus_payments"] == [200]


@pytest.mark.clauses("PR-028")
def test_an_id_that_stands_twice_is_paid_twice(client: httpx.Client) -> None:
    batch = ok(_set_up(client, f"{PAID[0]},1\n{PAID[0]},2"), 201)
    ok(_pay(client, batch), 202)

    assert _bonuses(client, PAID[0]) == [100, 200]


@pytest.mark.clauses("PR-034", "PR-035", "PR-036")
def test_ids_that_took_no_part_are_all_named_and_nothing_is_made(client: httpx.Client) -> None:
    before = balance(client)
    refused(_set_up(client, f"{PAID[0]},1\n{NOWHERE},1\n{PEOPLE[0]},1"), NOWHERE, PEOPLE[0])

    assert balance(client) == before
    assert _bonuses(client, PAID[0]) == []


@pytest.mark.clauses("PR-517", "PR-518")
@pytest.mark.parametrize(
    "line",
    [
        "{id}",
        "{id},",
        ",1",
        "{id},0",
        "{id},0.00",
        "{id},-1",
        "{id},1.234",
        "{id},1,2",
        "{id},one",
        "{id},1e3",
        "{id},£1",
        "{id},NaN",
        "{id};1",
        "id,amount",
        "{id},99999999",
        "{id},١",
    ],
)
def test_a_line_that_is_none_is_refused_with_its_number(client: httpx.Client, line: str) -> None:
    refused(_set_up(client, f"{PAID[0]},1\n" + line.format(id=PAID[1])), "csv_bonuses", "line 2")


@pytest.mark.clauses("PR-037", "PR-517", "PR-518")
@pytest.mark.parametrize("text", ["", "\n \n", None, 5, ["x,1"]])
def test_a_text_without_lines_is_refused(client: httpx.Client, text: Any) -> None:
    refused(_set_up(client, text), "csv_bonuses")


@pytest.mark.clauses("PR-037")
@pytest.mark.parametrize("study", [NOWHERE, FOREIGN_STUDY, ""])
def test_bonuses_are_for_a_study_of_ones_own(client: httpx.Client, study: str) -> None:
    refused(_set_up(client, f"{PAID[0]},1", study), "study_id")


@pytest.mark.clauses("PR-033")
def test_setting_up_pays_nothing(client: httpx.Client) -> None:
    before = balance(client)
    ok(_set_up(client, f"{PAID[0]},4.25"), 201)

    assert balance(client) == before
    assert _bonuses(client, PAID[0]) == []


@pytest.mark.clauses("PR-019", "PR-021", "PR-022", "PR-025", "PR-040")
def test_paying_lowers_the_balance_and_shows_on_the_submission(client: httpx.Client) -> None:
    batch = ok(_set_up(client, f"{PAID[0]},3\n{SUBMISSION},6"), 201)
    before = balance(client)
    answer = ok(_pay(client, batch), 202)

    assert isinstance(answer, str)
    assert batch["total_amount"] == 1260
    assert balance(client)["total_balance"] == before["total_balance"] - 1260
    assert balance(client)["available_balance"] == before["available_balance"] - 1260
    assert _bonuses(client, PAID[0]) == [300]
    assert submission_of(client, SUBMISSION)["bonus_payments"] == [600]


@pytest.mark.clauses("PR-024")
def test_a_batch_is_paid_once(client: httpx.Client) -> None:
    batch = ok(_set_up(client, f"{PAID[0]},3"), 201)
    ok(_pay(client, batch), 202)
    after = balance(client)

    refused(_pay(client, batch))
    assert balance(client) == after
    assert _bonuses(client, PAID[0]) == [300]


@pytest.mark.clauses("PR-026")
def test_a_batch_that_the_balance_cannot_cover_is_not_paid(client: httpx.Client) -> None:
    batch = ok(_set_up(client, f"{PAID[0]},90000"), 201)
    before = balance(client)

    refused(_pay(client, batch), "balance")
    assert balance(client) == before
    assert _bonuses(client, PAID[0]) == []


@pytest.mark.clauses("PR-023")
def test_an_unknown_batch_is_not_found(client: httpx.Client, collaborator: httpx.Client) -> None:
    refused(_pay(client, {"id": NOWHERE}), status=404)
    batch = ok(_set_up(client, f"{PAID[0]},1"), 201)
    ok(_pay(collaborator, batch), 202)


@pytest.mark.clauses("PR-034")
def test_a_draft_has_nobody_to_pay(client: httpx.Client) -> None:
    refused(_set_up(client, f"{PAID[0]},1", draft(client)["id"]), PAID[0])
