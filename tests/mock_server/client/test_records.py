"""Records of a resource as values of a type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import pytest

from understudy import Understudy


@dataclass(frozen=True)
class Study:
    """What a project needs of a study."""

    id: str
    name: str


class Named(TypedDict):
    """The same as a dictionary."""

    id: str
    name: str


class Whole:
    """A class that takes every property."""

    def __init__(self, **properties: object) -> None:
        self.properties = properties


def test_a_dataclass_takes_the_properties_that_it_has(understudy: Understudy) -> None:
    studies = understudy.control.records("participant-kit", "study", Study).list()

    assert all(type(each) is Study for each in studies)
    assert studies[0].id.startswith("stu_")


def test_other_classes_take_them_all_and_dictionaries_stay_as_they_are(understudy: Understudy) -> None:
    control = understudy.control
    (whole, *_), (named, *_), (plain, *_) = (
        control.records("participant-kit", "study", Whole).list(),
        control.records("participant-kit", "study", Named).list(),
        control.records("participant-kit", "study").list(),
    )

    assert whole.properties == named == plain
    assert "project_id" in plain


def test_records_are_made_changed_replaced_and_removed(understudy: Understudy) -> None:
    studies = understudy.control.records("participant-kit", "study", Study)
    before, first = studies.count(), studies.list()[0]
    project = understudy.control.records("participant-kit", "study").get(first.id)["project_id"]

    made = studies.make(name="Made", project_id=project)
    changed = studies.change(made.id, name="Changed")
    assert (studies.get(made.id), studies.count()) == (changed, before + 1)
    whole = understudy.control.records("participant-kit", "study").get(made.id)
    assert studies.put(made.id, {**whole, "name": "Put"}).name == "Put"
    studies.remove(made.id)

    assert studies.count() == before


def test_more_records_than_a_page_holds_are_all_listed(understudy: Understudy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("understudy.mock_server.client.records.PAGE", 50)
    studies = understudy.control.records("participant-kit", "study", Study)

    assert len({each.id for each in studies.list()}) == studies.count() > 100


def test_only_those_with_a_value_are_listed(understudy: Understudy) -> None:
    consents = understudy.control.records("consent-kit", "consent")
    indexed = next(
        each for each in understudy.control("GET", "resources")["resources"] if each["resource"] == "consent"
    )["lookups"]
    name = next(each for each in indexed if isinstance(consents.list()[0].get(each), str))
    value = consents.list()[0][name]

    assert {each[name] for each in consents.list(**{name: value})} == {value}


def test_an_unknown_resource_is_refused_with_those_that_there_are(understudy: Understudy) -> None:
    with pytest.raises(AssertionError, match=r"There is no resource 'studdy'\. The resources are .*study"):
        understudy.control.records("participant-kit", "studdy").list()
