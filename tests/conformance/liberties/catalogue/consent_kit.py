"""Liberties of Consent Kit; those that Participant Kit leaves open as well are in `kits`."""

from __future__ import annotations

from defects.faults import extra, given, items, query, reworded
from defects.messages import Answer, Sent
from defects.spoiler import Mock

from liberties.catalogue import kits
from liberties.liberty import Liberty, Printed, allowing, printing

LIBERTIES: list[Liberty | Printed] = []
kits.allow_all("consent-kit", LIBERTIES)
allow = allowing("consent-kit", LIBERTIES)
show = printing("consent-kit", LIBERTIES)

EVENTS = "list_events retrieve_event create_event"
WHEN = {"created_at": kits.NOW, "updated_at": kits.NOW}


async def email_in_lower_case(sent: Sent, mock: Mock) -> Answer:
    answer = await mock.ask(sent)
    return answer.with_json({**answer.json, "email": answer.json["email"].lower()}) if answer.ok else answer


allow(
    "events-without-name",
    "an event shows no name",
    "The event object: attributes",
    EVENTS,
    items(lambda each: {name: value for name, value in each.items() if name != "name"}),
)
allow("events-with-title", "an event has a title beside its name", "The event object", EVENTS, extra(title=None))
allow(
    "capped-at-100",
    "limit is capped at 100",
    "limit: no bound is named",
    "list_*",
    reworded("limit", lambda value: "100" if value.isdecimal() and int(value) > 100 else value),
)
allow(
    "include-means-something",
    "include=pii adds the full name",
    "Participants: parameters",
    "list_participants retrieve_participant",
    items(lambda each: each.update(name="Amara Jane Holt"), given("include")),
)
allow(
    "consent-with-short-participant",
    "the participant in a consent is its id and code",
    "Consents: participant, object",
    "list_consents retrieve_consent",
    items(
        lambda each: each.update(
            participant={name: each["participant"][name] for name in ("id", "object", "anonymous_id")}
        )
    ),
)
allow("include-ignored", "include is dropped", "Participants: parameters", "list_* retrieve_*", query(include=None))
allow("email-in-lower-case", "an email is kept in lower case", "email", "create_participant", email_in_lower_case)
allow(
    "telling-ids",
    "app_url of a participant holds the first name",
    "app_url",
    "list_participants retrieve_participant",
    items(lambda each: each.update(app_url=f"{each['app_url']}/{each['first_name']}")),
)

show(
    "event-table",
    "The event object",
    "retrieve_event",
    {"id": "1", "object": "event", **WHEN, "app_url": "https://app.example.com/e/1", "project": {"id": "p1"}},
)
show(
    "participant-table",
    "The participant object",
    "retrieve_participant",
    {
        "id": "1",
        "object": "participant",
        "first_name": "Amara",
        "email": "amara@example.org",
        **WHEN,
        "anonymous_id": "A1",
        "app_url": "https://app.example.com/p/1",
        "event": {"id": "e1"},
    },
)
