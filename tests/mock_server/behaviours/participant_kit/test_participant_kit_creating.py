"""Creating studies, participants and data links: what is needed, what is refused, what comes of it."""

import re
from typing import Any

import pytest
from kits import NO_TEXTS, Kit, blamed, keys, moment, refused

clauses = pytest.mark.clauses

CREATED = ["studies", "participants", "data_links"]
REQUIRED = [
    pytest.param("studies", "project_id", marks=clauses("PK-080")),
    pytest.param("studies", "name", marks=clauses("PK-081")),
    pytest.param("participants", "name", marks=clauses("PK-130")),
    pytest.param("participants", "email", marks=clauses("PK-131")),
    pytest.param("participants", "event_id", marks=clauses("PK-132")),
    pytest.param("data_links", "url", marks=clauses("PK-155")),
    pytest.param("data_links", "recorded_at", marks=clauses("PK-156")),
    pytest.param("data_links", "participant_id", marks=clauses("PK-157")),
]

each_required = pytest.mark.parametrize(("name", "member"), REQUIRED)
each_created = pytest.mark.parametrize("name", CREATED)


@clauses("PK-078", "PK-079", "PK-085", "PK-088")
def test_a_study_is_made_from_a_project_and_a_name(kit: Kit) -> None:
    project = kit.first("projects")["id"]

    reply = kit.http.post("/v1/studies", json={"project_id": project, "name": "Kitchen diaries – Küche"})

    assert reply.status_code == 201
    study = reply.json()
    assert study["object"] == "study"
    assert study["name"] == "Kitchen diaries – Küche"
    assert (study["start_date"], study["end_date"], study["tags"]) == (None, None, [])


@clauses("PK-087")
@pytest.mark.parametrize("name", ["studies", "participants"])
def test_what_is_made_can_be_retrieved_and_stands_last_in_a_list_one_longer(kit: Kit, name: str) -> None:
    before = kit.everything(name)

    made = kit.make(name)

    assert kit.object(f"/v1/{name}/{made['id']}") == made
    assert kit.everything(name) == [*before, made]


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


@clauses("PK-136", "PK-137", "PK-138", "PK-118")
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


@clauses("PK-139", "PK-121")
def test_each_participant_gets_a_code_of_its_own(kit: Kit) -> None:
    codes = {kit.make("participants")["anonymous_id"] for _ in range(30)}

    assert len(codes) == 30
    assert all(re.fullmatch(r"[0-9A-Z]{6,8}", code) for code in codes)


@clauses("PK-140")
def test_the_same_address_may_be_used_again(kit: Kit) -> None:
    body = kit.usable("participants")

    first, second = kit.make("participants", **body), kit.make("participants", **body)

    assert first["id"] != second["id"]
    assert first["anonymous_id"] != second["anonymous_id"]


@clauses("PK-154", "PK-163", "PK-164", "PK-165", "PK-088")
def test_a_data_link_is_made_without_title_and_reminder(kit: Kit) -> None:
    before = kit.everything("data_links")
    body = kit.usable("data_links")

    reply = kit.http.post("/v1/data_links", json=body)

    assert reply.status_code == 201
    link = reply.json()
    assert link["object"] == "data_link"
    assert link["url"] == body["url"]
    assert (link["title"], link["reminder_on"]) == (None, None)
    assert kit.everything("data_links") == [*before, link]


@clauses("PK-185", "PK-154")
@pytest.mark.parametrize("title", ["Interview", "", "نص", None])
def test_a_title_comes_back(kit: Kit, title: str | None) -> None:
    assert kit.make("data_links", title=title)["title"] == title


@clauses("PK-165")
def test_a_reminder_cannot_be_set(kit: Kit) -> None:
    assert kit.make("data_links", reminder_on="2030-01-01T00:00:00Z")["reminder_on"] is None


@clauses("PK-158", "PK-184")
def test_a_recording_dated_by_day_comes_back_as_that_midnight(kit: Kit) -> None:
    assert moment(kit.make("data_links", recorded_at="2025-03-04")["recorded_at"]) == moment("2025-03-04T00:00:00Z")


@clauses("PK-159")
@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2025-03-04T15:20:00Z", "2025-03-04T15:20:00Z"),
        ("2025-03-04T15:20:00+01:00", "2025-03-04T14:20:00Z"),
        ("2025-03-04T00:30:00.250+02:00", "2025-03-03T22:30:00.250Z"),
    ],
)
def test_a_recording_dated_to_the_second_comes_back_as_that_moment(kit: Kit, sent: str, meant: str) -> None:
    assert moment(kit.make("data_links", recorded_at=sent)["recorded_at"]) == moment(meant)


@clauses("PK-160")
@pytest.mark.parametrize(
    "sent",
    ["yesterday", "04/03/2025", "2025-02-30", "2025-13-01", "2025", "1741046400", "2025-03-04 15:20", "0000-00-00"],
)
def test_a_recording_without_a_date_is_refused(kit: Kit, sent: str) -> None:
    reply = kit.http.post("/v1/data_links", json={**kit.usable("data_links"), "recorded_at": sent})

    assert blamed(reply) == {"recorded_at"}


@clauses("PK-162")
@pytest.mark.parametrize(
    "sent",
    ["files.example.com/1", "/recordings/1", "ftp://files.example.com/1", "javascript:alert(1)", "https://", "x"],
)
def test_a_link_that_is_no_web_address_is_refused(kit: Kit, sent: str) -> None:
    assert blamed(kit.http.post("/v1/data_links", json={**kit.usable("data_links"), "url": sent})) == {"url"}


@clauses("PK-135")
@pytest.mark.parametrize("sent", ["ada", "ada@", "@example.org", "a b@example.org", "a@b@c", "@", "ada@example.org "])
def test_an_address_that_no_mail_reaches_is_refused(kit: Kit, sent: str) -> None:
    assert blamed(kit.http.post("/v1/participants", json={**kit.usable("participants"), "email": sent})) == {"email"}


@clauses("PK-014", "PK-017", "PK-018")
@each_required
def test_a_missing_member_is_named(kit: Kit, name: str, member: str) -> None:
    body = kit.usable(name)
    del body[member]
    before = kit.snapshot()

    assert blamed(kit.http.post(f"/v1/{name}", json=body)) == {member}
    assert kit.snapshot() == before


@clauses("PK-082", "PK-018")
@each_required
def test_a_blank_or_null_member_counts_as_missing(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for empty in ("", "  ", "\t\n", "\u2003", None):
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: empty})) == {member}
    assert kit.snapshot() == before


@clauses("PK-178", "PK-018")
@each_required
def test_a_member_of_another_json_type_is_refused(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for wrong in NO_TEXTS:
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: wrong})) == {member}
    assert kit.snapshot() == before


@clauses("PK-083")
@pytest.mark.parametrize("body", [{}, {"unknown": 1}], ids=["empty", "unknown"])
@each_created
def test_all_missing_members_are_named_at_once(kit: Kit, name: str, body: dict[str, Any]) -> None:
    assert blamed(kit.http.post(f"/v1/{name}", json=body)) == set(kit.usable(name))


@clauses("PK-083")
def test_different_faults_are_named_at_once(kit: Kit) -> None:
    reply = kit.http.post("/v1/participants", json={"name": 7, "email": "nobody"})

    assert blamed(reply) == {"name", "email", "event_id"}


@pytest.mark.parametrize(
    ("name", "member"),
    [
        pytest.param("studies", "project_id", marks=clauses("PK-084")),
        pytest.param("participants", "event_id", marks=clauses("PK-134")),
        pytest.param("data_links", "participant_id", marks=clauses("PK-161")),
    ],
)
def test_a_parent_that_does_not_exist_is_refused_by_name(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for id in ("x", "stu_000000000000", "0", "a" * 100_000, "\x00", "💥", "' OR '1'='1"):
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: id})) == {member}
    assert kit.snapshot() == before


@clauses("PK-086")
@pytest.mark.parametrize("name", CREATED)
def test_what_the_server_sets_cannot_be_sent(kit: Kit, name: str) -> None:
    wishes = {
        "id": "mine",
        "object": "mine",
        "created_at": "1999-01-01T00:00:00Z",
        "updated_at": "1999-01-01T00:00:00Z",
        "start_date": "1999-01-01",
        "tags": ["mine"],
        "anonymous_id": "mine",
        "app_url": "https://mine.example.com",
        "organisation": "org_other",
        "study": "mine",
        "reminder_on": "1999-01-01T00:00:00Z",
        "unknown": {"deep": ["mine"]},
    }

    made = kit.make(name, **wishes)

    assert not [member for member, wish in wishes.items() if made.get(member) == wish]
    assert made in kit.everything(name)


@clauses("PK-021")
@pytest.mark.parametrize("name", CREATED)
def test_a_form_does_as_well_as_json(kit: Kit, name: str) -> None:
    body = kit.usable(name)

    reply = kit.http.post(f"/v1/{name}", data=body)

    assert reply.status_code == 201
    assert set(reply.json()) == set(kit.make(name))


@clauses("PK-021", "PK-083")
@pytest.mark.parametrize("name", CREATED)
def test_a_form_is_refused_like_json(kit: Kit, name: str) -> None:
    assert blamed(kit.http.post(f"/v1/{name}", data={"unknown": "1"})) == set(kit.usable(name))


@clauses("PK-177")
@pytest.mark.parametrize("name", CREATED)
def test_a_body_of_another_type_is_415(kit: Kit, name: str) -> None:
    for media_type in ("text/plain", "application/xml", "multipart/form-data", "application/jsonl", "x"):
        reply = kit.http.post(f"/v1/{name}", content=b"{}", headers={"Content-Type": media_type})

        assert refused(reply, 415)["type"] == "unsupported_media_type"


@clauses("PK-101")
def test_nobody_can_join_a_deleted_study(kit: Kit) -> None:
    study = kit.make("studies")["id"]
    kit.http.delete(f"/v1/studies/{study}")

    reply = kit.http.post("/v1/participants", json={**kit.usable("participants"), "event_id": study})

    assert blamed(reply) == {"event_id"}


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
