"""What objects look like on the wire."""

from __future__ import annotations

import re
from datetime import date, datetime
from uuid import UUID

import pytest
from lookit_client import LISTS, Lookit, errors

ATTRIBUTES = {
    "children": {"given_name", "birthday", "gender", "age_at_birth", "additional_information", "deleted"},
    "demographics": {
        "number_of_children", "child_birthdays", "languages_spoken_at_home", "number_of_guardians",
        "number_of_guardians_explanation", "race_identification", "age", "gender", "education_level",
        "spouse_education_level", "annual_income", "number_of_books", "additional_comments", "country", "state",
        "density", "extra", "date_created",
    },
    "feedback": {"comment"},
    "labs": {
        "name", "institution", "principal_investigator_name", "lab_website", "description", "approved_to_test",
        "pk",
    },
    "responses": {"conditions", "global_event_timings", "exp_data", "sequence", "completed"},
    "studies": {
        "name", "date_modified", "short_description", "long_description", "criteria", "duration", "contact_info",
        "image", "structure", "display_full_screen", "exit_url", "state", "public",
    },
    "users": {"given_name", "middle_name", "family_name", "identicon", "is_active", "is_staff"},
}  # fmt: skip

RELATIONSHIPS = {
    "children": {"user"},
    "demographics": set(),
    "feedback": {"response", "researcher"},
    "labs": set(),
    "responses": {"child", "study", "demographic_snapshot"},
    "studies": {"creator", "responses"},
    "users": {"demographics", "children"},
}


@pytest.mark.clauses("LK-010")
@pytest.mark.parametrize("kind", LISTS)
def test_replies_are_labelled_as_json_api(lookit: Lookit, kind: str) -> None:
    assert lookit.get(f"/api/v1/{kind}/").headers["content-type"] == "application/vnd.api+json"


@pytest.mark.clauses("LK-050", "LK-065", "LK-077", "LK-100", "LK-113", "LK-142", "LK-165", "LK-167", "LK-164", "LK-012")
@pytest.mark.parametrize("kind", LISTS)
def test_objects_have_exactly_the_attributes_of_their_type(lookit: Lookit, kind: str) -> None:
    role = "researcher" if kind == "users" else "admin"

    assert all(set(each["attributes"]) == ATTRIBUTES[kind] for each in lookit.objects(kind, role=role))


@pytest.mark.clauses("LK-054", "LK-069", "LK-078", "LK-104", "LK-115", "LK-147", "LK-166")
@pytest.mark.parametrize("kind", LISTS)
def test_objects_have_exactly_the_relationships_of_their_type(lookit: Lookit, kind: str) -> None:
    for each in lookit.objects(kind):
        assert set(each.get("relationships", {})) == RELATIONSHIPS[kind]


@pytest.mark.clauses("LK-051", "LK-070", "LK-079", "LK-011", "LK-017")
@pytest.mark.parametrize("kind", LISTS)
def test_objects_are_named_by_their_type_and_a_uuid(lookit: Lookit, kind: str) -> None:
    for each in lookit.objects(kind):
        assert (each["type"], str(UUID(each["id"]))) == (kind, each["id"])


@pytest.mark.clauses("LK-015", "LK-018", "LK-070", "LK-200", "LK-057")
@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("role", ["admin", "researcher", "participant"])
def test_the_self_link_leads_to_the_same_object_without_page_links(lookit: Lookit, kind: str, role: str) -> None:
    for each in lookit.objects(kind, role=role)[:5]:
        address = each["links"]["self"]
        assert address == f"{lookit.url}/api/v1/{kind}/{each['id']}/"
        assert lookit.get(address, role=role).json() == {"data": each}


@pytest.mark.clauses("LK-016")
@pytest.mark.parametrize("kind", LISTS)
def test_relationships_are_addresses_that_answer_the_admin(lookit: Lookit, kind: str) -> None:
    for each in lookit.objects(kind)[:6]:
        for relationship in each.get("relationships", {}).values():
            assert list(relationship) == ["links"]
            assert lookit.get(relationship["links"]["related"]).status_code == 200


@pytest.mark.clauses("LK-166")
def test_a_user_leads_to_the_nested_lists(lookit: Lookit) -> None:
    user = lookit.objects("users")[0]

    assert {name: each["links"]["related"] for name, each in user["relationships"].items()} == {
        name: f"{lookit.url}/api/v1/users/{user['id']}/{name}/" for name in ("demographics", "children")
    }


@pytest.mark.clauses("LK-012", "LK-013", "LK-014")
def test_names_inside_an_attribute_keep_their_casing(lookit: Lookit) -> None:
    new = lookit.item("responses", "bdebd15b-adc7-4377-b2f6-e9f3de70dd19")["attributes"]
    old = lookit.item("responses", "8260ca67-6ec0-4749-ba11-fa35612ea030")["attributes"]

    assert {"napWakeUp", "ontopofstuff", "usualNapSchedule"} <= set(new["exp_data"]["5-5-mood-survey"])
    assert "exitType" in new["global_event_timings"][0]
    assert "exit_type" in old["global_event_timings"][0]


@pytest.mark.clauses("LK-052", "LK-053")
def test_a_child_has_a_date_a_flag_and_an_age_in_text(lookit: Lookit) -> None:
    for child in lookit.objects("children"):
        attributes = child["attributes"]
        assert date.fromisoformat(attributes["birthday"]).isoformat() == attributes["birthday"]
        assert isinstance(attributes["deleted"], bool)
        assert re.fullmatch(r"\d*", attributes["age_at_birth"])


@pytest.mark.clauses("LK-066", "LK-067", "LK-068")
def test_demographics_are_texts_but_for_the_books_and_the_lists(lookit: Lookit) -> None:
    for household in lookit.objects("demographics"):
        attributes = household["attributes"]
        texts = [attributes[name] for name in ("number_of_children", "number_of_guardians", "annual_income")]
        lists = [attributes["child_birthdays"], attributes["race_identification"]]
        assert all(isinstance(each, str) for each in texts)
        assert type(attributes["number_of_books"]) is int
        assert all(isinstance(entry, str) for each in lists for entry in each)
        assert isinstance(attributes["extra"], dict)
        assert re.fullmatch(r"\d\d-\d\d", attributes["age"])


@pytest.mark.clauses("LK-101", "LK-102", "LK-103")
def test_a_lab_has_its_own_key_and_keeps_its_line_breaks(lookit: Lookit) -> None:
    labs = lookit.objects("labs")

    assert all(type(lab["attributes"]["pk"]) is int and lab["attributes"]["pk"] != lab["id"] for lab in labs)
    assert {lab["attributes"]["approved_to_test"] for lab in labs} == {True, False}
    assert any("\r\n     " in lab["attributes"]["description"] for lab in labs)


@pytest.mark.clauses("LK-114", "LK-116")
def test_a_response_holds_objects_lists_and_a_flag(lookit: Lookit) -> None:
    for response in lookit.objects("responses"):
        attributes = response["attributes"]
        assert isinstance(attributes["conditions"], dict)
        assert isinstance(attributes["exp_data"], dict)
        assert isinstance(attributes["global_event_timings"], list)
        assert all(isinstance(frame, str) for frame in attributes["sequence"])
        assert isinstance(attributes["completed"], bool)


@pytest.mark.clauses("LK-143", "LK-144", "LK-145", "LK-146")
def test_a_study_shows_how_it_runs(lookit: Lookit) -> None:
    for study in lookit.objects("studies"):
        attributes = study["attributes"]
        assert datetime.fromisoformat(attributes["date_modified"]).utcoffset().total_seconds() == 0
        assert re.match(r"https?://", attributes["image"])
        assert isinstance(attributes["structure"]["frames"], dict)
        assert isinstance(attributes["structure"]["sequence"], list)
        assert isinstance(attributes["display_full_screen"], bool)
        assert isinstance(attributes["public"], bool)
        assert isinstance(attributes["duration"], str)
        assert isinstance(attributes["state"], str)


@pytest.mark.clauses("LK-018", "LK-191")
def test_a_get_without_the_final_slash_is_sent_on(lookit: Lookit) -> None:
    reply = lookit.get("/api/v1/labs?page_size=2")

    assert (reply.status_code, reply.headers["location"]) == (301, f"{lookit.url}/api/v1/labs/?page_size=2")


@pytest.mark.clauses("LK-018")
def test_a_write_needs_the_final_slash(lookit: Lookit) -> None:
    assert lookit.post("/api/v1/feedback", {"data": {}}).status_code == 404


@pytest.mark.clauses("LK-009")
@pytest.mark.parametrize("label", [None, "text/plain", "application/json"])
def test_reading_does_not_look_at_the_content_type(lookit: Lookit, label: str | None) -> None:
    headers = {} if label is None else {"Content-Type": label}

    assert lookit.get("/api/v1/labs/", headers=headers).status_code == 200


@pytest.mark.clauses("LK-180")
@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/*", 200),
        ("application/vnd.api+json", 200),
        ("text/html, application/vnd.api+json;q=0.1", 200),
        ("application/json", 406),
        ("text/html", 406),
    ],
)
def test_only_json_api_is_spoken(lookit: Lookit, accept: str, status: int) -> None:
    assert lookit.get("/api/v1/labs/", headers={"Accept": accept}).status_code == status


@pytest.mark.clauses("LK-178")
@pytest.mark.parametrize("path", ["/api/v1/children/", "/api/v1/labs/a2a7383c-cb58-4d78-ac00-23283a762dec/"])
def test_nothing_can_be_included(lookit: Lookit, path: str) -> None:
    reply = lookit.get(f"{path}?include=user")

    assert reply.status_code == 400
    assert "include" in errors(reply)[0]["detail"]
