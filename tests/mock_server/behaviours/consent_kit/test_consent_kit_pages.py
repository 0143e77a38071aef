"""Lists: a page may hold more than a hundred, and events of all projects stand in one list."""

import pytest
from kits import Kit

clauses = pytest.mark.clauses


@clauses("CK-023", "CK-022")
@pytest.mark.parametrize("name", ["events", "participants", "consents"])
def test_limit_may_be_above_a_hundred(kit: Kit, name: str) -> None:
    whole = kit.everything(name)

    assert len(whole) >= 120
    assert kit.listed(name, limit=101) == whole[:101]
    assert kit.listed(name, limit=120) == whole[:120]
    assert kit.listed(name, limit=len(whole)) == whole
    assert kit.listed(name, limit=110, page=2) == whole[110:]


@clauses("CK-023", "CK-028")
@pytest.mark.parametrize("name", ["projects", "events", "participants", "consents", "data_links"])
def test_a_limit_beyond_all_bounds_never_fails(kit: Kit, name: str) -> None:
    whole = kit.everything(name)

    for limit in (1000, 1001, 10**18, 10**30):
        assert kit.listed(name, limit=limit) == whole


@clauses("CK-023")
def test_a_page_holds_a_thousand_at_most(kit: Kit) -> None:
    body = kit.usable("data_links")
    for _ in range(1001 - len(kit.everything("data_links"))):
        kit.http.post("/v1/data_links", json=body)

    assert len(kit.listed("data_links", limit=2000)) == 1000
    assert len(kit.listed("data_links", limit=2000, page=2)) == 1


@clauses("CK-050")
def test_events_of_every_project_are_listed(kit: Kit) -> None:
    projects = set(kit.ids("projects"))

    assert {each["project"]["id"] for each in kit.everything("events")} == projects
