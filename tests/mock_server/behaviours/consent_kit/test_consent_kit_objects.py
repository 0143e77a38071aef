"""What events and participants look like, personal data among it, and how they refer to each other."""

import re

import pytest
from kits import Kit, keys

clauses = pytest.mark.clauses


@clauses("CK-047", "CK-048", "CK-118", "CK-049")
def test_an_event_has_its_members_and_the_whole_project(kit: Kit) -> None:
    projects = {each["id"]: each for each in kit.everything("projects")}

    for event in kit.everything("events"):
        assert set(event) == {"id", "object", "name", "created_at", "updated_at", "app_url", "project"}
        assert event["object"] == "event"
        assert event["name"]
        assert event["project"] == projects[event["project"]["id"]]
        assert re.fullmatch(rf"https://[a-z.]+/events/{event['id']}", event["app_url"])


@clauses("CK-058", "CK-059", "CK-061", "CK-118")
def test_a_participant_has_its_members_with_personal_data_and_the_whole_event(kit: Kit) -> None:
    events = {each["id"]: each for each in kit.everything("events")}

    for each in kit.everything("participants"):
        assert set(each) == {
            "id", "object", "first_name", "email", "created_at", "updated_at", "anonymous_id", "app_url", "event",
        }  # fmt: skip
        assert each["object"] == "participant"
        assert each["first_name"]
        assert " " not in each["first_name"]
        assert each["email"].rpartition("@")[2] in {"example.com", "example.org", "example.net"}
        assert each["event"] == events[each["event"]["id"]]
        assert re.fullmatch(rf"https://[a-z.]+/participants/{each['id']}", each["app_url"])


@clauses("CK-060")
def test_include_means_nothing(kit: Kit) -> None:
    path = f"/v1/participants/{kit.first('participants')['id']}"

    for include in ("pii", "properties", "", "everything"):
        assert kit.listed("participants", include=include) == kit.listed("participants")
        assert kit.object(path, include=include) == kit.object(path)
    assert set(kit.make("participants", include="")) == set(kit.make("participants"))


@clauses("CK-062", "CK-063")
def test_ids_codes_and_addresses_tell_nothing_about_people(kit: Kit) -> None:
    for each in kit.everything("participants"):
        shown = f"{each['id']} {each['anonymous_id']} {each['app_url']}".lower()
        parts = [each["first_name"].lower(), *each["email"].partition("@")[0].split(".")]
        assert not any(part in shown for part in parts if len(part) > 3)


@clauses("CK-081", "CK-082")
def test_the_participant_inside_a_consent_is_the_whole_one_with_personal_data(kit: Kit) -> None:
    participants = {each["id"]: each for each in kit.everything("participants")}

    for consent in kit.everything("consents"):
        assert consent["participant"] == participants[consent["participant"]["id"]]
        assert {"email", "first_name", "event", "project"} <= keys(consent["participant"])
