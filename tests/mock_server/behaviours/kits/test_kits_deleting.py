"""Deleting studies, events and data links: the reply, what goes with them, and that it happens once."""

import pytest
from kits import ABSURD_IDS, Kit, refused
from twins import CK, PK, Twin, each_joined, each_kit

clauses = pytest.mark.clauses


@clauses("PK-096", "PK-097", "PK-207", "CK-053", "CK-054", "CK-142")
@each_joined
def test_a_deleted_study_or_event_is_said_to_be_deleted_and_gone(kit: Kit, twin: Twin, name: str) -> None:
    before = kit.everything(name)
    deleted = before[17]["id"]

    reply = kit.http.delete(f"/v1/{name}/{deleted}")

    assert reply.status_code == 200
    assert reply.json() == {"id": deleted, "object": twin.kind, "deleted": True}
    refused(kit.get(f"/v1/{name}/{deleted}"), 404)
    assert kit.everything(name) == before[:17] + before[18:]


@clauses("PK-099", "CK-056")
@each_joined
def test_a_study_or_event_is_deleted_once(kit: Kit, name: str) -> None:
    path = f"/v1/{name}/{kit.make(name)['id']}"

    assert kit.http.delete(path).status_code == 200
    refused(kit.http.delete(path), 404)


@clauses("PK-207", "CK-015", "CK-142")
@pytest.mark.parametrize(
    ("twin", "name"),
    [
        pytest.param(PK, "studies", marks=clauses("PK-098")),
        pytest.param(PK, "data_links", marks=clauses("PK-172")),
        pytest.param(CK, "events", marks=clauses("CK-055")),
        pytest.param(CK, "data_links", marks=clauses("CK-103")),
    ],
    ids=str,
)
def test_what_does_not_exist_cannot_be_deleted(kit: Kit, name: str) -> None:
    before = kit.snapshot()

    for id in ABSURD_IDS.values():
        refused(kit.http.delete(f"/v1/{name}/{id}"), 404)

    assert kit.snapshot() == before


@clauses("PK-100", "CK-057")
@each_joined
def test_a_study_or_event_takes_its_participants_their_consents_and_their_data_links_along(
    kit: Kit, twin: Twin, name: str
) -> None:
    before = kit.snapshot()
    consent = before["consents"][0]
    deleted = consent["participant"][twin.kind]["id"]
    leaving = {each["id"] for each in before["participants"] if each[twin.kind]["id"] == deleted}
    link = kit.make("data_links", participant_id=consent["participant"]["id"])["id"]

    kit.http.delete(f"/v1/{name}/{deleted}")

    after = kit.snapshot()
    assert [each for each in before["participants"] if each["id"] not in leaving] == after["participants"]
    assert [each for each in before["consents"] if each["participant"]["id"] not in leaving] == after["consents"]
    assert link not in {each["id"] for each in after["data_links"]}
    refused(kit.get(f"/v1/consents/{consent['id']}"), 404)
    for participant in leaving:
        refused(kit.get(f"/v1/participants/{participant}"), 404)


@clauses("PK-100", "CK-057")
@each_joined
def test_other_studies_or_events_keep_everything(kit: Kit, name: str) -> None:
    deleted = kit.make(name)["id"]
    kit.make("participants", event_id=deleted)
    before = kit.snapshot()
    kept = {listed: [each for each in found if deleted not in str(each)] for listed, found in before.items()}

    kit.http.delete(f"/v1/{name}/{deleted}")

    assert kit.snapshot() == kept


@clauses("PK-171", "PK-173", "PK-207", "CK-102", "CK-104", "CK-151", "CK-142")
@each_kit
def test_a_deleted_data_link_is_gone_and_its_participant_stays(kit: Kit) -> None:
    participant = kit.first("participants")
    before = kit.everything("data_links")
    link = kit.make("data_links", participant_id=participant["id"])

    reply = kit.http.delete(f"/v1/data_links/{link['id']}")

    assert reply.status_code == 200
    assert reply.json() == {"id": link["id"], "object": "data_link", "deleted": True}
    assert kit.everything("data_links") == before
    assert kit.object(f"/v1/participants/{participant['id']}") == participant


@clauses("PK-186", "CK-152")
@each_kit
def test_a_data_link_is_deleted_once(kit: Kit) -> None:
    path = f"/v1/data_links/{kit.first('data_links')['id']}"

    assert kit.http.delete(path).status_code == 200
    refused(kit.http.delete(path), 404)


@clauses("PK-097", "CK-054")
@each_joined
def test_an_id_is_not_given_again(kit: Kit, name: str) -> None:
    deleted = kit.make(name)["id"]
    kit.http.delete(f"/v1/{name}/{deleted}")

    assert deleted not in {kit.make(name)["id"] for _ in range(10)}


@each_joined
def test_a_delete_may_carry_a_body_which_means_nothing(kit: Kit, name: str) -> None:
    made = kit.make(name)["id"]

    assert kit.http.request("DELETE", f"/v1/{name}/{made}", content=b"{ no JSON").status_code == 200
