"""Creating events, which show their project, and participants, who show personal data."""

import pytest
from kits import Kit, blamed

clauses = pytest.mark.clauses


@clauses("CK-039", "CK-040", "CK-045", "CK-046", "CK-049")
def test_an_event_is_made_in_the_project_that_was_chosen(kit: Kit) -> None:
    project = kit.listed("projects", limit=1, page=7)[0]

    reply = kit.http.post("/v1/events", json={"project_id": project["id"], "name": "Open day – été"})

    assert reply.status_code == 201
    event = reply.json()
    assert event["object"] == "event"
    assert event["project"] == project
    assert event["name"] == "Open day – été"
    assert kit.object(f"/v1/events/{event['id']}")["name"] == "Open day – été"


@clauses("CK-068", "CK-074", "CK-075", "CK-076", "CK-122", "CK-046", "CK-154")
def test_a_participant_is_made_from_name_email_and_event_and_shown_with_personal_data(kit: Kit) -> None:
    event = kit.first("events")

    reply = kit.http.post(
        "/v1/participants", json={"name": "Ada Byron King", "email": "ada@example.org", "event_id": event["id"]}
    )

    assert reply.status_code == 201
    participant = reply.json()
    assert participant["object"] == "participant"
    assert (participant["first_name"], participant["email"]) == ("Ada", "ada@example.org")
    assert participant["event"] == event
    assert kit.object(f"/v1/participants/{participant['id']}") == participant
    assert participant["anonymous_id"]


@clauses("CK-071")
def test_a_study_is_not_an_event(kit: Kit) -> None:
    body = kit.usable("participants")
    event = body.pop("event_id")

    assert blamed(kit.http.post("/v1/participants", json={**body, "study_id": event})) == {"event_id"}
