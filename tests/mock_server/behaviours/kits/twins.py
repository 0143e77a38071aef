"""What the two Kits call otherwise, or have more of, where both promise the same."""

from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Twin:
    """One of the two Kits, as far as it differs from the other.

    `joined` is the collection that participants join and `kind` one object of it; `app` matches where app_url leads.
    """

    api: str
    joined: str
    kind: str
    retrievable: tuple[str, ...]
    app: str

    @property
    def created(self) -> tuple[str, ...]:
        """The collections that take new objects."""
        return self.joined, "participants", "data_links"

    @property
    def dated(self) -> tuple[str, ...]:
        """The collections whose objects show when they were created and changed."""
        return *self.retrievable, "data_links"

    def __str__(self) -> str:
        return self.api


PK = Twin(
    "participant-kit",
    joined="studies",
    kind="study",
    retrievable=("projects", "panels", "studies", "participants", "consents"),
    app=r"https://[a-z.]+",
)
CK = Twin(
    "consent-kit",
    joined="events",
    kind="event",
    retrievable=("projects", "events", "participants", "consents"),
    app=r"https://app\.consentkit\.[a-z.]+",
)
TWINS = [PK, CK]

#: Marks for tests of both Kits; `name` is a collection, with `each_joined` studies in one and events in the other.
each_kit = pytest.mark.parametrize("twin", TWINS, ids=str)
each_joined = pytest.mark.parametrize(("twin", "name"), [(twin, twin.joined) for twin in TWINS], ids=str)
each_created = pytest.mark.parametrize(
    ("twin", "name"), [(twin, name) for twin in TWINS for name in twin.created], ids=str
)
each_dated = pytest.mark.parametrize(("twin", "name"), [(twin, name) for twin in TWINS for name in twin.dated], ids=str)
