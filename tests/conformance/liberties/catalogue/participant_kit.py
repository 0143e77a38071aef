"""Liberties of Participant Kit; those that Consent Kit leaves open as well are in `kits`."""

from __future__ import annotations

from defects.faults import (
    body,
    every,
    extra,
    given,
    instead,
    items,
    members,
    query,
    replied,
    request_body,
    reworded,
)
from defects.messages import Answer, Sent
from defects.spoiler import Mock

from liberties.catalogue import kits
from liberties.liberty import Liberty, Printed, allowing, printing
from liberties.rewriting import absent_if_null, everywhere

LIBERTIES: list[Liberty | Printed] = []
kits.allow_all("participant-kit", LIBERTIES)
allow = allowing("participant-kit", LIBERTIES)
show = printing("participant-kit", LIBERTIES)

PANELLISTS = "list_panel_panellists"
PEOPLE = "list_participants retrieve_participant"
STUDIES = "list_studies retrieve_study create_study"
WHEN = {"created_at": kits.NOW, "updated_at": kits.NOW}


async def only_the_confirmed_count(sent: Sent, mock: Mock) -> Answer:
    """panellist_count leaves the unconfirmed out."""
    answer = await mock.ask(sent)
    if not answer.ok:
        return answer
    value = answer.json
    for panel in value.get("data", [value]):
        asked = sent.like(path=f"/v1/panels/{panel['id']}/panellists", query=[])
        found = await mock.everything(asked)
        panel["panellist_count"] = sum(each["confirmed_at"] is not None for each in found)
    return answer.with_json(value)


def empty_for_missing(_: Sent, answer: Answer) -> Answer:
    """A panel that is not there has no panellists."""
    return Answer.of(200, {"object": "list", "data": []}) if answer.status == 404 else answer


async def pii_in_consents(sent: Sent, mock: Mock) -> Answer:
    """include=pii is honoured by consents, too."""
    answer = await mock.ask(sent)
    if not answer.ok or sent.parameter("include") != "pii":
        return answer
    value = answer.json
    for each in value.get("data", [value]):
        each["participant"].update(email="a.b@example.com", first_name="Amara")
    return answer.with_json(value)


# --- panels and panellists --------------------------------------------------------------------------------------------

allow(
    "confirmed-count",
    "panellist_count leaves the unconfirmed out",
    "panellist_count",
    "list_panels retrieve_panel",
    only_the_confirmed_count,
)
allow(
    "panel-has-address",
    "a panel has an app_url",
    "The panel object",
    "list_panels retrieve_panel",
    extra(app_url="https://app.example.com/panels"),
)
allow(
    "unknown-panel-is-empty",
    "a panel that is not there has an empty list",
    "List panel panellists: never an error",
    PANELLISTS,
    replied(empty_for_missing),
)
allow(
    "nulls-left-out",
    "times that are null are absent",
    "List panel panellists: default response",
    PANELLISTS,
    absent_if_null("confirmed_at", "opted_out_at"),
)
allow(
    "in-again",
    "a panellist who opted out and in again shows both times",
    "opted in and not opted out",
    PANELLISTS,
    items(lambda each: each.update(opted_out_at="2001-01-01T00:00:00.000Z")),
)
allow("pii-in-any-case", "PII counts as pii", "include: pii", f"{PANELLISTS} {PEOPLE}", reworded("include", str.lower))
allow(
    "no-blanks-in-include",
    "blanks make a word of include unknown",
    "include: comma-separated",
    PANELLISTS,
    reworded("include", lambda value: "" if " " in value else value),
)
allow(
    "name-and-first-name",
    "with pii a panellist has a first_name, too",
    "include: pii adds email and name",
    PANELLISTS,
    items(lambda each: each.update(first_name=each["name"].split()[0]) if "name" in each else None),
)
allow(
    "entries-with-labels",
    "entries of properties have a label",
    "properties: entries",
    PANELLISTS,
    body(every(lambda each: each.update(label="x") if "field_id" in each else None)),
)
allow(
    "unset-values-are-null",
    "an entry that is not set has the value null",
    "properties: entries",
    PANELLISTS,
    items(
        lambda each: (
            each["properties"].append({"field_id": "f_000000000000", "value": None}) if each.get("properties") else None
        )
    ),
)
allow(
    "unknown-words-add",
    "an unknown word of include adds something",
    "include",
    PANELLISTS,
    items(lambda each: each.update(score=1), lambda sent: "unknown" in (sent.parameter("include") or "")),
)

# --- fields and studies -----------------------------------------------------------------------------------------------

allow(
    "options-as-objects",
    "options are objects",
    "options: array",
    "list_fields",
    items(
        lambda each: each.update(options=[{"value": value} for value in each["options"]]) if "options" in each else None
    ),
)
allow(
    "choices-without-options",
    "a field with a choice may lack options",
    "options: array, optional",
    "list_fields",
    items(lambda each: each.pop("options", None) and None),
)
allow("fields-with-times", "a field has created_at", "The field object", "list_fields", extra(created_at=kits.NOW))
allow(
    "field-readable",
    "a single field can be read",
    "Fields: silent on it",
    "*",
    instead(200, {"id": "f_1", "object": "field"}, lambda sent: sent.path.startswith("/v1/fields/")),
)
allow(
    "study-names-project",
    "a study names its project",
    "The study object",
    STUDIES,
    extra(project={"id": "prj_000000000000"}, project_id="prj_000000000000"),
)
allow(
    "study-without-dates",
    "dates that are null are absent",
    "start_date: date or null",
    STUDIES,
    absent_if_null("start_date", "end_date"),
)
allow(
    "study-dates-with-times",
    "dates have a time",
    "start_date: date",
    STUDIES,
    members("start_date", lambda value: value and f"{value}T00:00:00Z"),
)

# --- participants and consents ----------------------------------------------------------------------------------------

allow(
    "pii-with-full-name",
    "with pii a participant shows the full name",
    "include: pii",
    PEOPLE,
    items(lambda each: each.update(name=f"{each['first_name']} Holt") if "first_name" in each else None),
)
allow(
    "include-in-query-only",
    "include in the body of a creation is ignored",
    "Create a participant: include",
    "create_participant",
    request_body(lambda sent: sent.pop("include", None) and None),
)
allow(
    "include-in-body-only",
    "include in the query of a creation is ignored",
    "Create a participant: include",
    "create_participant",
    query(include=None),
)
allow(
    "properties-of-participants",
    "include=properties adds something to participants",
    "include",
    PEOPLE,
    items(lambda each: each.update(properties=[]), given("include")),
)
allow(
    "pii-in-consents",
    "include=pii is honoured by consents",
    "Consents: parameters",
    "list_consents retrieve_consent",
    pii_in_consents,
)
allow(
    "consent-with-code",
    "the participant in a consent is its id and code",
    "participant: object",
    "*",
    everywhere(
        lambda each: (
            each.update(participant={"id": each["participant"]["id"], "anonymous_id": "A1"})
            if isinstance(each.get("participant"), dict)
            else None
        )
    ),
)
allow(
    "participant-without-app",
    "app_url of participants is http",
    "app_url",
    "*",
    everywhere(
        lambda each: each.update(app_url=each["app_url"].replace("https:", "http:")) if "app_url" in each else None
    ),
)

# --- objects exactly as their tables list them ------------------------------------------------------------------------

show(
    "panel-table",
    "The panel object",
    "retrieve_panel",
    {"id": "pan_1", "object": "panel", "title": "A", "name": "a", "panellist_count": 0, **WHEN},
)
show(
    "study-table",
    "The study object",
    "retrieve_study",
    {
        "id": "1",
        "object": "study",
        "name": "Diary",
        "start_date": None,
        "end_date": "2025-01-31",
        "tags": [],
        **WHEN,
        "app_url": "https://app.example.com/s/1",
    },
)
show(
    "field-table",
    "The field object",
    "list_fields",
    {
        "data": [
            {"id": "f_1", "object": "field", "name": "date_of_birth", "title": "Date of birth", "datatype": "date"},
            {
                "id": "f_2",
                "object": "field",
                "name": "city",
                "title": "City",
                "datatype": "single_option",
                "options": ["Leeds"],
            },
        ]
    },
)
show(
    "panellists-in-full",
    "List panel panellists: include=pii,properties",
    PANELLISTS,
    {
        "data": [
            {
                "id": "1",
                "opted_in_at": kits.NOW,
                "confirmed_at": None,
                "opted_out_at": None,
                "email": "amara@example.org",
                "name": "Amara Holt",
                "properties": [
                    {"field_id": "f_1", "value": "1990-02-03"},
                    {"field_id": "f_2", "value": ["Leeds", "York"]},
                ],
            }
        ]
    },
    query={"include": "pii,properties"},
)
show(
    "participant-table",
    "The participant object",
    "retrieve_participant",
    {
        "id": "1",
        "object": "participant",
        "anonymous_id": "A1",
        **WHEN,
        "app_url": "https://app.example.com/p/1",
        "study": {"id": "s1"},
    },
)
