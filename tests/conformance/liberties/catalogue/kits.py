"""Liberties that both Kits leave open."""

from __future__ import annotations

from defects.faults import extra, members, status

from liberties.liberty import Liberty, Printed, allowing


def allow_all(api: str, into: list[Liberty | Printed]) -> None:
    """Enter all of them for one of the Kits."""
    allow = allowing(api, into)

    allow("success-is-200", "creates answer 200", "Responses, 2xx", "create_*", status(200, of=201))
    allow(
        "more-members",
        "objects have members that no table names",
        "attribute tables",
        "list_projects retrieve_project",
        extra(colour="blue"),
    )
    allow(
        "times-in-another-zone",
        "timestamps have an offset instead of Z",
        "created_at, timestamp",
        "list_projects retrieve_project",
        members("updated_at", lambda text: text.replace("Z", "+00:00")),
    )
