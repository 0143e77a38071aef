"""Lists: no page holds more than a hundred, and what stands in a list of no stated order."""

import pytest
from kits import Kit, moment

clauses = pytest.mark.clauses

each_long_list = pytest.mark.parametrize("name", ["panellists", "studies", "participants", "consents"])


@clauses("PK-027")
@each_long_list
def test_a_limit_above_a_hundred_gives_a_hundred(kit: Kit, name: str) -> None:
    path = kit.path(name)

    for limit in (101, 120, 1000, 10**18, 10**30, "0" * 30 + "500"):
        assert len(kit.listed(path, limit=limit)) == 100


@clauses("PK-033")
@each_long_list
def test_pages_step_by_the_limit_in_force_not_by_the_one_sent(kit: Kit, name: str) -> None:
    assert kit.listed(name, limit=150, page=2) == kit.everything(name)[100:]


@clauses("PK-188", "PK-039")
def test_panellists_stand_as_they_opted_in(kit: Kit) -> None:
    for panel in kit.everything("panels"):
        joined = [moment(p["opted_in_at"]) for p in kit.everything(f"/v1/panels/{panel['id']}/panellists", size=11)]

        assert joined == sorted(joined)


@clauses("PK-093")
def test_studies_of_every_project_are_listed(kit: Kit) -> None:
    made = {kit.make("studies", project_id=project["id"])["id"] for project in kit.everything("projects")}

    assert made <= set(kit.ids("studies"))
