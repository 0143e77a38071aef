"""Creating events, participants and data links: what is needed, what is refused, what comes of it."""

import pytest
from kits import NO_FORMS, NO_OBJECTS, NO_TEXTS, Kit, blamed, moment, refused

clauses = pytest.mark.clauses

CREATED = ["events", "participants", "data_links"]
REQUIRED = [
    pytest.param("events", "project_id", marks=clauses("CK-041")),
    pytest.param("events", "name", marks=clauses("CK-042")),
    pytest.param("participants", "name", marks=clauses("CK-069")),
    pytest.param("participants", "email", marks=clauses("CK-070")),
    pytest.param("participants", "event_id", marks=clauses("CK-071")),
    pytest.param("data_links", "url", marks=clauses("CK-090")),
    pytest.param("data_links", "recorded_at", marks=clauses("CK-091")),
    pytest.param("data_links", "participant_id", marks=clauses("CK-092")),
]

each_required = pytest.mark.parametrize(("name", "member"), REQUIRED)
each_created = pytest.mark.parametrize("name", CREATED)


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


@clauses("CK-119")
@pytest.mark.parametrize("name", ["events", "participants"])
def test_what_is_made_can_be_retrieved_and_stands_last_in_a_list_one_longer(kit: Kit, name: str) -> None:
    before = kit.everything(name)

    made = kit.make(name)

    assert kit.object(f"/v1/{name}/{made['id']}") == made
    assert kit.everything(name) == [*before, made]


@clauses("CK-068", "CK-074", "CK-075", "CK-076", "CK-122", "CK-046")
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
def test_a_study_is_no_event(kit: Kit) -> None:
    body = kit.usable("participants")
    event = body.pop("event_id")

    assert blamed(kit.http.post("/v1/participants", json={**body, "study_id": event})) == {"event_id"}


@clauses("CK-123")
def test_the_same_address_may_be_used_again(kit: Kit) -> None:
    body = kit.usable("participants")

    first, second = kit.make("participants", **body), kit.make("participants", **body)

    assert first["id"] != second["id"]
    assert first["anonymous_id"] != second["anonymous_id"]


@clauses("CK-089", "CK-096", "CK-098", "CK-127", "CK-046")
def test_a_data_link_is_made_without_title_and_reminder(kit: Kit) -> None:
    before = kit.everything("data_links")

    reply = kit.http.post("/v1/data_links", json=kit.usable("data_links"))

    assert reply.status_code == 201
    link = reply.json()
    assert link["object"] == "data_link"
    assert (link["title"], link["reminder_on"]) == (None, None)
    assert kit.everything("data_links") == [*before, link]


@clauses("CK-127", "CK-098")
def test_a_title_comes_back_and_a_reminder_cannot_be_set(kit: Kit) -> None:
    link = kit.make("data_links", title="Signed form", reminder_on="2030-01-01T00:00:00Z")

    assert (link["title"], link["reminder_on"]) == ("Signed form", None)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        pytest.param("2025-03-04", "2025-03-04T00:00:00Z", marks=clauses("CK-093", "CK-126")),
        pytest.param("2025-03-04T15:20:00Z", "2025-03-04T15:20:00Z", marks=clauses("CK-125")),
        pytest.param("2025-03-04T15:20:00+01:00", "2025-03-04T14:20:00Z", marks=clauses("CK-125")),
    ],
)
def test_a_date_or_a_moment_says_when_data_was_recorded(kit: Kit, sent: str, meant: str) -> None:
    assert moment(kit.make("data_links", recorded_at=sent)["recorded_at"]) == moment(meant)


@clauses("CK-094")
@pytest.mark.parametrize("sent", ["yesterday", "04/03/2025", "2025-02-30", "2025", "1741046400", "2025-03-04 15:20"])
def test_a_recording_without_a_date_is_refused(kit: Kit, sent: str) -> None:
    reply = kit.http.post("/v1/data_links", json={**kit.usable("data_links"), "recorded_at": sent})

    assert blamed(reply) == {"recorded_at"}


@clauses("CK-124")
@pytest.mark.parametrize("sent", ["files.example.com/1", "/1", "ftp://files.example.com/1", "javascript:alert(1)", "x"])
def test_a_link_that_is_no_web_address_is_refused(kit: Kit, sent: str) -> None:
    assert blamed(kit.http.post("/v1/data_links", json={**kit.usable("data_links"), "url": sent})) == {"url"}


@clauses("CK-073")
@pytest.mark.parametrize("sent", ["ada", "ada@", "@example.org", "a b@example.org", "a@b@c", "@"])
def test_an_address_that_no_mail_reaches_is_refused(kit: Kit, sent: str) -> None:
    assert blamed(kit.http.post("/v1/participants", json={**kit.usable("participants"), "email": sent})) == {"email"}


@clauses("CK-014", "CK-016", "CK-017")
@each_required
def test_a_missing_member_is_named(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()
    del body[member]

    assert blamed(kit.http.post(f"/v1/{name}", json=body)) == {member}
    assert kit.snapshot() == before


@clauses("CK-043", "CK-017")
@each_required
def test_a_blank_or_null_member_counts_as_missing(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for empty in ("", "  ", "\t\n", "\u2003", None):
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: empty})) == {member}
    assert kit.snapshot() == before


@clauses("CK-111", "CK-017")
@each_required
def test_a_member_of_another_json_type_is_refused(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for wrong in NO_TEXTS:
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: wrong})) == {member}
    assert kit.snapshot() == before


@clauses("CK-112")
@each_created
def test_all_missing_members_are_named_at_once(kit: Kit, name: str) -> None:
    wanted = set(kit.usable(name))

    assert blamed(kit.http.post(f"/v1/{name}", json={})) == wanted
    assert blamed(kit.http.post(f"/v1/{name}", data={"unknown": "1"})) == wanted


@pytest.mark.parametrize(
    ("name", "member"),
    [
        pytest.param("events", "project_id", marks=clauses("CK-044")),
        pytest.param("participants", "event_id", marks=clauses("CK-072")),
        pytest.param("data_links", "participant_id", marks=clauses("CK-095")),
    ],
)
def test_a_parent_that_does_not_exist_is_refused_by_name(kit: Kit, name: str, member: str) -> None:
    body, before = kit.usable(name), kit.snapshot()

    for id in ("x", "evt_000000000000", "0", "a" * 100_000, "\x00", "💥", "' OR '1'='1"):
        assert blamed(kit.http.post(f"/v1/{name}", json={**body, member: id})) == {member}
    assert kit.snapshot() == before


@clauses("CK-113")
@each_created
def test_what_the_server_sets_cannot_be_sent(kit: Kit, name: str) -> None:
    wishes = {
        "id": "mine",
        "object": "mine",
        "created_at": "1999-01-01T00:00:00Z",
        "updated_at": "1999-01-01T00:00:00Z",
        "anonymous_id": "mine",
        "first_name": "mine",
        "app_url": "https://mine.example.com",
        "organisation": "org_other",
        "project": "mine",
        "event": "mine",
        "reminder_on": "1999-01-01T00:00:00Z",
    }

    made = kit.make(name, **wishes)

    assert not [member for member, wish in wishes.items() if made.get(member) == wish]
    assert made in kit.everything(name)


@clauses("CK-109")
@each_created
def test_a_form_does_as_well_as_json(kit: Kit, name: str) -> None:
    reply = kit.http.post(f"/v1/{name}", data=kit.usable(name))

    assert reply.status_code == 201
    assert set(reply.json()) == set(kit.make(name))


@clauses("CK-110")
@each_created
def test_a_body_of_another_type_is_415(kit: Kit, name: str) -> None:
    for media_type in ("text/plain", "application/xml", "multipart/form-data", "application/jsonl", "x"):
        reply = kit.http.post(f"/v1/{name}", content=b"{}", headers={"Content-Type": media_type})

        assert refused(reply, 415)["type"] == "unsupported_media_type"


@clauses("CK-108", "CK-012", "CK-013", "CK-017", "CK-001")
@each_created
def test_rubbish_is_400_and_makes_nothing(kit: Kit, name: str) -> None:
    before = kit.snapshot()

    for content in NO_OBJECTS.values():
        reply = kit.http.post(f"/v1/{name}", content=content, headers={"Content-Type": "application/json"})
        assert refused(reply, 400)["type"] == "invalid_request"
    for content in NO_FORMS:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        refused(kit.http.post(f"/v1/{name}", content=content, headers=form), 400)

    assert kit.snapshot() == before


@clauses("CK-121")
def test_nobody_can_join_a_deleted_event(kit: Kit) -> None:
    event = kit.make("events")["id"]
    kit.http.delete(f"/v1/events/{event}")

    reply = kit.http.post("/v1/participants", json={**kit.usable("participants"), "event_id": event})

    assert blamed(reply) == {"event_id"}
