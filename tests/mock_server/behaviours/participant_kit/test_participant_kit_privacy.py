"""Personal data and answers: absent unless asked for, and who is on a panel's list at all."""

from datetime import date
from typing import Any

import pytest
from kits import ABSURD_IDS, Kit, keys, moment, refused

clauses = pytest.mark.clauses

PLAIN = {"id", "opted_in_at", "confirmed_at", "opted_out_at"}


@clauses("PK-056", "PK-057")
def test_a_panel_shows_only_those_who_opted_in_and_did_not_opt_out(kit: Kit) -> None:
    listed = kit.everything("panellists")

    assert all(moment(each["opted_in_at"]) for each in listed)
    assert all(each["opted_out_at"] is None for each in listed)
    # The seed has 170 people on this panel: one in ten left again, one in ten never joined.
    assert len(listed) == 136


@clauses("PK-058")
def test_the_unconfirmed_are_listed_too(kit: Kit) -> None:
    confirmed = [each["confirmed_at"] for each in kit.everything("panellists")]

    assert confirmed.count(None) == 17
    assert all(moment(text) for text in confirmed if text is not None)


@clauses("PK-075", "PK-199")
def test_those_who_are_not_shown_leave_no_gaps_in_pages(kit: Kit) -> None:
    path = kit.path("panellists")

    assert [len(kit.listed(path, limit=10, page=page)) for page in range(1, 15)] == [10] * 13 + [6]


@clauses("PK-076")
def test_the_panellists_of_no_panel_are_404_although_lists_do_not_fail(kit: Kit) -> None:
    for id in ABSURD_IDS.values():
        refused(kit.get(f"/v1/panels/{id}/panellists"), 404)


@clauses("PK-060", "PK-061", "PK-117", "PK-200")
def test_a_panellist_is_ids_and_times_by_default(kit: Kit) -> None:
    for each in kit.everything("panellists"):
        assert set(each) == PLAIN


@clauses("PK-062", "PK-063", "PK-064")
def test_pii_adds_email_and_the_full_name_to_panellists_and_nothing_else(kit: Kit) -> None:
    for each in kit.everything("panellists", include="pii"):
        assert set(each) == PLAIN | {"email", "name"}
        assert " " in each["name"]
        assert each["email"].rpartition("@")[2] in {"example.com", "example.org", "example.net"}


@clauses("PK-068", "PK-064", "PK-073")
def test_properties_adds_answers_to_panellists_and_nothing_else(kit: Kit) -> None:
    shown = kit.everything("panellists", include="properties")

    for each in shown:
        assert set(each) == PLAIN | {"properties"}
        assert all(set(answer) == {"field_id", "value"} for answer in each["properties"])
    assert any(each["properties"] == [] for each in shown)
    assert any(len(each["properties"]) > 3 for each in shown)


@clauses("PK-065", "PK-066")
@pytest.mark.parametrize(
    "include",
    ["pii,properties", "properties,pii", " pii , properties ", "pii,,properties", "pii,nothing,properties,pii"],
)
def test_both_may_be_asked_for_in_any_order(kit: Kit, include: str) -> None:
    for each in kit.listed("panellists", include=include):
        assert set(each) == PLAIN | {"email", "name", "properties"}


@clauses("PK-067", "PK-180", "PK-034")
@pytest.mark.parametrize(
    "include",
    ["", ",", "everything", "PII", "Pii", "PROPERTIES", "pii;properties", "pii properties", "email", "*", "\x00"],
)
def test_an_unknown_word_in_include_adds_nothing(kit: Kit, include: str) -> None:
    assert kit.listed("panellists", include=include) == kit.listed("panellists")
    assert kit.listed("participants", include=include) == kit.listed("participants")


@clauses("PK-065")
def test_asking_for_more_changes_neither_who_is_listed_nor_the_order(kit: Kit) -> None:
    plain = kit.everything("panellists")
    full = kit.everything("panellists", size=17, include="pii,properties")

    assert [{name: each[name] for name in PLAIN} for each in full] == plain


@clauses("PK-069", "PK-104")
def test_every_answer_names_a_field_that_is_listed(kit: Kit) -> None:
    fields = set(kit.ids("fields"))

    for panel in kit.everything("panels"):
        for each in kit.everything(f"/v1/panels/{panel['id']}/panellists", include="properties"):
            answered = [answer["field_id"] for answer in each["properties"]]
            assert set(answered) <= fields
            assert len(set(answered)) == len(answered)


def answers(kit: Kit) -> list[tuple[dict[str, Any], Any]]:
    fields = {field["id"]: field for field in kit.everything("fields")}
    return [
        (fields[answer["field_id"]], answer["value"])
        for each in kit.everything("panellists", include="properties")
        for answer in each["properties"]
    ]


@clauses("PK-070", "PK-071", "PK-108")
def test_answers_are_lists_for_several_options_and_texts_for_all_else(kit: Kit) -> None:
    seen = set()

    for field, value in answers(kit):
        seen.add(field["datatype"])
        if field["datatype"] == "multiple_options":
            assert isinstance(value, list)
            assert set(value) <= set(field["options"])
        else:
            assert isinstance(value, str)
            assert value in field.get("options", [value])
    assert len(seen) == 8


@clauses("PK-071")
def test_numbers_dates_and_times_are_texts_that_read_as_such(kit: Kit) -> None:
    for field, value in answers(kit):
        if field["datatype"] == "number":
            assert float(value) > 0
        elif field["datatype"] == "date":
            assert date.fromisoformat(value).isoformat() == value
        elif field["datatype"] == "datetime":
            moment(value)


@clauses("PK-115", "PK-117")
def test_participants_show_no_personal_data_by_default(kit: Kit) -> None:
    for each in kit.listed("participants"):
        assert not keys(each) & {"email", "first_name"}
        assert not keys(kit.object(f"/v1/participants/{each['id']}")) & {"email", "first_name"}


@clauses("PK-116", "PK-118", "PK-180")
def test_pii_adds_email_and_first_name_to_listed_participants_never_the_full_name(kit: Kit) -> None:
    plain = kit.everything("participants")
    full = kit.everything("participants", include="pii")

    for before, after in zip(plain, full, strict=True):
        assert set(after) - set(before) == {"email", "first_name"}
        assert {name: after[name] for name in before} == before
        assert " " not in after["first_name"]
        assert after["email"].count("@") == 1


@clauses("PK-125", "PK-118", "PK-214")
def test_pii_works_on_one_participant_too(kit: Kit) -> None:
    listed = kit.listed("participants", include="pii", limit=3)[2]

    assert kit.object(f"/v1/participants/{listed['id']}", include="pii") == listed


@clauses("PK-122", "PK-180")
@pytest.mark.parametrize("include", ["properties", "PII", "email", "pii.", "panellist"])
def test_other_words_change_nothing_for_a_participant(kit: Kit, include: str) -> None:
    path = f"/v1/participants/{kit.first('participants')['id']}"

    assert kit.object(path, include=include) == kit.object(path)


@clauses("PK-122")
def test_a_known_word_counts_beside_an_unknown_one(kit: Kit) -> None:
    path = f"/v1/participants/{kit.first('participants')['id']}"

    assert kit.object(path, include="properties,pii") == kit.object(path, include="pii")


@clauses("PK-147")
@pytest.mark.parametrize("include", [None, "pii", "pii,properties", "participant.pii"])
def test_the_participant_inside_a_consent_never_shows_personal_data(kit: Kit, include: str | None) -> None:
    asked = {} if include is None else {"include": include}
    listed = kit.everything("consents", **asked)

    assert not any(keys(each["participant"]) & {"email", "first_name"} for each in listed)
    assert kit.object(f"/v1/consents/{listed[0]['id']}", **asked) == listed[0]


@clauses("PK-119")
def test_ids_codes_and_addresses_tell_nothing_about_people(kit: Kit) -> None:
    full = kit.everything("participants", include="pii")
    shown = kit.everything("participants")

    for person, each in zip(full, shown, strict=True):
        shown = f"{each['id']} {each['anonymous_id']} {each['app_url']}".lower()
        local = person["email"].partition("@")[0].split(".")
        assert not any(part in shown for part in local if len(part) > 3)


@clauses("PK-119", "PK-147", "PK-215")
def test_no_reply_without_an_opt_in_holds_anybodys_address(kit: Kit) -> None:
    addresses = {each["email"] for each in kit.everything("participants", include="pii")}
    addresses |= {each["email"] for each in kit.everything("panellists", include="pii")}

    snapshot = str(dict(kit.snapshot()))

    assert len(addresses) > 200
    assert not any(address in snapshot for address in addresses)
