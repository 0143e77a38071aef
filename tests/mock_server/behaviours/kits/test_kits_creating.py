"""Creating studies, events, participants and data links: what is needed, what is refused, what comes of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kits import NO_TEXTS, Kit, blamed, moment, refused
from twins import CK, PK, each_created, each_joined, each_kit

clauses = pytest.mark.clauses

REQUIRED = [
    pytest.param(PK, "studies", "project_id", marks=clauses("PK-080")),
    pytest.param(PK, "studies", "name", marks=clauses("PK-081")),
    pytest.param(PK, "participants", "name", marks=clauses("PK-130")),
    pytest.param(PK, "participants", "email", marks=clauses("PK-131")),
    pytest.param(PK, "participants", "event_id", marks=clauses("PK-132")),
    pytest.param(PK, "data_links", "url", marks=clauses("PK-155")),
    pytest.param(PK, "data_links", "recorded_at", marks=clauses("PK-156")),
    pytest.param(PK, "data_links", "participant_id", marks=clauses("PK-157")),
    pytest.param(CK, "events", "project_id", marks=clauses("CK-041")),
    pytest.param(CK, "events", "name", marks=clauses("CK-042")),
    pytest.param(CK, "participants", "name", marks=clauses("CK-069")),
    pytest.param(CK, "participants", "email", marks=clauses("CK-070")),
    pytest.param(CK, "participants", "event_id", marks=clauses("CK-071")),
    pytest.param(CK, "data_links", "url", marks=clauses("CK-090")),
    pytest.param(CK, "data_links", "recorded_at", marks=clauses("CK-091")),
    pytest.param(CK, "data_links", "participant_id", marks=clauses("CK-092")),
]

each_required = pytest.mark.parametrize(("twin", "name", "member"), REQUIRED, ids=str)


@clauses("PK-087", "PK-204", "PK-212", "CK-119", "CK-139")
@pytest.mark.parametrize(
    ("twin", "name"), [(PK, "studies"), (PK, "participants"), (CK, "events"), (CK, "participants")], ids=str
)
def test_what_is_made_can_be_retrieved_and_stands_last_in_a_list_one_longer(kit: Kit, name: str) -> None:
    before = kit.everything(name)

    made = kit.make(name)

    assert kit.object(f"/v1/{name}/{made['id']}") == made
    assert kit.everything(name) == [*before, made]


@clauses("PK-139", "PK-121", "CK-076", "CK-062", "CK-155")
@each_kit
def test_each_participant_gets_its_own_code(kit: Kit) -> None:
    codes = {kit.make("participants")["anonymous_id"] for _ in range(30)}

    assert len(codes) == 30
    assert all(re.fullmatch(r"[0-9A-Z]{6,8}", code) for code in codes)


@clauses("PK-140", "CK-123")
@each_kit
def test_the_same_address_may_be_used_again(kit: Kit) -> None:
    body = kit.usable("participants")

    first, second = kit.make("participants", **body), kit.make("participants", **body)

    assert first["id"] != second["id"]
    assert first["anonymous_id"] != second["anonymous_id"]


@clauses(
    "PK-154", "PK-163", "PK-164", "PK-165", "PK-088", "PK-205",
    "CK-089", "CK-096", "CK-098", "CK-046", "CK-149", "CK-140",
)  # fmt: skip
@each_kit
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


@clauses("PK-185", "PK-154", "PK-206", "CK-150", "CK-141")
@pytest.mark.parametrize("title", ["Interview", "", "نص", None])
@each_kit
def test_a_title_comes_back(kit: Kit, title: str | None) -> None:
    assert kit.make("data_links", title=title)["title"] == title


@clauses("PK-165", "CK-098")
@each_kit
def test_a_reminder_cannot_be_set(kit: Kit) -> None:
    assert kit.make("data_links", reminder_on="2030-01-01T00:00:00Z")["reminder_on"] is None


@clauses("PK-158", "PK-216", "PK-217", "CK-093", "CK-147", "CK-148")
@each_kit
def test_a_recording_dated_by_day_comes_back_as_that_midnight(kit: Kit) -> None:
    assert moment(kit.make("data_links", recorded_at="2025-03-04")["recorded_at"]) == moment("2025-03-04T00:00:00Z")


@clauses("PK-159", "CK-125")
@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2025-03-04T15:20:00Z", "2025-03-04T15:20:00Z"),
        ("2025-03-04T15:20:00+01:00", "2025-03-04T14:20:00Z"),
        ("2025-03-04T00:30:00.250+02:00", "2025-03-03T22:30:00.250Z"),
    ],
)
@each_kit
def test_a_recording_dated_to_the_second_comes_back_as_that_moment(kit: Kit, sent: str, meant: str) -> None:
    assert moment(kit.make("data_links", recorded_at=sent)["recorded_at"]) == moment(meant)


@clauses("PK-160", "CK-094")
@pytest.mark.parametrize(
    "sent",
    ["yesterday", "04/03/2025", "2025-02-30", "2025-13-01", "2025", "1741046400", "2025-03-04 15:20", "0000-00-00"],
)
@each_kit
def test_a_recording_without_a_date_is_refused(kit: Kit, sent: str) -> None:
    reply = kit.http.post("/v1/data_links", json={**kit.usable("data_links"), "recorded_at": sent})

    assert blamed(reply) == {"recorded_at"}


@clauses("PK-162", "CK-124")
@pytest.mark.parametrize(
    "sent",
    ["files.example.com/1", "/recordings/1", "ftp://files.example.com/1", "javascript:alert(1)", "https://", "x"],
)
@each_kit
def test_a_link_that_is_not_a_web_address_is_refused(kit: Kit, sent: str) -> None:
    assert blamed(kit.http.post("/v1/data_links", json={**kit.usable("data_links"), "url": sent})) == {"url"}


@clauses("PK-135", "CK-073")
@pytest.mark.parametrize("sent", ["ada", "ada@", "@example.org", "a b@example.org", "a@b@c", "@", "ada@example.org "])
@each_kit
def test_an_address_that_no_mail_reaches_is_refused(kit: Kit, sent: str) -> None:
    assert blamed(kit.http.post("/v1/participants", json={**kit.usable("participants"), "email": sent})) == {"email"}


@clauses("PK-014", "PK-017", "PK-018", "CK-014", "CK-016", "CK-017")
@each_required
def test_a_missing_member_is_named(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()
    del body[member]

    assert blamed(kit.http.post(f"/v1/{name}", json=body)) == {member}
    assert kit.snapshot() == before


@clauses("PK-082", "PK-018", "CK-043", "CK-017")
@each_required
def test_a_blank_or_null_member_counts_as_missing(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for empty in ("", "  ", "\t\n", "\u2003", None):
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: empty})) == {member}
    assert kit.snapshot() == before


@clauses("PK-178", "PK-018", "CK-111", "CK-017")
@each_required
def test_a_member_of_another_json_type_is_refused(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for wrong in NO_TEXTS:
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: wrong})) == {member}
    assert kit.snapshot() == before


@clauses("PK-083", "CK-112")
@pytest.mark.parametrize("body", [{}, {"unknown": 1}], ids=["empty", "unknown"])
@each_created
def test_all_missing_members_are_named_at_once(kit: Kit, name: str, body: dict[str, Any]) -> None:
    assert blamed(kit.http.post(f"/v1/{name}", json=body)) == set(kit.usable(name))


@clauses("PK-083", "CK-112")
@each_kit
def test_different_faults_are_named_at_once(kit: Kit) -> None:
    reply = kit.http.post("/v1/participants", json={"name": 7, "email": "nobody"})

    assert blamed(reply) == {"name", "email", "event_id"}


@pytest.mark.parametrize(
    ("twin", "name", "member"),
    [
        pytest.param(PK, "studies", "project_id", marks=clauses("PK-084")),
        pytest.param(PK, "participants", "event_id", marks=clauses("PK-134")),
        pytest.param(PK, "data_links", "participant_id", marks=clauses("PK-161")),
        pytest.param(CK, "events", "project_id", marks=clauses("CK-044")),
        pytest.param(CK, "participants", "event_id", marks=clauses("CK-072")),
        pytest.param(CK, "data_links", "participant_id", marks=clauses("CK-095")),
    ],
    ids=str,
)
def test_a_parent_that_does_not_exist_is_refused_by_name(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for id in ("x", "stu_000000000000", "evt_000000000000", "0", "a" * 100_000, "\x00", "💥", "' OR '1'='1"):
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: id})) == {member}
    assert kit.snapshot() == before


@clauses("PK-086", "CK-113")
@each_created
def test_what_the_server_sets_cannot_be_sent(kit: Kit, name: str) -> None:
    wishes = {
        "id": "mine",
        "object": "mine",
        "created_at": "1999-01-01T00:00:00Z",
        "updated_at": "1999-01-01T00:00:00Z",
        "start_date": "1999-01-01",
        "tags": ["mine"],
        "anonymous_id": "mine",
        "first_name": "mine",
        "app_url": "https://mine.example.com",
        "organisation": "org_other",
        "project": "mine",
        "study": "mine",
        "event": "mine",
        "reminder_on": "1999-01-01T00:00:00Z",
        "unknown": {"deep": ["mine"]},
    }

    made = kit.make(name, **wishes)

    assert not [member for member, wish in wishes.items() if made.get(member) == wish]
    assert made in kit.everything(name)


@clauses("PK-021", "CK-109")
@each_created
def test_a_form_does_as_well_as_json(kit: Kit, name: str) -> None:
    reply = kit.http.post(f"/v1/{name}", data=kit.usable(name))

    assert reply.status_code == 201
    assert set(reply.json()) == set(kit.make(name))


@clauses("PK-021", "PK-083", "CK-109", "CK-112")
@each_created
def test_a_form_is_refused_like_json(kit: Kit, name: str) -> None:
    assert blamed(kit.http.post(f"/v1/{name}", data={"unknown": "1"})) == set(kit.usable(name))


@clauses("PK-177", "CK-110")
@each_created
def test_a_body_of_another_type_is_415(kit: Kit, name: str) -> None:
    for media_type in ("text/plain", "application/xml", "multipart/form-data", "application/jsonl", "x"):
        reply = kit.http.post(f"/v1/{name}", content=b"{}", headers={"Content-Type": media_type})

        assert refused(reply, 415)["type"] == "unsupported_media_type"


@clauses("PK-101", "CK-121")
@each_joined
def test_nobody_can_join_what_was_deleted(kit: Kit, name: str) -> None:
    deleted = kit.make(name)["id"]
    kit.http.delete(f"/v1/{name}/{deleted}")

    reply = kit.http.post("/v1/participants", json={**kit.usable("participants"), "event_id": deleted})

    assert blamed(reply) == {"event_id"}


@clauses("PK-203", "CK-138")
@each_created
def test_what_is_made_is_dated_now(kit: Kit, name: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)

    made = kit.make(name)

    assert before <= moment(made["created_at"]) <= datetime.now(UTC) + timedelta(seconds=1)


@clauses("PK-208", "CK-143")
@each_created
def test_nobody_makes_anything_anonymously(kit: Kit, name: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    assert kit.calling(None).http.post(f"/v1/{name}", json=body).status_code == 401
    assert kit.snapshot() == before


@clauses("PK-206", "PK-212", "CK-049", "CK-141")
@pytest.mark.parametrize("text", ["Étude № 7 — «Été»", "دراسة", "研究 🧪", "O'Hara"])
@each_joined
def test_letters_of_every_kind_come_back(kit: Kit, name: str, text: str) -> None:
    made = kit.make(name, name=text)

    assert made.get("name", text) == text
    assert kit.everything(name)[-1] == made
