"""Replies of Lookit as its source prints them; long prose is reported in our own words, of the same form."""

from __future__ import annotations

from typing import Any

from defects.messages import Json

from liberties.liberty import Liberty, Printed, printing

LOCAL = "http://localhost:8000/api/v1"
STAGING = "https://lookit-staging.mit.edu/api/v1"
JSON_API = "application/vnd.api+json"


def _item(kind: str, name: str, attributes: Json, base: str = LOCAL, **related: str) -> Json:
    """An object as in the samples; `related` are addresses below the base."""
    links = {each: {"links": {"related": f"{base}/{address}/"}} for each, address in related.items()}
    item = {"type": kind, "id": name, "attributes": attributes, "links": {"self": f"{base}/{kind}/{name}/"}}
    return {**item, "relationships": links} if links else item


def _page(kind: str, *found: Json, base: str = LOCAL) -> Json:
    """The one page of a list."""
    address = f"{base}/{kind}/?page=1"
    meta = {"page": 1, "pages": 1, "count": len(found)}
    return {"links": {"first": address, "last": address, "next": None, "prev": None, "meta": meta}, "data": list(found)}


CHILD = _item(
    "children",
    "0b380366-31b9-45c1-86ef-0fd9ea238ff4",
    {
        "given_name": "Ashley",
        "birthday": "2015-01-01",
        "gender": "f",
        "age_at_birth": "36",
        "additional_information": "",
        "deleted": False,
    },
    user="users/834bbf33-b249-4737-a041-43574cd137a7",
)
FORM = _item(
    "demographics",
    "f5fa60ca-d428-46cd-9820-846492dd9900",
    {
        "number_of_children": "1",
        "child_birthdays": ["2015-01-01"],
        "languages_spoken_at_home": "English and French",
        "number_of_guardians": "2",
        "number_of_guardians_explanation": "",
        "race_identification": ["white"],
        "age": "30-34",
        "gender": "f",
        "education_level": "grad",
        "spouse_education_level": "bach",
        "annual_income": "30000",
        "number_of_books": 100,
        "additional_comments": "",
        "country": "US",
        "state": "AZ",
        "density": "urban",
        "extra": {"no": "extra"},
    },
)
FEEDBACK = _item(
    "feedback",
    "cbfc64ee-30a3-491e-bd0e-1bef81540ea5",
    {"comment": "Many thanks!  The camera stood a little to the side."},
    response="responses/841c8a77-b322-4e25-8e03-47a83fa326ff",
    researcher="users/834bbf33-b249-4737-a041-43574cd137a7",
)
LAB = _item(
    "labs",
    "a2a7383c-cb58-4d78-ac00-23283a762dec",
    {
        "name": "Demo lab",
        "institution": "Lookit",
        "principal_investigator_name": "Sample Name",
        "lab_website": "https://lookit.mit.edu/",
        "description": "Everybody begins here.\r\n                There are demonstrations to look at.",
        "approved_to_test": True,
        "pk": 2,
    },
    STAGING,
)
RESPONSE = _item(
    "responses",
    "8260ca67-6ec0-4749-ba11-fa35612ea030",
    {
        "conditions": {},
        "global_event_timings": [
            {
                "exit_type": "browserNavigationAttempt",
                "timestamp": "2017-09-05T14:33:41.322Z",
                "event_type": "exitEarly",
                "last_page_seen": 0,
            }
        ],
        "exp_data": {},
        "sequence": [],
        "completed": False,
    },
    child="children/0b380366-31b9-45c1-86ef-0fd9ea238ff4",
    study="studies/a8a80880-5539-4650-9387-c62afa202d43",
    demographic_snapshot="demographics/f5fa60ca-d428-46cd-9820-846492dd9900",
)
MOOD = {
    "active": "1",
    "lastEat": "6:00",
    "napWakeUp": "11:00",
    "eventTimings": [{"eventType": "nextFrame", "timestamp": "2017-10-31T20:10:17.269Z"}],
    "usualNapSchedule": "no",
}
OPENING = _item(
    "responses",
    "bdebd15b-adc7-4377-b2f6-e9f3de70dd19",
    {
        "conditions": {"8-pref-phys-videos": {"showStay": 8, "startType": 5, "whichObjects": [8, 5, 6, 8]}},
        "global_event_timings": [
            {
                "exitType": "browserNavigationAttempt",
                "eventType": "exitEarly",
                "timestamp": "2017-10-31T20:30:38.514Z",
                "lastPageSeen": 6,
            }
        ],
        "exp_data": {"5-5-mood-survey": MOOD},
        "sequence": ["5-5-mood-survey"],
        "completed": False,
    },
    child="children/da27faf2-c3d2-4701-b3bb-dd865f89c1a1",
    study="studies/e729321f-418f-4728-992c-9364623dbe9b",
    demographic_snapshot="demographics/341ea7c7-f657-4ab2-a530-21ac293e7d6f",
)
STUDY = _item(
    "studies",
    "65680ade-510c-4437-a58a-e41d4b94d8ed",
    {
        "name": "Sample Study",
        "date_modified": "2017-09-06T19:33:24.826892Z",
        "short_description": "What it is, in short.",
        "long_description": "What it is for.",
        "criteria": "Children should be around five.",
        "duration": "20 minutes",
        "contact_info": "Contact Sally",
        "image": "http://localhost:8000/media/study_images/download.jpeg",
        "structure": {"frames": {}, "sequence": []},
        "display_full_screen": True,
        "exit_url": "http://www.cos.io",
        "state": "created",
        "public": True,
    },
    creator="users/834bbf33-b249-4737-a041-43574cd137a7",
    responses="studies/65680ade-510c-4437-a58a-e41d4b94d8ed/responses",
)
USER = _item(
    "users",
    "834bbf33-b249-4737-a041-43574cd137a7",
    {
        "given_name": "Test",
        "middle_name": "",
        "family_name": "User",
        "identicon": "",
        "is_active": True,
        "is_staff": True,
    },
    demographics="users/834bbf33-b249-4737-a041-43574cd137a7/demographics",
    children="users/834bbf33-b249-4737-a041-43574cd137a7/children",
)
#: Type -> the operations of its list and its single object, and what both show.
SAMPLES = {
    "children": ("list_children", "read_child", CHILD, LOCAL),
    "demographics": ("list_demographics", "read_demographics", FORM, LOCAL),
    "feedback": ("list_feedback", "read_feedback", FEEDBACK, LOCAL),
    "labs": ("list_labs", "read_lab", LAB, STAGING),
    "responses": ("list_responses", "read_response", RESPONSE, LOCAL),
    "studies": ("list_studies", "read_study", STUDY, LOCAL),
    "users": ("list_users", "read_user", USER, LOCAL),
}


def show_all(into: list[Liberty | Printed]) -> None:
    """Enter every reply that is printed."""
    show = printing("lookit", into)

    def printed(name: str, place: str, operation: str, reply: Json, **more: Any) -> None:
        show(name, place, operation, reply, media_type=JSON_API, **more)

    for kind, (lister, reader, item, base) in SAMPLES.items():
        # The source prints the address of the list of feedback in that of responses.
        page = _page("feedback" if kind == "responses" else kind, item, base=base)
        page["data"] = [item]
        printed(f"printed-list-of-{kind}", f"sample response of the list of {kind}", lister, page)
        printed(f"printed-one-of-{kind}", f"sample response of a single one of {kind}", reader, {"data": item})
    printed("printed-opening", "API Formatting, the study response", "read_response", {"data": OPENING})
    printed("printed-creation", "Creating Feedback, sample response", "create_feedback", {"data": FEEDBACK}, status=201)
