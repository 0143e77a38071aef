"""What the objects of both Kits look like: members, types, formats, and how they refer to each other."""

import re

import pytest
from kits import ABSURD_IDS, Kit, keys, moment, refused, timestamps
from twins import CK, PK, Twin, each_created, each_dated, each_kit

clauses = pytest.mark.clauses


@clauses("PK-197", "PK-198", "CK-135", "CK-136")
@pytest.mark.parametrize(
    ("twin", "name"),
    [
        pytest.param(PK, "projects", marks=clauses("PK-046")),
        pytest.param(PK, "panels", marks=clauses("PK-054")),
        pytest.param(PK, "studies", marks=clauses("PK-094")),
        pytest.param(PK, "participants", marks=clauses("PK-124")),
        pytest.param(PK, "consents", marks=clauses("PK-153")),
        pytest.param(CK, "projects", marks=clauses("CK-038")),
        pytest.param(CK, "events", marks=clauses("CK-051")),
        pytest.param(CK, "participants", marks=clauses("CK-065")),
        pytest.param(CK, "consents", marks=clauses("CK-087")),
    ],
    ids=str,
)
def test_a_known_id_gives_the_object_that_the_list_shows(kit: Kit, name: str) -> None:
    for listed in kit.listed(name, limit=5, page=2) or kit.listed(name):
        assert kit.object(f"/v1/{name}/{listed['id']}") == listed


@clauses("PK-015", "CK-015")
@pytest.mark.parametrize(
    ("twin", "name"),
    [
        pytest.param(PK, "projects", marks=clauses("PK-047")),
        pytest.param(PK, "panels", marks=clauses("PK-055")),
        pytest.param(PK, "studies", marks=clauses("PK-095")),
        pytest.param(PK, "participants", marks=clauses("PK-126")),
        pytest.param(PK, "consents", marks=clauses("PK-153")),
        pytest.param(CK, "projects", marks=clauses("CK-038")),
        pytest.param(CK, "events", marks=clauses("CK-052")),
        pytest.param(CK, "participants", marks=clauses("CK-066")),
        pytest.param(CK, "consents", marks=clauses("CK-088")),
    ],
    ids=str,
)
def test_an_unknown_id_is_404(kit: Kit, name: str) -> None:
    for id in ABSURD_IDS.values():
        assert refused(kit.get(f"/v1/{name}/{id}"), 404)["type"] == "not_found"


@clauses("PK-015", "CK-015")
@each_kit
def test_an_id_of_another_type_is_unknown(kit: Kit, twin: Twin) -> None:
    joined = kit.first(twin.joined)["id"]

    for name in set(twin.retrievable) - {twin.joined}:
        refused(kit.get(f"/v1/{name}/{joined}"), 404)


@clauses("PK-022", "PK-196", "CK-019", "CK-134")
@pytest.mark.parametrize(
    ("twin", "name"), [(PK, "panellists"), *((twin, name) for twin in (PK, CK) for name in twin.dated)], ids=str
)
def test_every_timestamp_is_a_full_one_with_its_zone(kit: Kit, name: str) -> None:
    found = [text for each in kit.everything(name) for text in timestamps(each)]

    assert found
    for text in found:
        moment(text)


@clauses("PK-022", "PK-023", "CK-020", "CK-019")
@each_created
def test_the_time_of_making_stays_as_it_was(kit: Kit, name: str) -> None:
    made = kit.make(name)

    assert moment(made["created_at"]) == moment(made["updated_at"])
    assert kit.everything(name)[-1] == made


@clauses("PK-023", "CK-020")
@each_dated
def test_nothing_was_changed_before_it_was_made(kit: Kit, name: str) -> None:
    for each in kit.everything(name):
        assert moment(each["updated_at"]) >= moment(each["created_at"])


@clauses("PK-040", "PK-041", "PK-042", "CK-032", "CK-033", "CK-034")
@each_kit
def test_a_project_has_its_members(kit: Kit, twin: Twin) -> None:
    for project in kit.everything("projects"):
        assert set(project) == {"id", "object", "created_at", "updated_at", "app_url"}
        assert project["object"] == "project"
        assert re.fullmatch(rf"{twin.app}/projects/{project['id']}", project["app_url"])


@clauses("PK-121", "PK-202", "CK-062", "CK-155")
@each_kit
def test_an_anonymous_id_is_short_and_unique_in_its_study_or_event(kit: Kit, twin: Twin) -> None:
    participants = kit.everything("participants")

    assert all(re.fullmatch(r"[0-9A-Z]{6,8}", each["anonymous_id"]) for each in participants)
    within = [(each[twin.kind]["id"], each["anonymous_id"]) for each in participants]
    assert len(set(within)) == len(within)


@clauses(
    "PK-141", "PK-142", "PK-143", "PK-144", "PK-145", "PK-146", "PK-210",
    "CK-077", "CK-078", "CK-079", "CK-080", "CK-081", "CK-129", "CK-145",
)  # fmt: skip
@each_kit
def test_a_consent_has_its_members_whether_given_or_refused(kit: Kit) -> None:
    participants = {each["id"]: each for each in kit.everything("participants")}
    consents = kit.everything("consents")

    for consent in consents:
        assert set(consent) == {
            "id", "object", "created_at", "updated_at", "consented_at", "status", "permissions", "participant",
        }  # fmt: skip
        assert consent["object"] == "consent"
        moment(consent["consented_at"])
        assert all(isinstance(permission, str) for permission in consent["permissions"])
        assert (consent["permissions"] == []) == (consent["status"] == "refused")
        assert consent["participant"] == participants[consent["participant"]["id"]]
    assert {consent["status"] for consent in consents} == {"agreed", "refused"}


@clauses("PK-166", "PK-167", "PK-168", "CK-097", "CK-098", "CK-099", "CK-153")
@each_kit
def test_a_data_link_has_its_members_and_no_participant(kit: Kit) -> None:
    links = kit.everything("data_links")

    for link in links:
        assert set(link) == {
            "id", "object", "title", "url", "reminder_on", "created_at", "updated_at", "recorded_at",
        }  # fmt: skip
        assert link["object"] == "data_link"
        assert link["url"].startswith("https://")
        moment(link["recorded_at"])
        assert link["title"] is None or link["title"]
        if link["reminder_on"] is not None:
            assert moment(link["reminder_on"]) > moment(link["created_at"])
    assert {link["reminder_on"] is None for link in links} == {True, False}
    assert {link["title"] is None for link in links} == {True, False}


@each_kit
def test_nothing_of_what_the_store_keeps_beside_is_shown(kit: Kit) -> None:
    kept = {"organisation", "project_id", "panel_id", "participant_id", "event_id", "study_id", "subscribed", "first"}

    assert not keys(dict(kit.snapshot())) & kept


@clauses("PK-118")
@each_kit
def test_the_full_name_is_never_shown(kit: Kit) -> None:
    made = kit.make("participants", name="Ada Byron King")

    assert "Byron" not in str(made)
    assert "Byron" not in str(dict(kit.snapshot()))
