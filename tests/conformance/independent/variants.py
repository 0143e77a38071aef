"""Honest variants of the independent Consent Kit: each keeps its documentation as well as the base does."""

from __future__ import annotations

from datetime import timedelta, timezone

from independent.consent_kit import Choices

VARIANTS: dict[str, Choices] = {
    "base": Choices(),
    "data-links-with-underscore": Choices(links="data_links", new_id=lambda kind, number: f"{kind[0].upper()}{number}"),
    "refused-values-are-422": Choices(invalid=422, created=201, every_fault=True),
    "unknown-parents-and-faults-named-at-once": Choices(every_fault=True, names=True, newest_first=False),
    "problem-json": Choices(problem=True, media="application/json; charset=utf-8"),
    "problem-json-422": Choices(problem=True, invalid=422, foreign=403, media="application/vnd.consent+json"),
    "references": Choices(references=True, created=201),
    "timestamps-with-offset": Choices(zone=timezone(timedelta(hours=5, minutes=30)), precise=True),
    "timestamps-in-the-west": Choices(zone=timezone(-timedelta(hours=9))),
    "timestamps-as-numbers": Choices(epoch=True),
    "numbered": Choices(new_id=lambda kind, number: str(100 + number)),
    "long-ids": Choices(new_id=lambda kind, number: f"consentkit:{kind}:{number:060}"),
    "oldest-first-with-names": Choices(newest_first=False, names=True, nulls=True, indent=2),
    "more-than-asked": Choices(extra=True, envelope=True, nulls=True),
    "slashes-redirected": Choices(slash="redirected", wrong_method=404),
    "slashes-unknown": Choices(slash="unknown", created=201),
    "lenient": Choices(lenient=True),
    "an-event-takes-all-along": Choices(cascade=True),
    "at-most-a-hundred": Choices(cap=100, people=47),
    "one-project": Choices(projects=1, events=0, people=0),
    "nothing": Choices(projects=0, events=0, people=0),
    "two-projects-one-person": Choices(projects=2, events=1, people=1, newest_first=False),
    "two-hundred-and-fifty": Choices(people=250),
    "two-hundred-and-fifty-oldest-first": Choices(people=250, newest_first=False, names=True),
}
