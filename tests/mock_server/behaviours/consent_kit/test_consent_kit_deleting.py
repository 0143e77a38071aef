"""Deleting events and data links: the reply, what goes with them, and that it happens once."""

import pytest
from kits import ABSURD_IDS, Kit, refused

clauses = pytest.mark.clauses


@clauses("CK-053", "CK-054")
def test_a_deleted_event_is_said_to_be_deleted_and_gone(kit: Kit) -> None:
    before = kit.everything("events")
    event = before[17]["id"]

    reply = kit.http.delete(f"/v1/events/{event}")

    assert reply.status_code == 200
    assert reply.json() == {"id": event, "object": "event", "deleted": True}
    refused(kit.get(f"/v1/events/{event}"), 404)
    assert kit.everything("events") == before[:17] + before[18:]


@clauses("CK-056")
def test_an_event_is_deleted_once(kit: Kit) -> None:
    path = f"/v1/events/{kit.make('events')['id']}"

    assert kit.http.delete(path).status_code == 200
    refused(kit.http.delete(path), 404)


@clauses("CK-015")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("events", marks=clauses("CK-055")),
        pytest.param("data_links", marks=clauses("CK-103")),
    ],
)
def test_what_does_not_exist_cannot_be_deleted(kit: Kit, name: str) -> None:
    before = kit.snapshot()

    for id in ABSURD_IDS.values():
        refused(kit.http.delete(f"/v1/{name}/{id}"), 404)

    assert kit.snapshot() == before


@clauses("CK-057")
def test_an_event_takes_its_participants_their_consents_and_their_data_links_along(kit: Kit) -> None:
    before = kit.snapshot()
    consent = before["consents"][0]
    event = consent["participant"]["event"]["id"]
    leaving = {each["id"] for each in before["participants"] if each["event"]["id"] == event}
    link = kit.make("data_links", participant_id=consent["participant"]["id"])["id"]

    kit.http.delete(f"/v1/events/{event}")

    after = kit.snapshot()
    assert [each for each in before["participants"] if each["id"] not in leaving] == after["participants"]
    assert [each for each in before["consents"] if each["participant"]["id"] not in leaving] == after["consents"]
    assert link not in {each["id"] for each in after["data_links"]}
    refused(kit.get(f"/v1/consents/{consent['id']}"), 404)
    for participant in leaving:
        refused(kit.get(f"/v1/participants/{participant}"), 404)


@clauses("CK-102", "CK-104", "CK-128")
def test_a_deleted_data_link_is_gone_and_its_participant_stays(kit: Kit) -> None:
    participant = kit.first("participants")
    before = kit.everything("data_links")
    link = kit.make("data_links", participant_id=participant["id"])

    reply = kit.http.delete(f"/v1/data_links/{link['id']}")

    assert reply.status_code == 200
    assert reply.json() == {"id": link["id"], "object": "data_link", "deleted": True}
    assert kit.everything("data_links") == before
    assert kit.object(f"/v1/participants/{participant['id']}") == participant
    refused(kit.http.delete(f"/v1/data_links/{link['id']}"), 404)
