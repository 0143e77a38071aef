"""Lists: pages, order, completeness, and that nothing a client sends makes them fail."""

import pytest
from kits import NONSENSE, UNKNOWN, Kit, moment, seeded

clauses = pytest.mark.clauses

EVERY_LIST = [
    "projects",
    "events",
    pytest.param("participants", marks=clauses("CK-064")),
    "consents",
    pytest.param("data_links", marks=clauses("CK-100")),
]

each_list = pytest.mark.parametrize("name", EVERY_LIST)
each_long_list = pytest.mark.parametrize("name", ["events", "participants", "consents"])


@clauses("CK-021")
@each_list
def test_without_limit_a_page_holds_twenty(kit: Kit, name: str) -> None:
    assert len(kit.listed(name)) == 20 < len(kit.everything(name))


@clauses("CK-022")
@each_list
def test_limit_bounds_a_page(kit: Kit, name: str) -> None:
    count = len(kit.everything(name))

    for limit in (1, 3, 20, 21, 99, 100):
        assert len(kit.listed(name, limit=limit)) == min(limit, count)


@clauses("CK-023", "CK-022")
@each_long_list
def test_limit_may_be_above_a_hundred(kit: Kit, name: str) -> None:
    whole = kit.everything(name)

    assert len(whole) >= 120
    assert kit.listed(name, limit=101) == whole[:101]
    assert kit.listed(name, limit=120) == whole[:120]
    assert kit.listed(name, limit=len(whole)) == whole
    assert kit.listed(name, limit=110, page=2) == whole[110:]


@clauses("CK-023", "CK-028")
@each_list
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


@clauses("CK-024")
@each_list
def test_without_page_a_list_begins_at_its_beginning(kit: Kit, name: str) -> None:
    assert kit.listed(name, limit=7) == kit.listed(name, limit=7, page=1) == kit.everything(name)[:7]


@clauses("CK-025", "CK-115")
@each_list
def test_pages_are_disjoint_and_together_everything(kit: Kit, name: str) -> None:
    whole = kit.ids(name)

    assert len(set(whole)) == len(whole)
    for limit in (7, 20, 120):
        assert [each["id"] for each in kit.everything(name, size=limit)] == whole


@clauses("CK-026")
@each_list
def test_a_page_past_the_end_is_empty(kit: Kit, name: str) -> None:
    last = -(-len(kit.everything(name)) // 4)

    assert kit.listed(name, limit=4, page=last)
    for page in (last + 1, 1000, 10**18 - 1, 2**63, 10**40):
        assert kit.object(f"/v1/{name}", page=page, limit=4) == {"object": "list", "data": []}


@clauses("CK-027")
@each_list
def test_a_list_is_an_object_with_data(kit: Kit, name: str) -> None:
    body = kit.get(name).json()

    assert set(body) == {"object", "data"}
    assert body["object"] == "list"


@clauses("CK-028", "CK-029")
@each_list
def test_an_unusable_limit_or_page_counts_as_the_default(kit: Kit, name: str) -> None:
    usual = kit.listed(name)

    for value in NONSENSE:
        assert kit.listed(f"/v1/{name}?limit={value}") == usual
        assert kit.listed(f"/v1/{name}?page={value}") == usual
        assert kit.listed(f"/v1/{name}?page={value}&limit={value}") == usual


@clauses("CK-028", "CK-116")
@each_list
def test_an_unknown_parameter_is_ignored(kit: Kit, name: str) -> None:
    usual = kit.listed(name)

    for query in UNKNOWN:
        assert kit.listed(f"/v1/{name}?{query}") == usual


@clauses("CK-030", "CK-100")
@each_list
def test_the_oldest_come_first_on_every_page(kit: Kit, name: str) -> None:
    made = [moment(each["created_at"]) for each in kit.everything(name, size=9)]

    assert made == sorted(made)


@clauses("CK-031")
@each_list
def test_the_order_is_the_same_every_time(kit: Kit, name: str) -> None:
    assert kit.everything(name, size=13) == kit.everything(name, size=13) == kit.everything(name, size=1000)


@clauses("CK-031")
def test_no_object_is_shown_twice_or_never_while_others_are_made(kit: Kit) -> None:
    already = kit.ids("events")
    seen = []

    for page in range(1, 60):
        part = kit.listed("events", limit=9, page=page)
        if not part:
            break
        seen += [each["id"] for each in part]
        kit.make("events")

    assert seen[: len(already)] == already
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        pytest.param("projects", "project", marks=clauses("CK-117")),
        pytest.param("events", "event", marks=clauses("CK-050")),
        pytest.param("participants", "participant", marks=clauses("CK-117")),
        pytest.param("consents", "consent", marks=clauses("CK-117")),
        pytest.param("data_links", "data_link", marks=clauses("CK-117")),
    ],
)
def test_a_list_holds_all_that_the_organisation_has(kit: Kit, name: str, resource: str) -> None:
    assert len(kit.everything(name)) == seeded("consent-kit", resource)


@clauses("CK-050")
def test_events_of_every_project_are_listed(kit: Kit) -> None:
    projects = set(kit.ids("projects"))

    assert {each["project"]["id"] for each in kit.everything("events")} == projects


@clauses("CK-083", "CK-085")
@pytest.mark.parametrize("status", ["agreed", "refused"])
def test_status_keeps_the_consents_that_have_it_before_pages_are_cut(kit: Kit, status: str) -> None:
    kept = [each for each in kit.everything("consents") if each["status"] == status]

    assert len(kept) > 30
    assert kit.listed("consents", status=status) == kept[:20]
    assert kit.everything("consents", size=7, status=status) == kept


@clauses("CK-084", "CK-028")
@pytest.mark.parametrize("status", ["pending", "AGREED", "", " agreed", "agreed,refused", "\x00", "agreed' OR 1=1"])
def test_a_status_that_no_consent_has_gives_an_empty_list(kit: Kit, status: str) -> None:
    assert kit.listed("consents", status=status) == []
