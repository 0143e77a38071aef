"""What the objects look like, personal data among them, and how they refer to each other."""

import re

import pytest
from kits import ABSURD_IDS, Kit, keys, moment, refused, timestamps

clauses = pytest.mark.clauses

LISTS = ["projects", "events", "participants", "consents", "data_links"]


@clauses("CK-115")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("projects", marks=clauses("CK-038")),
        pytest.param("events", marks=clauses("CK-051")),
        pytest.param("participants", marks=clauses("CK-065")),
        pytest.param("consents", marks=clauses("CK-087")),
    ],
)
def test_a_known_id_gives_the_object_that_the_list_shows(kit: Kit, name: str) -> None:
    for listed in kit.listed(name, limit=5, page=2):
        assert kit.object(f"/v1/{name}/{listed['id']}") == listed


@clauses("CK-015")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("projects", marks=clauses("CK-038")),
        pytest.param("events", marks=clauses("CK-052")),
        pytest.param("participants", marks=clauses("CK-066")),
        pytest.param("consents", marks=clauses("CK-088")),
    ],
)
def test_an_id_that_names_nothing_is_404(kit: Kit, name: str) -> None:
    for id in ABSURD_IDS.values():
        assert refused(kit.get(f"/v1/{name}/{id}"), 404)["type"] == "not_found"


@clauses("CK-019")
@pytest.mark.parametrize("name", LISTS)
def test_every_timestamp_is_a_full_one_with_its_zone(kit: Kit, name: str) -> None:
    found = [text for each in kit.everything(name) for text in timestamps(each)]

    assert found
    for text in found:
        moment(text)


@clauses("CK-020")
@pytest.mark.parametrize("name", LISTS)
def test_nothing_was_changed_before_it_was_made(kit: Kit, name: str) -> None:
    for each in kit.everything(name):
        assert moment(each["updated_at"]) >= moment(each["created_at"])


@clauses("CK-020", "CK-019")
@pytest.mark.parametrize("name", ["events", "participants", "data_links"])
def test_the_time_of_making_stays_as_it_was(kit: Kit, name: str) -> None:
    made = kit.make(name)

    assert moment(made["created_at"]) == moment(made["updated_at"])
    assert kit.everything(name)[-1] == made


@clauses("CK-032", "CK-033", "CK-034")
def test_a_project_has_its_members(kit: Kit) -> None:
    for project in kit.everything("projects"):
        assert set(project) == {"id", "object", "created_at", "updated_at", "app_url"}
        assert project["object"] == "project"
        assert re.fullmatch(rf"https://app\.consentkit\.[a-z.]+/projects/{project['id']}", project["app_url"])


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
def test_an_anonymous_id_is_unique_in_its_event_and_like_other_ids_tells_nothing(kit: Kit) -> None:
    participants = kit.everything("participants")

    within = {(each["event"]["id"], each["anonymous_id"]) for each in participants}
    assert len(within) == len(participants)
    for each in participants:
        told = f"{each['id']} {each['anonymous_id']} {each['app_url']}".lower()
        parts = [each["first_name"].lower(), *each["email"].partition("@")[0].split(".")]
        assert re.fullmatch(r"[0-9A-Z]{6,8}", each["anonymous_id"])
        assert not any(part in told for part in parts if len(part) > 3)


@clauses("CK-077", "CK-078", "CK-079", "CK-080", "CK-129")
def test_a_consent_has_its_members_whether_given_or_refused(kit: Kit) -> None:
    consents = kit.everything("consents")

    for consent in consents:
        assert set(consent) == {
            "id", "object", "created_at", "updated_at", "consented_at", "status", "permissions", "participant",
        }  # fmt: skip
        assert consent["object"] == "consent"
        moment(consent["consented_at"])
        assert all(isinstance(permission, str) for permission in consent["permissions"])
        assert (consent["permissions"] == []) == (consent["status"] == "refused")
    assert {consent["status"] for consent in consents} == {"agreed", "refused"}


@clauses("CK-081", "CK-082")
def test_the_participant_inside_a_consent_is_the_whole_one_with_personal_data(kit: Kit) -> None:
    participants = {each["id"]: each for each in kit.everything("participants")}

    for consent in kit.everything("consents"):
        assert consent["participant"] == participants[consent["participant"]["id"]]
        assert {"email", "first_name", "event", "project"} <= keys(consent["participant"])


@clauses("CK-097", "CK-098", "CK-099")
def test_a_data_link_has_its_members_and_no_participant(kit: Kit) -> None:
    links = kit.everything("data_links")

    for link in links:
        assert set(link) == {
            "id", "object", "title", "url", "reminder_on", "created_at", "updated_at", "recorded_at",
        }  # fmt: skip
        assert link["object"] == "data_link"
        moment(link["recorded_at"])
        if link["reminder_on"] is not None:
            assert moment(link["reminder_on"]) > moment(link["created_at"])
    assert {link["reminder_on"] is None for link in links} == {True, False}
    assert {link["title"] is None for link in links} == {True, False}


def test_the_full_name_is_never_shown(kit: Kit) -> None:
    made = kit.make("participants", name="Ada Byron King")

    assert "Byron" not in str(made)
    assert "Byron" not in str(dict(kit.snapshot()))
