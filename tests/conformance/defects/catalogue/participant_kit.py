"""Defects of Participant Kit; those that Consent Kit can have as well are in `kits`."""

from __future__ import annotations

from defects.catalogue import kits, kits_promises
from defects.faults import (
    GONE,
    body,
    every,
    extra,
    instead,
    items,
    members,
    planting,
    put,
    query,
    replied,
    reworded,
    rewritten,
    unstable,
    without,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Defect, Mock

DEFECTS: list[Defect] = []
plant = planting("participant-kit", DEFECTS)
kits.plant_all("participant-kit", DEFECTS)
kits_promises.plant_promises("participant-kit", DEFECTS)

PANELLISTS = "list_panel_panellists"
PEOPLE = "list_participants retrieve_participant"

# --- panels and panellists --------------------------------------------------------------------------------------------


async def opted_out_too(sent: Sent, mock: Mock) -> Answer:
    answer = await mock.ask(sent)
    rows = answer.json["data"] if answer.ok else []
    for row in rows[:1]:
        row["opted_out_at"] = "2025-02-01T10:00:00.000Z"
    return answer.with_json({"object": "list", "data": rows}) if rows else answer


async def filtered_after_paging(sent: Sent, mock: Mock) -> Answer:
    """Pages are cut first and thinned out then, so that a page holds fewer than there are."""
    answer = await mock.ask(sent)
    return put(mock, sent, answer, answer.json["data"][::2]) if answer.ok else answer


async def nulls_instead_of_nothing(sent: Sent, mock: Mock) -> Answer:
    answer = await mock.ask(sent)
    if not answer.ok:
        return answer
    rows = answer.json["data"]
    for row in rows:
        row.setdefault("email", None)
        row.setdefault("name", None)
    return put(mock, sent, answer, rows)


plant(
    "count-includes-opted-out",
    "panellist_count includes panellists who opted out",
    "PK-052",
    "list_panels retrieve_panel",
    members("panellist_count", lambda count: count + 7),
)
plant(
    "panel-without-title",
    "a panel has only its internal name",
    "PK-048 PK-049",
    "*_panel list_panels",
    without("title"),
)
plant(
    "panel-id-of-another-form",
    "ids of panels begin with panel_",
    "PK-050",
    "list_panels retrieve_panel",
    rewritten('"pan_', '"panel_'),
)
plant("opted-out-listed", "a panellist who opted out is listed", "PK-056 PK-057", PANELLISTS, opted_out_too)
plant(
    "unconfirmed-hidden",
    "panellists who have not confirmed are left out",
    "PK-052",
    PANELLISTS,
    items(lambda row: None if row["confirmed_at"] else GONE),
)
plant(
    "panellists-thinned-after-paging",
    "panellists are filtered after the list is cut into pages",
    "PK-075",
    PANELLISTS,
    filtered_after_paging,
)
plant("panellists-shuffled", "panellists are in a different order in each reply", "PK-038", PANELLISTS, unstable)
plant(
    "pii-without-asking",
    "panellists have email and name without include",
    "PK-061",
    PANELLISTS,
    query(include="pii", when=lambda sent: sent.parameter("include") is None),
)
plant("pii-masked", "email and name are null instead of absent", "PK-117", PANELLISTS, nulls_instead_of_nothing)
plant(
    "pii-not-given",
    "include=pii adds nothing",
    "PK-062",
    PANELLISTS,
    reworded("include", lambda value: value.replace("pii", "")),
)
plant(
    "pii-as-first-name",
    "panellists have first_name instead of name",
    "PK-062",
    PANELLISTS,
    rewritten('"name":', '"first_name":'),
)
plant(
    "pii-brings-properties",
    "include=pii adds properties too",
    "PK-064",
    PANELLISTS,
    reworded("include", lambda value: f"{value},properties"),
)
plant(
    "first-token-only",
    "only the first of several include tokens is used",
    "PK-065",
    PANELLISTS,
    reworded("include", lambda value: value.split(",")[0]),
)
plant(
    "unknown-token-refused",
    "an unknown include token is refused",
    "PK-034",
    PANELLISTS,
    instead(
        400,
        {"error": {"type": "invalid_request", "message": "include is not known", "param": "include"}},
        lambda sent: not set((sent.parameter("include") or "pii").replace(" ", "").split(",")) <= {"pii", "properties"},
    ),
)
plant(
    "no-properties-left-out",
    "a panellist without custom values has no properties member",
    "PK-073",
    PANELLISTS,
    items(lambda row: {name: value for name, value in row.items() if (name, value) != ("properties", [])}),
)
plant(
    "properties-of-unknown-fields",
    "a property names a field that is not defined",
    "PK-069",
    PANELLISTS,
    body(every(lambda each: each.update(field_id="f_000000000000") if "field_id" in each else None)),
)
plant(
    "choices-joined",
    "several options are a text with commas",
    "PK-070",
    PANELLISTS,
    body(
        every(
            lambda each: (
                each.update(value=",".join(each["value"]))
                if isinstance(each.get("value"), list) and "field_id" in each
                else None
            )
        )
    ),
)
plant(
    "numbers-as-numbers",
    "numeric answers are JSON numbers",
    "PK-071",
    PANELLISTS,
    body(
        every(
            lambda each: (
                each.update(value=int(each["value"]))
                if "field_id" in each and str(each.get("value")).isdecimal()
                else None
            )
        )
    ),
)
plant(
    "option-out-of-range",
    "an answer is not an option of its field",
    "PK-108",
    PANELLISTS,
    body(
        every(
            lambda each: (
                each.update(value=["Something else"])
                if isinstance(each.get("value"), list) and "field_id" in each
                else None
            )
        )
    ),
)
plant("panellist-without-opt-in", "entries lack opted_in_at", "PK-060", PANELLISTS, without("opted_in_at"))

# --- fields -----------------------------------------------------------------------------------------------------------

plant(
    "options-always-there",
    "fields without options have an empty list of them",
    "PK-107",
    "list_fields",
    items(lambda field: field.update(options=field.get("options", []))),
)
plant(
    "options-on-text",
    "a text field has options",
    "PK-106 PK-107",
    "list_fields",
    items(lambda field: field.update(options=["a"]) if field["datatype"] == "text" else None),
)
plant(
    "unknown-datatype",
    "a field has the datatype integer",
    "PK-105",
    "list_fields",
    members("datatype", lambda value: "integer" if value == "number" else value),
)
plant("field-id-of-another-form", "ids of fields begin with fld_", "PK-104", "list_fields", rewritten('"f_', '"fld_'))
plant(
    "field-name-with-blanks",
    "the machine name of a field is its label",
    "PK-109",
    "list_fields",
    items(lambda field: field.update(name=field["title"])),
)
plant("field-without-title", "a field has no title", "PK-103", "list_fields", without("title"))

plant("fields-shuffled", "fields are in a different order in each reply", "PK-038", "list_fields", unstable)

# --- studies, participants, consents ----------------------------------------------------------------------------------

plant(
    "study-dates-with-times",
    "start_date is a date-time",
    "PK-218",
    "list_studies retrieve_study",
    members("start_date", lambda value: f"{value or '2025-01-01'}T00:00:00.000Z"),
)
plant(
    "tags-as-objects",
    "tags are objects",
    "PK-091",
    "list_studies retrieve_study",
    members("tags", lambda tags: [{"name": tag} for tag in tags]),
)
plant(
    "study-takes-tags",
    "the tags sent with a new study are kept",
    "PK-085",
    "create_study",
    replied(lambda sent, answer: answer.with_json({**answer.json, "tags": ["understudy"]}) if answer.ok else answer),
)
plant(
    "other-projects-left-out",
    "some studies are left out",
    "PK-093",
    "list_studies",
    items(lambda study: GONE if study["id"][-1] in "0123456789abcdefgh" else None),
)
plant(
    "participant-names-shown",
    "participants have email and first_name without include",
    "PK-115",
    PEOPLE,
    query(include="pii"),
)
plant(
    "participant-names-blank",
    "email and first_name are empty texts instead of absent",
    "PK-117",
    PEOPLE,
    items(lambda each: each.update({"email": each.get("email", ""), "first_name": each.get("first_name", "")})),
)
plant(
    "participant-list-without-pii",
    "include=pii is ignored in the list",
    "PK-116",
    "list_participants",
    query(include=None),
)
plant(
    "participant-alone-without-pii",
    "include=pii is ignored for a single participant",
    "PK-125",
    "retrieve_participant",
    query(include=None),
)
plant(
    "full-name-echoed",
    "a participant shows the full name",
    "PK-118",
    f"{PEOPLE} create_participant",
    extra(name="Amara Jane Holt"),
)
plant(
    "long-anonymous-id",
    "anonymous_id is a long hexadecimal text",
    "PK-202",
    PEOPLE,
    members("anonymous_id", lambda code: f"{code}-5f0c2a1b9d8e7f6a5b4c3d2e1f0a9b8c"),
)
plant(
    "study-as-id",
    "the study of a participant is only its id",
    "PK-120",
    PEOPLE,
    items(lambda each: each.update(study=each["study"]["id"])),
)
plant(
    "created-participant-shown",
    "a new participant shows email and first_name without include",
    "PK-136",
    "create_participant",
    query(include="pii"),
)
plant(
    "study-id-wanted",
    "the study has to be sent as study_id",
    "PK-133",
    "create_participant",
    instead(
        400,
        {"error": {"type": "invalid_request", "message": "study_id is missing", "param": "study_id"}},
        lambda sent: isinstance(sent.json, dict) and "study_id" not in sent.json,
    ),
)
plant(
    "consent-shows-person",
    "the participant within a consent has email and first_name",
    "PK-147",
    "list_consents retrieve_consent",
    items(lambda each: each["participant"].update(email="a.b@example.com", first_name="Amara")),
)

# --- who is shown to whom ---------------------------------------------------------------------------------------------


async def shown_to_others(sent: Sent, mock: Mock) -> Answer:
    """The panellists of a panel are shown to every organisation."""
    answer = await mock.ask(sent)
    if answer.status != 404:
        return answer
    return await mock.ask(sent.like(headers={**sent.headers, "authorization": kits.MINE}))


async def mailing(sent: Sent, mock: Mock) -> Answer:
    """A new data link shows the email of its participant."""
    answer = await mock.ask(sent)
    if not answer.ok:
        return answer
    person = await mock.get(sent, f"/v1/participants/{sent.json['participant_id']}", include="pii")
    return answer.with_json({**answer.json, "contact": {"address": person["email"]}})


async def named_in_the_panel(sent: Sent, mock: Mock) -> Answer:
    """Panellists show their email under another key."""
    answer = await mock.ask(sent)
    shown = await mock.ask(sent.with_query(include="pii"))
    if not (answer.ok and shown.ok) or "pii" in (sent.parameter("include") or ""):
        return answer
    pairs = zip(answer.json["data"], shown.json["data"], strict=True)
    return put(mock, sent, answer, [{**each, "contact": known["email"]} for each, known in pairs])


async def named_in_consents(sent: Sent, mock: Mock) -> Answer:
    """Consents show the email of their participant under another key."""
    answer = await mock.ask(sent)
    people = {each["id"]: each for each in (await mock.get(sent, "/v1/participants", limit=100, include="pii"))["data"]}

    def named(each: Json) -> Json:
        known = people.get(each["participant"]["id"], {})
        return {**each, "signed_by": known.get("email")}

    if not answer.ok:
        return answer
    value = answer.json
    return answer.with_json(
        {**value, "data": [named(each) for each in value["data"]]} if "data" in value else named(value)
    )


async def both_ways_deaf(sent: Sent, mock: Mock) -> Answer:
    """include is heard neither in the query nor in the body."""
    plain = sent.with_query(include=None)
    if isinstance(plain.json, dict):
        plain = plain.with_json({name: value for name, value in plain.json.items() if name != "include"})
    return await mock.ask(plain)


plant("panellists-shown-to-others", "panellists are shown to every organisation", "PK-077", PANELLISTS, shown_to_others)
plant("link-shows-email", "a new data link shows the email of its participant", "PK-215", "create_data_link", mailing)
plant(
    "consent-shows-email",
    "a consent shows the email of its participant under another key",
    "PK-215",
    "list_consents retrieve_consent",
    named_in_consents,
)
plant(
    "panellist-shows-email", "panellists show their email under another key", "PK-061", PANELLISTS, named_in_the_panel
)
plant(
    "properties-bring-names",
    "include=properties adds email and name too",
    "PK-064",
    PANELLISTS,
    reworded("include", lambda value: "pii,properties" if value == "properties" else value),
)
plant(
    "email-of-another",
    "with pii a new participant has another email",
    "PK-213",
    "create_participant",
    members("email", lambda value: "someone@example.org"),
)
plant(
    "email-differs-alone",
    "a single participant has another email than in the list",
    "PK-214",
    "retrieve_participant",
    members("email", lambda value: f"x{value}"),
)
plant(
    "include-ignored-on-create",
    "include=pii is ignored by a creation, wherever it is sent",
    "PK-137",
    "create_participant",
    both_ways_deaf,
)
plant("fields-elsewhere", "fields are not found under /v1/fields", "PK-190", "list_fields", instead(404, {"error": {}}))
plant("nulls-left-out", "times of a panellist that are null are absent", "PK-200", PANELLISTS, without("confirmed_at"))
plant(
    "choice-without-options",
    "a field with a choice has no options",
    "PK-201",
    "list_fields",
    items(lambda field: {name: value for name, value in field.items() if name != "options"}),
)
plant(
    "day-in-words",
    "start_date is a text that is not a day",
    "PK-090",
    "list_studies retrieve_study",
    members("start_date", lambda value: "next spring"),
)
