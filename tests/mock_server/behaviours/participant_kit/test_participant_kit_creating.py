"""Creating studies and participants, who show personal data only when asked; the second address of data links."""

from typing import Any

import pytest
from kits import Kit, blamed, keys

clauses = pytest.mark.clauses


@clauses("PK-078", "PK-079", "PK-085", "PK-088")
def test_a_study_is_made_from_a_project_and_a_name(kit: Kit) -> None:
    project = kit.first("projects")["id"]

    reply = kit.http.post("/v1/studies", json={"project_id": project, "name": "Kitchen diaries – Küche"})

    assert reply.status_code == 201
    study = reply.json()
    assert study["object"] == "study"
    assert study["name"] == "Kitchen diaries – Küche"
    assert (study["start_date"], study["end_date"], study["tags"]) == (None, None, [])


@clauses("PK-129", "PK-183", "PK-136", "PK-139", "PK-088")
def test_a_participant_is_made_from_name_email_and_study_and_shown_without_personal_data(kit: Kit) -> None:
    study = kit.first("studies")

    reply = kit.http.post(
        "/v1/participants", json={"name": "Ada Byron King", "email": "ada@example.org", "event_id": study["id"]}
    )

    assert reply.status_code == 201
    participant = reply.json()
    assert participant["object"] == "participant"
    assert participant["study"] == study
    assert participant["anonymous_id"]
    assert not keys(participant) & {"email", "first_name"}
    assert "Byron" not in reply.text
    assert kit.object(f"/v1/participants/{participant['id']}") == participant


@clauses("PK-133")
def test_the_study_of_a_participant_may_be_called_study_id(kit: Kit) -> None:
    body = kit.usable("participants")
    study = body.pop("event_id")

    reply = kit.http.post("/v1/participants", json={**body, "study_id": study})

    assert reply.status_code == 201
    assert reply.json()["study"]["id"] == study


@clauses("PK-133")
def test_event_id_wins_over_study_id(kit: Kit) -> None:
    first, second = kit.listed("studies", limit=2)

    made = kit.make("participants", event_id=first["id"], study_id=second["id"])

    assert made["study"] == first


@clauses("PK-132", "PK-133")
def test_a_missing_study_is_asked_for_as_event_id(kit: Kit) -> None:
    body = kit.usable("participants")
    del body["event_id"]

    assert blamed(kit.http.post("/v1/participants", json=body)) == {"event_id"}


@clauses("PK-136", "PK-137", "PK-138", "PK-118", "PK-213")
@pytest.mark.parametrize("where", ["query", "body", "form"])
def test_include_on_create_is_taken_from_query_and_body(kit: Kit, where: str) -> None:
    body = kit.usable("participants")
    sent: dict[str, Any] = {
        "query": {"json": body, "params": {"include": "pii"}},
        "body": {"json": {**body, "include": "pii"}},
        "form": {"data": {**body, "include": "pii"}},
    }[where]

    made = kit.http.post("/v1/participants", **sent).json()

    assert made["email"] == body["email"]
    assert made["first_name"] == "Amara"
    assert "name" not in made


@clauses("PK-137", "PK-122")
@pytest.mark.parametrize("include", ["properties", "PII", "", None])
def test_other_words_in_include_show_nothing_on_create(kit: Kit, include: str | None) -> None:
    made = kit.make("participants", include=include)

    assert not keys(made) & {"email", "first_name"}


@clauses("PK-138")
@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Cher", "Cher"),
        ("  Ana Lucía  Pérez", "Ana"),
        ("José-María Núñez", "José-María"),
        ("李 小龙", "李"),
        ("A\tB", "A"),
    ],
)
def test_the_first_word_of_a_name_is_the_first_name(kit: Kit, name: str, first: str) -> None:
    assert kit.make("participants", name=name, include="pii")["first_name"] == first


@clauses("PK-182", "PK-181")
def test_the_hyphenated_address_is_the_same_list(kit: Kit) -> None:
    assert kit.everything("/v1/data-links") == kit.everything("/v1/data_links")

    made = kit.http.post("/v1/data-links", json=kit.usable("data_links"))
    assert made.status_code == 201
    assert kit.everything("/v1/data_links")[-1] == made.json()

    gone = kit.http.delete(f"/v1/data-links/{made.json()['id']}")
    assert gone.json() == {"id": made.json()["id"], "object": "data_link", "deleted": True}
    assert kit.everything("/v1/data-links") == kit.everything("/v1/data_links")
    assert made.json()["id"] not in kit.ids("data_links")
