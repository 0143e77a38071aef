"""Defects that Consent Kit alone can have."""

from __future__ import annotations

from defects.catalogue import kits, kits_promises
from defects.faults import body, given, items, members, planting, query, without
from defects.spoiler import Defect

DEFECTS: list[Defect] = []
plant = planting("consent-kit", DEFECTS)
kits.plant_all("consent-kit", DEFECTS)
kits_promises.plant_promises("consent-kit", DEFECTS)

PEOPLE = "list_participants retrieve_participant"
CONSENTS = "list_consents retrieve_consent"

plant(
    "project-as-id",
    "the project of an event is an id",
    "CK-048",
    "list_events retrieve_event",
    items(lambda each: each.update(project=each["project"]["id"])),
)
plant(
    "another-project",
    "a new event belongs to another project",
    "CK-045",
    "create_event",
    items(lambda each: each["project"].update(id="prj_000000000000")),
)
plant(
    "events-of-one-project",
    "events of some projects are left out",
    "CK-050",
    "list_events",
    body(lambda page: {**page, "data": [each for each in page["data"] if each["project"]["id"][-1] < "m"]}),
)
plant("names-hidden", "participants lack email and first_name", "CK-058 CK-059", PEOPLE, without("email", "first_name"))
plant(
    "names-only-with-include",
    "email is null without include=pii",
    "CK-059",
    PEOPLE,
    items(lambda each: each.update(email=None), lambda sent: sent.parameter("include") != "pii"),
)
plant(
    "event-as-id",
    "the event of a participant is an id",
    "CK-061",
    PEOPLE,
    items(lambda each: each.update(event=each["event"]["id"])),
)
plant(
    "code-is-address",
    "anonymous_id is the address of the participant",
    "CK-063",
    f"{PEOPLE} create_participant",
    items(lambda each: each.update(anonymous_id=each["email"].split("@")[0])),
)
plant(
    "email-lost",
    "the reply to a new participant lacks the email sent",
    "CK-075",
    "create_participant",
    members("email", lambda value: "someone@example.org"),
)
plant(
    "participants-paged-by-fifty",
    "a page has at least fifty participants",
    "CK-064",
    "list_participants",
    query(limit=50, when=given("limit")),
)
plant(
    "links-twice",
    "a data link is on two pages",
    "CK-100",
    "list_data_links",
    body(lambda page: {**page, "data": [*page["data"][:1], *page["data"]][: max(1, len(page["data"]))]}),
)
