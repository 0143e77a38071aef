"""Who sees what. The population of the seed is described in specs/lookit/README.md."""

from __future__ import annotations

import pytest
from lookit_client import Lookit, ids, related

ADMIN = "834bbf33-b249-4737-a041-43574cd137a7"
RESEARCHER = "2f0c1a5e-6c1b-4b57-9a0e-5d6f3c7e8a11"
PARTICIPANT = "7b1e9d42-0a5f-4c0d-8f6e-3a2b1c4d5e6f"
INACTIVE = "0f9e8d7c-6b5a-4493-8271-605f4e3d2c1b"

SEEN = "a8a80880-5539-4650-9387-c62afa202d43"
EDITED = "e729321f-418f-4728-992c-9364623dbe9b"
UNSEEN = "3c8e5f70-2b94-4d16-9f3a-a1b2c3d4e5f6"
DRAFT = "65680ade-510c-4437-a58a-e41d4b94d8ed"
ARCHIVED = "84f0a2c6-5d17-4e39-8b6a-19283746a5b4"

EVERYBODY = ["admin", "researcher", "participant", "outsider", "other", "collaborator"]


def families(lookit: Lookit) -> tuple[set[str], set[str]]:
    """The children who answered a study of the researcher, and their parents, as the admin sees them."""
    answers = lookit.objects("responses")
    children = {related(each, "child") for each in answers if related(each, "study") in {SEEN, EDITED}}
    parents = {related(each, "user") for each in lookit.objects("children") if each["id"] in children}
    return children, parents


def seen(lookit: Lookit, kind: str, role: str) -> set[str]:
    return {each["id"] for each in lookit.objects(kind, role=role)}


# Children


@pytest.mark.clauses("LK-040", "LK-045", "LK-039")
def test_a_researcher_sees_each_child_who_took_part_once(lookit: Lookit) -> None:
    children = [each["id"] for each in lookit.objects("children", role="researcher")]

    assert sorted(children) == sorted(families(lookit)[0])
    assert "da27faf2-c3d2-4701-b3bb-dd865f89c1a1" in children
    assert lookit.count("children", role="researcher") == len(children) < 24


@pytest.mark.clauses("LK-042", "LK-055")
def test_a_parent_sees_their_own_children_with_the_deleted_one(lookit: Lookit) -> None:
    children = lookit.objects("children", role="participant")

    assert {related(each, "user") for each in children} == {PARTICIPANT}
    assert [each["attributes"]["deleted"] for each in children] == [False, False, True]


@pytest.mark.clauses("LK-043", "LK-044")
@pytest.mark.parametrize("role", ["admin", "other"])
def test_the_permission_opens_all_children_of_active_users(lookit: Lookit, role: str) -> None:
    active = seen(lookit, "users", role)

    assert lookit.count("children", role=role) == 24
    assert {related(each, "user") for each in lookit.objects("children", role=role)} <= active


@pytest.mark.clauses("LK-056", "LK-058", "LK-021")
@pytest.mark.parametrize("role", EVERYBODY)
def test_a_child_can_be_retrieved_by_those_who_list_it(lookit: Lookit, role: str) -> None:
    listed = seen(lookit, "children", role)

    for child in seen(lookit, "children", "admin"):
        assert lookit.get(f"/api/v1/children/{child}/", role=role).status_code == (200 if child in listed else 404)


# Demographics


@pytest.mark.clauses("LK-062", "LK-039")
def test_a_researcher_sees_the_demographics_of_families_who_took_part(lookit: Lookit) -> None:
    parents = families(lookit)[1]
    expected = {
        each["id"] for parent in parents for each in lookit.get(f"/api/v1/users/{parent}/demographics/").json()["data"]
    }

    assert seen(lookit, "demographics", "researcher") == expected
    assert 0 < len(expected) <= lookit.count("demographics", role="admin")


@pytest.mark.clauses("LK-063")
def test_a_parent_sees_their_own_demographics(lookit: Lookit) -> None:
    assert seen(lookit, "demographics", "participant") == {
        "341ea7c7-f657-4ab2-a530-21ac293e7d6f",
        "6a7b8c9d-0e1f-4203-94a5-b6c7d8e9f0a1",
    }


@pytest.mark.clauses("LK-064")
@pytest.mark.parametrize("role", ["admin", "other"])
def test_the_permission_opens_the_demographics_of_all_active_users(lookit: Lookit, role: str) -> None:
    owners = seen(lookit, "users", "admin")
    expected = {
        each["id"] for owner in owners for each in lookit.get(f"/api/v1/users/{owner}/demographics/").json()["data"]
    }

    assert seen(lookit, "demographics", role) == expected


@pytest.mark.clauses("LK-071", "LK-058", "LK-021")
@pytest.mark.parametrize("role", EVERYBODY)
def test_demographics_can_be_retrieved_by_those_who_list_them(lookit: Lookit, role: str) -> None:
    listed = seen(lookit, "demographics", role)

    for id in seen(lookit, "demographics", "admin"):
        reply = lookit.get(f"/api/v1/demographics/{id}/", role=role)
        assert reply.status_code == (200 if id in listed else 404)


# Responses and feedback


@pytest.mark.clauses("LK-109", "LK-039")
def test_a_researcher_sees_the_responses_to_their_studies(lookit: Lookit) -> None:
    expected = {e["id"] for e in lookit.objects("responses") if related(e, "study") in {SEEN, EDITED}}

    assert seen(lookit, "responses", "researcher") == expected
    assert lookit.count("responses", role="researcher") == len(expected) < 23


@pytest.mark.clauses("LK-110")
def test_a_parent_sees_the_responses_of_their_children(lookit: Lookit) -> None:
    children = seen(lookit, "children", "participant")
    expected = {e["id"] for e in lookit.objects("responses") if related(e, "child") in children}

    assert seen(lookit, "responses", "participant") == expected
    assert len(expected) == 4


@pytest.mark.clauses("LK-117")
@pytest.mark.parametrize("kind", ["responses", "feedback"])
def test_the_permission_to_read_user_data_opens_no_answers(lookit: Lookit, kind: str) -> None:
    assert lookit.count(kind, role="other") == 0


@pytest.mark.clauses("LK-117", "LK-139")
def test_the_permission_to_read_user_data_opens_no_draft(lookit: Lookit) -> None:
    assert DRAFT not in seen(lookit, "studies", "other")


@pytest.mark.clauses("LK-118", "LK-021")
@pytest.mark.parametrize("role", EVERYBODY)
def test_a_response_can_be_retrieved_by_those_who_list_it(lookit: Lookit, role: str) -> None:
    listed = seen(lookit, "responses", role)

    for id in seen(lookit, "responses", "admin"):
        assert lookit.get(f"/api/v1/responses/{id}/", role=role).status_code == (200 if id in listed else 404)


@pytest.mark.clauses("LK-075", "LK-076")
@pytest.mark.parametrize("role", ["researcher", "participant", "outsider", "collaborator"])
def test_feedback_is_seen_with_the_response_it_is_about(lookit: Lookit, role: str) -> None:
    answers = seen(lookit, "responses", role)
    expected = {e["id"] for e in lookit.objects("feedback") if related(e, "response") in answers}

    assert seen(lookit, "feedback", role) == expected
    assert len(expected) == {"researcher": 4, "participant": 2}.get(role, 0)


@pytest.mark.clauses("LK-080", "LK-021")
@pytest.mark.parametrize("role", EVERYBODY)
def test_feedback_can_be_retrieved_by_those_who_list_it(lookit: Lookit, role: str) -> None:
    listed = seen(lookit, "feedback", role)

    for id in seen(lookit, "feedback", "admin"):
        assert lookit.get(f"/api/v1/feedback/{id}/", role=role).status_code == (200 if id in listed else 404)


# Labs and studies


@pytest.mark.clauses("LK-099", "LK-105")
@pytest.mark.parametrize("role", EVERYBODY)
def test_everybody_sees_all_labs(lookit: Lookit, role: str) -> None:
    labs = seen(lookit, "labs", role)

    assert len(labs) == 3
    assert all(lookit.get(f"/api/v1/labs/{lab}/", role=role).status_code == 200 for lab in labs)


@pytest.mark.clauses("LK-139", "LK-140")
@pytest.mark.parametrize("role", ["participant", "outsider"])
def test_studies_that_are_active_and_public_are_listed_to_everybody(lookit: Lookit, role: str) -> None:
    assert seen(lookit, "studies", role) == {SEEN, UNSEEN}


@pytest.mark.clauses("LK-139")
def test_a_researcher_also_sees_the_study_that_they_may_edit(lookit: Lookit) -> None:
    assert seen(lookit, "studies", "researcher") == {SEEN, UNSEEN, EDITED}


@pytest.mark.clauses("LK-139", "LK-148")
def test_the_admin_sees_drafts_and_what_is_over(lookit: Lookit) -> None:
    assert {DRAFT, ARCHIVED} <= seen(lookit, "studies", "admin")
    assert lookit.get(f"/api/v1/studies/{DRAFT}/").json()["data"]["attributes"]["state"] == "created"


@pytest.mark.clauses("LK-148", "LK-140")
@pytest.mark.parametrize(
    ("study", "status"), [(SEEN, 200), (UNSEEN, 200), (EDITED, 200), (DRAFT, 404), (ARCHIVED, 404)]
)
def test_an_active_study_can_be_fetched_by_its_id(lookit: Lookit, study: str, status: int) -> None:
    assert lookit.get(f"/api/v1/studies/{study}/", role="outsider").status_code == status


@pytest.mark.clauses("LK-149", "LK-150")
@pytest.mark.parametrize("study", [SEEN, EDITED])
@pytest.mark.parametrize("role", ["admin", "researcher"])
def test_the_responses_to_a_study_are_for_those_with_the_right(lookit: Lookit, study: str, role: str) -> None:
    page = lookit.get(f"/api/v1/studies/{study}/responses/?page_size=100", role=role).json()
    expected = {each["id"] for each in lookit.objects("responses") if related(each, "study") == study}

    assert set(ids(page)) == expected
    assert len(expected) > 3


@pytest.mark.clauses("LK-149", "LK-153", "LK-202")
@pytest.mark.parametrize(
    ("role", "study", "status"),
    [
        ("researcher", DRAFT, 404),
        ("participant", DRAFT, 404),
        ("outsider", ARCHIVED, 404),
        ("researcher", UNSEEN, 200),
        ("participant", SEEN, 200),
        ("participant", EDITED, 200),
        ("outsider", UNSEEN, 200),
        ("other", SEEN, 200),
    ],
)
def test_others_find_no_responses_to_a_study_but_their_own(lookit: Lookit, role: str, study: str, status: int) -> None:
    reply = lookit.get(f"/api/v1/studies/{study}/responses/?page_size=100", role=role)

    assert reply.status_code == status
    if status == 200:
        own = {each["id"] for each in lookit.objects("responses", role=role) if related(each, "study") == study}
        assert set(ids(reply.json())) == own
        assert bool(own) == (role == "participant")


@pytest.mark.clauses("LK-149", "LK-153")
def test_a_parent_narrows_a_studys_responses_to_one_child(lookit: Lookit) -> None:
    address = f"/api/v1/studies/{SEEN}/responses/"
    everything = lookit.get(address, role="participant").json()["data"]
    child = related(everything[0], "child")
    narrowed = lookit.get(f"{address}?child={child.upper()}", role="participant").json()["data"]

    assert narrowed == [each for each in everything if related(each, "child") == child] != []
    assert lookit.get(f"{address}?child={child}", role="outsider").json()["data"] == []
    assert lookit.get(f"{address}?child=", role="participant").json()["data"] == everything


@pytest.mark.clauses("LK-157", "LK-062")
def test_a_family_that_answered_nothing_is_hidden_from_a_researcher(lookit: Lookit) -> None:
    everybody, met = seen(lookit, "demographics", "admin"), seen(lookit, "demographics", "researcher")
    [hidden] = [
        each["id"] for each in lookit.objects("demographics") if each["attributes"]["child_birthdays"] == ["2020-10-12"]
    ]

    assert hidden in everybody - met
    assert lookit.get(f"/api/v1/demographics/{hidden}/", role="researcher").status_code == 404


# Users


@pytest.mark.clauses("LK-157", "LK-158", "LK-161", "LK-039")
def test_a_researcher_sees_parents_who_took_part_and_themselves(lookit: Lookit) -> None:
    assert seen(lookit, "users", "researcher") == {*families(lookit)[1], RESEARCHER}


@pytest.mark.clauses("LK-158")
@pytest.mark.parametrize(("role", "id"), [("participant", PARTICIPANT), ("researcher", RESEARCHER)])
def test_everybody_sees_themselves(lookit: Lookit, role: str, id: str) -> None:
    assert lookit.get(f"/api/v1/users/{id}/", role=role).status_code == 200


@pytest.mark.clauses("LK-158", "LK-039")
@pytest.mark.parametrize("role", ["participant", "outsider", "collaborator"])
def test_those_without_rights_see_nobody_else(lookit: Lookit, role: str) -> None:
    assert lookit.count("users", role=role) == 1


@pytest.mark.clauses("LK-159", "LK-160", "LK-161", "LK-193")
@pytest.mark.parametrize("role", ["admin", "other"])
def test_the_permission_opens_all_active_users(lookit: Lookit, role: str) -> None:
    users = lookit.objects("users", role=role)

    assert all(user["attributes"]["is_active"] for user in users)
    assert {user["attributes"]["is_staff"] for user in users} == {True, False}
    assert len(users) == 18


@pytest.mark.clauses("LK-160", "LK-193", "LK-044")
@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("below", ["", "children/", "demographics/"])
def test_an_inactive_user_is_out_of_sight(lookit: Lookit, role: str, below: str) -> None:
    assert lookit.get(f"/api/v1/users/{INACTIVE}/{below}", role=role).status_code == 404


@pytest.mark.clauses("LK-168", "LK-021")
@pytest.mark.parametrize("role", EVERYBODY)
def test_a_user_can_be_retrieved_by_those_who_list_them(lookit: Lookit, role: str) -> None:
    listed = seen(lookit, "users", role)

    for id in seen(lookit, "users", "admin"):
        assert lookit.get(f"/api/v1/users/{id}/", role=role).status_code == (200 if id in listed else 404)


@pytest.mark.clauses("LK-162", "LK-169")
def test_usernames_are_shown_with_the_permission(lookit: Lookit) -> None:
    listed = {each["id"]: each["attributes"]["username"] for each in lookit.objects("users")}

    assert all(listed.values())
    assert lookit.item("users", PARTICIPANT)["attributes"]["username"] == listed[PARTICIPANT] == "paula-m"


@pytest.mark.clauses("LK-162", "LK-163", "LK-164", "LK-169")
@pytest.mark.parametrize(
    ("role", "id"),
    [("other", PARTICIPANT), ("researcher", PARTICIPANT), ("participant", PARTICIPANT), ("researcher", RESEARCHER)],
)
def test_usernames_are_absent_without_it_even_ones_own(lookit: Lookit, role: str, id: str) -> None:
    assert "username" not in lookit.item("users", id, role=role)["attributes"]
    assert all("username" not in each["attributes"] for each in lookit.objects("users", role=role))


@pytest.mark.clauses("LK-170", "LK-171")
@pytest.mark.parametrize("kind", ["children", "demographics"])
@pytest.mark.parametrize("role", ["admin", "researcher", "participant", "other"])
def test_lists_below_a_user_are_the_main_lists_cut_down(lookit: Lookit, kind: str, role: str) -> None:
    below = lookit.get(f"/api/v1/users/{PARTICIPANT}/{kind}/", role=role).json()
    everything = {each["id"] for each in lookit.objects(kind, role="participant")}

    assert set(ids(below)) == everything & seen(lookit, kind, role)
    assert below["links"]["meta"]["count"] == len(below["data"]) > 0


@pytest.mark.clauses("LK-171", "LK-021")
def test_the_children_of_somebody_out_of_sight_are_404(lookit: Lookit) -> None:
    assert lookit.get(f"/api/v1/users/{ADMIN}/children/", role="participant").status_code == 404


@pytest.mark.clauses("LK-171", "LK-040")
def test_a_sibling_who_did_not_take_part_is_not_shown(lookit: Lookit) -> None:
    children = lookit.get(f"/api/v1/users/{PARTICIPANT}/children/", role="researcher").json()

    assert [each["attributes"]["given_name"] for each in children["data"]] == ["Jonas", "Mila"]
