"""Deleting studies and data links: the reply, what goes with them, and that it happens once."""

import pytest
from kits import ABSURD_IDS, Kit, refused

clauses = pytest.mark.clauses


@clauses("PK-096", "PK-097")
def test_a_deleted_study_is_said_to_be_deleted_and_gone(kit: Kit) -> None:
    before = kit.everything("studies")
    study = before[17]["id"]

    reply = kit.http.delete(f"/v1/studies/{study}")

    assert reply.status_code == 200
    assert reply.json() == {"id": study, "object": "study", "deleted": True}
    refused(kit.get(f"/v1/studies/{study}"), 404)
    assert kit.everything("studies") == before[:17] + before[18:]


@clauses("PK-099")
def test_a_study_is_deleted_once(kit: Kit) -> None:
    path = f"/v1/studies/{kit.make('studies')['id']}"

    assert kit.http.delete(path).status_code == 200
    refused(kit.http.delete(path), 404)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("studies", marks=clauses("PK-098")),
        pytest.param("data_links", marks=clauses("PK-172")),
    ],
)
def test_what_does_not_exist_cannot_be_deleted(kit: Kit, name: str) -> None:
    before = kit.snapshot()

    for id in ABSURD_IDS.values():
        refused(kit.http.delete(f"/v1/{name}/{id}"), 404)

    assert kit.snapshot() == before


@clauses("PK-100")
def test_a_study_takes_its_participants_their_consents_and_their_data_links_along(kit: Kit) -> None:
    before = kit.snapshot()
    consent = before["consents"][0]
    study = consent["participant"]["study"]["id"]
    leaving = {each["id"] for each in before["participants"] if each["study"]["id"] == study}
    link = kit.make("data_links", participant_id=consent["participant"]["id"])["id"]

    kit.http.delete(f"/v1/studies/{study}")

    after = kit.snapshot()
    assert [each for each in before["participants"] if each["id"] not in leaving] == after["participants"]
    assert [each for each in before["consents"] if each["participant"]["id"] not in leaving] == after["consents"]
    assert link not in {each["id"] for each in after["data_links"]}
    refused(kit.get(f"/v1/consents/{consent['id']}"), 404)
    for participant in leaving:
        refused(kit.get(f"/v1/participants/{participant}"), 404)


@clauses("PK-100")
def test_other_studies_keep_everything(kit: Kit) -> None:
    study = kit.make("studies")["id"]
    kit.make("participants", event_id=study)
    before = kit.snapshot()
    kept = {name: [each for each in found if study not in str(each)] for name, found in before.items()}

    kit.http.delete(f"/v1/studies/{study}")

    assert kit.snapshot() == kept


@clauses("PK-171", "PK-173")
def test_a_deleted_data_link_is_gone_and_its_participant_stays(kit: Kit) -> None:
    participant = kit.first("participants")
    before = kit.everything("data_links")
    link = kit.make("data_links", participant_id=participant["id"])

    reply = kit.http.delete(f"/v1/data_links/{link['id']}")

    assert reply.status_code == 200
    assert reply.json() == {"id": link["id"], "object": "data_link", "deleted": True}
    assert kit.everything("data_links") == before
    assert kit.object(f"/v1/participants/{participant['id']}") == participant


@clauses("PK-186")
def test_a_data_link_is_deleted_once(kit: Kit) -> None:
    path = f"/v1/data_links/{kit.first('data_links')['id']}"

    assert kit.http.delete(path).status_code == 200
    refused(kit.http.delete(path), 404)


@clauses("PK-097")
def test_an_id_is_not_given_again(kit: Kit) -> None:
    deleted = kit.make("studies")["id"]
    kit.http.delete(f"/v1/studies/{deleted}")

    assert deleted not in {kit.make("studies")["id"] for _ in range(10)}


def test_a_delete_may_carry_a_body_which_means_nothing(kit: Kit) -> None:
    study = kit.make("studies")["id"]

    assert kit.http.request("DELETE", f"/v1/studies/{study}", content=b"{ no JSON").status_code == 200
