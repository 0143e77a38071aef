"""Workspaces with their money, projects, and inviting people to them."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import httpx
import pytest
from engine import Engine
from hypothesis import given
from hypothesis import strategies as st
from prolific_play import (
    ADMIN,
    API,
    CONTRASTS,
    FOREIGN,
    NOWHERE,
    OVERSEAS,
    PROJECT,
    WORKSPACE,
    balance,
    draft,
    ok,
    published,
    refused,
)

from understudy.mock_server.behaviours.prolific import money
from understudy.specs import load

INES = "ines.ruiz@example.com"


def _make(client: httpx.Client, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(client.post(f"{API}/workspaces/", json={"title": "Taste lab", **more}), 201)
    return made


def _get(client: httpx.Client, id: str = WORKSPACE) -> dict[str, Any]:
    found: dict[str, Any] = ok(client.get(f"{API}/workspaces/{id}/"))
    return found


@pytest.mark.clauses("PR-347", "PR-348", "PR-386", "PR-440", "PR-438")
def test_who_makes_a_workspace_is_its_admin(client: httpx.Client) -> None:
    made = _make(client)

    assert (made["title"], made["owner"], made["projects"]) == ("Taste lab", ADMIN, [])
    assert [(user["id"], user["roles"]) for user in made["users"]] == [(ADMIN, ["WORKSPACE_ADMIN"])]
    assert _get(client, made["id"]) == made


@pytest.mark.clauses("PR-350", "PR-351", "PR-353", "PR-388")
def test_a_new_workspace_has_a_currency_and_no_money(client: httpx.Client) -> None:
    for more, currency in [({}, "GBP"), ({"currency_code": "GBP"}, "GBP"), ({"currency_code": "USD"}, "USD")]:
        empty = balance(client, _make(client, **more)["id"])
        assert (empty["currency_code"], empty["total_balance"], empty["available_balance"]) == (currency, 0, 0)


@pytest.mark.clauses("PR-349", "PR-350", "PR-352", "PR-456")
@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": None},
        {"currency_code": "EUR"},
        {"currency_code": "gbp"},
        {"naivety_distribution_rate": 1.5},
        {"naivety_distribution_rate": "fast"},
    ],
)
def test_a_workspace_of_another_form_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    refused(client.post(f"{API}/workspaces/", json={"title": "x", **wrong}), next(iter(wrong)))
    if "currency_code" not in wrong:
        refused(client.post(f"{API}/workspaces/{WORKSPACE}/projects/", json={"title": "x", **wrong}), next(iter(wrong)))


@pytest.mark.clauses("PR-352", "PR-168")
@pytest.mark.parametrize("rate", [None, 0, 0.25, 1])
def test_a_rate_is_null_or_between_zero_and_one(client: httpx.Client, rate: Any) -> None:
    body = {"title": "x", "naivety_distribution_rate": rate}

    assert ok(client.post(f"{API}/workspaces/", json=body), 201)["naivety_distribution_rate"] == rate
    made = ok(client.post(f"{API}/workspaces/{WORKSPACE}/projects/", json=body), 201)
    assert made["naivety_distribution_rate"] == rate


@pytest.mark.clauses("PR-385")
def test_a_callers_workspaces_are_listed(client: httpx.Client) -> None:
    made = _make(client)
    listed = ok(client.get(f"{API}/workspaces/", params={"limit": 1000}))["results"]

    assert [w["id"] for w in listed][:2] == [WORKSPACE, OVERSEAS]
    assert made["id"] in [w["id"] for w in listed]
    assert FOREIGN not in [w["id"] for w in listed]


@pytest.mark.clauses("PR-387", "PR-457")
def test_an_admin_changes_title_description_and_rate(client: httpx.Client) -> None:
    made = _make(client, description="ignored")
    change = {"title": "Smell lab", "description": "Noses", "naivety_distribution_rate": 0.1}
    changed = ok(client.patch(f"{API}/workspaces/{made['id']}/", json={**change, "owner": NOWHERE, "id": NOWHERE}))

    assert made["description"] == ""
    assert changed == {**made, **change}
    assert _get(client, made["id"]) == changed
    refused(client.patch(f"{API}/workspaces/{made['id']}/", json={"title": ""}), "title")


@pytest.mark.clauses("PR-513", "PR-128", "PR-537")
def test_a_collaborator_works_in_a_workspace_without_its_rights(collaborator: httpx.Client) -> None:
    refused(collaborator.patch(f"{API}/workspaces/{WORKSPACE}/", json={"title": "Mine"}), status=403)
    made = ok(collaborator.post(f"{API}/workspaces/{WORKSPACE}/projects/", json={"title": "Hues"}), 201)

    assert _get(collaborator)["title"] == "Colour lab"
    assert draft(collaborator, project=made["id"])["workspace"] == WORKSPACE


@pytest.mark.clauses("PR-388", "PR-389", "PR-560")
def test_a_balance_splits_into_rewards_fees_and_vat(client: httpx.Client) -> None:
    poor = _make(client)["id"]
    answer = ok(client.post(f"/_mock/prolific/workspaces/{poor}/funds", json={"amount": 630}))

    assert answer == balance(client, poor)
    assert answer["balance_breakdown"] == {"rewards": 450, "fees": 150, "vat": 30}
    overseas = balance(client, OVERSEAS)
    assert overseas["currency_code"] == "USD"
    assert overseas["balance_breakdown"]["vat"] == 0
    for name, breakdown in [
        ("total_balance", "balance_breakdown"),
        ("available_balance", "available_balance_breakdown"),
    ]:
        assert sum(overseas[breakdown].values()) == overseas[name]


@pytest.mark.clauses("PR-389")
@given(
    st.integers(-(10**15), 10**15),
    st.fractions(0, 3, max_denominator=100),
    st.fractions(0, 2, max_denominator=100),
)
def test_no_part_of_an_amount_has_another_sign(cents: int, fee: Fraction, vat: Fraction) -> None:
    parts = money.breakdown(cents, money.Rates(fee, vat))

    assert sum(parts.values()) == cents
    assert all(part * cents >= 0 for part in parts.values())
    assert parts["vat"] == 0 or vat


@pytest.mark.clauses("PR-389")
@pytest.mark.parametrize(("seed", "size"), [(1, 1), (42, 1), (42, 3), (7, 20), (123456789, 2)])
def test_no_part_of_a_seeded_balance_is_negative(seed: int, size: int) -> None:
    engine = Engine(load("prolific"), seed=seed, size=size)
    for workspace in engine.every("workspace"):
        shown = engine.run(partial(money.balance, workspace=workspace))
        for name in ("balance_breakdown", "available_balance_breakdown"):
            assert min(shown[name].values()) >= 0, workspace


@pytest.mark.clauses("PR-390")
def test_money_bound_to_active_studies_is_not_available(client: httpx.Client) -> None:
    before = balance(client)
    published(client, reward=200, total_available_places=10)
    after = balance(client)

    assert before["available_balance"] < before["total_balance"]
    assert after["available_balance"] == before["available_balance"] - 2800


@pytest.mark.parametrize("amount", [None, "1", 1.5, True, 10**20])
def test_money_is_added_in_whole_numbers(client: httpx.Client, amount: Any) -> None:
    assert client.post(f"/_mock/prolific/workspaces/{WORKSPACE}/funds", json={"amount": amount}).status_code == 400
    assert client.post(f"/_mock/prolific/workspaces/{NOWHERE}/funds", json={"amount": 1}).status_code == 404


@pytest.mark.clauses("PR-164", "PR-165", "PR-166", "PR-167", "PR-170", "PR-391", "PR-392", "PR-457")
def test_who_makes_a_project_is_its_editor(client: httpx.Client) -> None:
    made = ok(client.post(f"{API}/workspaces/{WORKSPACE}/projects/", json={"title": "Hues"}), 201)

    assert (made["title"], made["owner"], made["workspace"]) == ("Hues", ADMIN, WORKSPACE)
    assert [(user["id"], user["roles"]) for user in made["users"]] == [(ADMIN, ["PROJECT_EDITOR"])]
    assert ok(client.get(f"{API}/projects/{made['id']}/")) == made
    listed = ok(client.get(f"{API}/workspaces/{WORKSPACE}/projects/"))["results"]
    assert [project["id"] for project in listed].count(made["id"]) == 1
    assert made["id"] in [project["id"] for project in _get(client)["projects"]]


@pytest.mark.clauses("PR-169")
@pytest.mark.parametrize("workspace", [NOWHERE, FOREIGN])
def test_a_project_needs_a_workspace_of_ones_own(client: httpx.Client, workspace: str) -> None:
    refused(client.post(f"{API}/workspaces/{workspace}/projects/", json={"title": "x"}), status=404)


@pytest.mark.clauses("PR-439")
def test_a_workspace_shows_its_projects_with_their_titles(client: httpx.Client) -> None:
    assert {project["title"] for project in _get(client)["projects"]} == {"Shades", "Contrasts"}


@pytest.mark.clauses("PR-488")
def test_a_project_keeps_its_id_owner_and_workspace(client: httpx.Client) -> None:
    before = ok(client.get(f"{API}/projects/{PROJECT}/"))
    change = {"title": "Tints", "description": "Lighter", "naivety_distribution_rate": 0}
    sent = {**change, "id": NOWHERE, "owner": NOWHERE, "workspace": OVERSEAS, "users": None}

    assert ok(client.patch(f"{API}/projects/{PROJECT}/", json=sent)) == {**before, **change}


@pytest.mark.clauses("PR-129")
def test_a_collaborator_edits_the_projects_that_they_are_an_editor_of(collaborator: httpx.Client) -> None:
    ok(collaborator.patch(f"{API}/projects/{PROJECT}/", json={"description": "Ours"}))
    refused(collaborator.patch(f"{API}/projects/{CONTRASTS}/", json={"description": "Ours"}), status=403)


def _invite(client: httpx.Client, association: str, role: str, *emails: str) -> httpx.Response:
    body = {"association": association, "role": role, "emails": list(emails)}
    return client.post(f"{API}/invitations/", json=body)


@pytest.mark.clauses("PR-114", "PR-117", "PR-119", "PR-120", "PR-123", "PR-124", "PR-125", "PR-126", "PR-454", "PR-455")
def test_each_address_gets_an_invitation(client: httpx.Client) -> None:
    invitations = ok(_invite(client, OVERSEAS, "WORKSPACE_ADMIN", "a@example.com", INES), 201)["invitations"]

    assert [each["invitee"]["email"] for each in invitations] == ["a@example.com", INES]
    assert {(each["association"], each["status"], each["invited_by"]) for each in invitations} == {
        (OVERSEAS, "INVITED", ADMIN)
    }
    assert invitations[0]["invitee"] == {"id": None, "name": None, "email": "a@example.com"}
    assert invitations[1]["invitee"]["name"] == "Ines Ruiz"
    assert len({each["invite_link"] for each in invitations}) == 2
    assert all(each["invite_link"].startswith("https://") for each in invitations)


@pytest.mark.clauses("PR-130", "PR-123")
def test_an_address_that_is_invited_keeps_its_invitation(client: httpx.Client) -> None:
    first = ok(_invite(client, WORKSPACE, "WORKSPACE_COLLABORATOR", "a@example.com", "A@example.com"), 201)
    again = ok(_invite(client, WORKSPACE, "WORKSPACE_COLLABORATOR", "a@example.com", INES), 201)["invitations"]

    assert len(first["invitations"]) == 1
    assert again[0]["invite_link"] == first["invitations"][0]["invite_link"]
    assert again[1]["status"] == "ACCEPTED"


@pytest.mark.clauses("PR-115", "PR-116")
def test_only_admins_invite(collaborator: httpx.Client) -> None:
    refused(_invite(collaborator, WORKSPACE, "WORKSPACE_COLLABORATOR", "a@example.com"), status=403)
    refused(_invite(collaborator, PROJECT, "PROJECT_EDITOR", "a@example.com"), status=403)


@pytest.mark.clauses("PR-118", "PR-119", "PR-121", "PR-122", "PR-442")
@pytest.mark.parametrize(
    ("association", "role", "emails", "name"),
    [
        (WORKSPACE, "OWNER", ["a@example.com"], "role"),
        (WORKSPACE, "WORKSPACE_ADMIN", ["not an address"], "emails"),
        (WORKSPACE, "WORKSPACE_ADMIN", ["a@example.com", "b"], "emails"),
        (WORKSPACE, "WORKSPACE_ADMIN", [], "emails"),
        (CONTRASTS, "WORKSPACE_ADMIN", ["a@example.com"], "association"),
        (WORKSPACE, "PROJECT_EDITOR", ["a@example.com"], "association"),
        (NOWHERE, "WORKSPACE_ADMIN", ["a@example.com"], "association"),
    ],
)
def test_an_invitation_that_does_not_hold_is_refused_as_a_whole(
    client: httpx.Client, association: str, role: str, emails: list[str], name: str
) -> None:
    refused(_invite(client, association, role, *emails), name)
    invitations = ok(_invite(client, WORKSPACE, "WORKSPACE_COLLABORATOR", "a@example.com"), 201)["invitations"]
    assert invitations[0]["status"] == "INVITED"


def _accept(client: httpx.Client, invitation: dict[str, Any]) -> httpx.Response:
    return client.post(f"/_mock/prolific/invitations/{invitation['invite_link'].rpartition('/')[2]}/accept")


@pytest.mark.clauses("PR-123", "PR-127", "PR-128")
def test_who_accepts_becomes_a_member_with_the_rights_of_the_role(
    client: httpx.Client, collaborator: httpx.Client
) -> None:
    workspace = _make(client)["id"]
    invitation = ok(_invite(client, workspace, "WORKSPACE_ADMIN", INES), 201)["invitations"][0]
    refused(collaborator.get(f"{API}/workspaces/{workspace}/"), status=404)

    assert ok(_accept(client, invitation))["status"] == "ACCEPTED"
    assert _accept(client, invitation).status_code == 400
    ok(collaborator.patch(f"{API}/workspaces/{workspace}/", json={"title": "Ours"}))
    ok(_invite(collaborator, workspace, "WORKSPACE_COLLABORATOR", "new.face@example.com"), 201)


@pytest.mark.clauses("PR-129", "PR-121")
def test_an_editor_sees_the_one_project(client: httpx.Client, collaborator: httpx.Client) -> None:
    project = ok(client.get(f"{API}/workspaces/{OVERSEAS}/projects/"))["results"][0]["id"]
    invitation = ok(_invite(client, project, "PROJECT_EDITOR", INES), 201)["invitations"][0]
    ok(_accept(client, invitation))

    ok(collaborator.patch(f"{API}/projects/{project}/", json={"description": "Ours"}))
    assert ok(collaborator.get(f"{API}/projects/{project}/studies/"))["meta"]["count"] == 2
    refused(collaborator.get(f"{API}/workspaces/{OVERSEAS}/"), status=404)


def test_somebody_new_can_accept(client: httpx.Client) -> None:
    invitation = ok(_invite(client, WORKSPACE, "WORKSPACE_COLLABORATOR", "new.face@example.com"), 201)["invitations"][0]
    ok(_accept(client, invitation))

    assert "New Face" in [user["name"] for user in _get(client)["users"]]
    assert client.post(f"/_mock/prolific/invitations/{NOWHERE}/accept").status_code == 404
