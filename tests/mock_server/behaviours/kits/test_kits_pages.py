"""Lists: pages, order, completeness, and that nothing a client sends makes them fail."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from kits import NONSENSE, UNKNOWN, Kit, moment, seeded
from twins import CK, PK, Twin, each_dated, each_joined, each_kit

clauses = pytest.mark.clauses

SHORT_LISTS = [(PK, "panels"), pytest.param(PK, "fields", marks=clauses("PK-112"))]
LISTS_OF_PAGES = [
    (PK, "projects"),
    pytest.param(PK, "panellists", marks=clauses("PK-074")),
    (PK, "studies"),
    pytest.param(PK, "participants", marks=clauses("PK-123")),
    pytest.param(PK, "consents", marks=clauses("PK-151")),
    pytest.param(PK, "data_links", marks=clauses("PK-169")),
    (CK, "projects"),
    (CK, "events"),
    pytest.param(CK, "participants", marks=clauses("CK-064")),
    (CK, "consents"),
    pytest.param(CK, "data_links", marks=clauses("CK-100")),
]

each_list = pytest.mark.parametrize(("twin", "name"), [*SHORT_LISTS, *LISTS_OF_PAGES], ids=str)


@clauses("PK-025", "CK-021", "PK-219", "CK-157")
@pytest.mark.parametrize(("twin", "name"), LISTS_OF_PAGES, ids=str)
def test_without_limit_a_page_holds_twenty(kit: Kit, name: str) -> None:
    assert len(kit.listed(name)) == 20 < len(kit.everything(name))


@clauses("PK-025")
@pytest.mark.parametrize(("twin", "name"), SHORT_LISTS, ids=str)
def test_without_limit_a_page_holds_all_there_are_of_fewer_than_twenty(kit: Kit, name: str) -> None:
    assert len(kit.listed(name)) == len(kit.everything(name)) < 20


@clauses("PK-026", "CK-022")
@each_list
def test_limit_bounds_a_page(kit: Kit, name: str) -> None:
    path = kit.path(name)
    count = len(kit.everything(path))

    for limit in (1, 3, 20, 21, 99, 100):
        assert len(kit.listed(path, limit=limit)) == min(limit, count)


@clauses("PK-028", "CK-024")
@each_list
def test_without_page_a_list_begins_at_its_beginning(kit: Kit, name: str) -> None:
    assert kit.listed(name, limit=7) == kit.listed(name, limit=7, page=1) == kit.everything(name)[:7]


@clauses("PK-029", "PK-197", "CK-025", "CK-135")
@each_list
def test_pages_are_disjoint_and_together_everything(kit: Kit, name: str) -> None:
    whole = kit.ids(name)

    assert len(set(whole)) == len(whole)
    for limit in (3, 7, 20, 50, 120):
        assert [each["id"] for each in kit.everything(name, size=limit)] == whole


@clauses("PK-030", "CK-021", "CK-156")
@each_list
def test_page_works_with_the_default_size(kit: Kit, name: str) -> None:
    path = kit.path(name)
    pages = [kit.listed(path, page=number) for number in range(1, 9)]

    assert [each for page in pages for each in page] == kit.everything(name)[:160]


@clauses("PK-031", "CK-026")
@each_list
def test_a_page_past_the_end_is_empty(kit: Kit, name: str) -> None:
    path = kit.path(name)

    for page in (1000, 10**9, 10**18 - 1, 10**18, 2**63, 10**40):
        assert kit.object(path, page=page) == {"object": "list", "data": []}
        assert kit.object(path, page=page, limit=4) == {"object": "list", "data": []}
        assert kit.object(path, page=page, limit=100) == {"object": "list", "data": []}


@clauses("PK-031", "CK-026")
@each_list
def test_the_page_right_behind_the_last_is_empty_and_the_last_is_not(kit: Kit, name: str) -> None:
    path = kit.path(name)
    count = len(kit.everything(path))
    last = -(-count // 4)

    assert len(kit.listed(path, limit=4, page=last)) == count - 4 * (last - 1)
    assert kit.object(path, limit=4, page=last + 1) == {"object": "list", "data": []}


@clauses("PK-032", "CK-027")
@each_list
def test_a_list_is_an_object_with_data(kit: Kit, name: str) -> None:
    body = kit.get(name).json()

    assert set(body) == {"object", "data"}
    assert body["object"] == "list"


@clauses("PK-034", "PK-035", "PK-211", "CK-028", "CK-029", "CK-146")
@each_list
def test_an_unusable_limit_or_page_counts_as_the_default(kit: Kit, name: str) -> None:
    path = kit.path(name)
    usual = kit.listed(path)

    for value in NONSENSE:
        assert kit.listed(f"{path}?limit={value}") == usual
        assert kit.listed(f"{path}?page={value}") == usual
        assert kit.listed(f"{path}?page={value}&limit={value}") == usual


@clauses("PK-034", "PK-036", "CK-028", "CK-116")
@each_list
def test_an_unknown_parameter_is_ignored(kit: Kit, name: str) -> None:
    path = kit.path(name)
    usual = kit.listed(path)

    for query in UNKNOWN:
        assert kit.listed(f"{path}?{query}") == usual


@each_joined
def test_the_last_of_a_repeated_parameter_counts(kit: Kit, name: str) -> None:
    assert len(kit.listed(f"/v1/{name}?limit=5&limit=7")) == 7


@clauses("PK-037", "PK-169", "CK-030", "CK-100")
@each_dated
def test_the_oldest_come_first_on_every_page(kit: Kit, name: str) -> None:
    made = [moment(each["created_at"]) for each in kit.everything(name, size=9)]

    assert made == sorted(made)


@clauses("PK-038", "PK-039", "PK-209", "CK-031", "CK-144")
@each_list
def test_the_order_is_the_same_every_time(kit: Kit, name: str) -> None:
    assert kit.everything(name, size=13) == kit.everything(name, size=13) == kit.everything(name, size=1000)


@clauses("PK-038", "CK-031")
@each_joined
def test_no_object_is_shown_twice_or_never_while_others_are_made(kit: Kit, name: str) -> None:
    already = kit.ids(name)
    seen = []

    for page in range(1, 60):
        part = kit.listed(name, limit=9, page=page)
        if not part:
            break
        seen += [each["id"] for each in part]
        kit.make(name, name=f"Made while page {page} was read")

    assert seen[: len(already)] == already
    assert len(set(seen)) == len(seen)


@clauses("PK-038", "CK-031")
@each_joined
def test_objects_made_by_several_clients_at_once_have_one_order(kit: Kit, name: str) -> None:
    body = kit.usable(name)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: kit.http.post(f"/v1/{name}", json={**body, "name": str(n)}), range(40)))
    made = {reply.json()["id"] for reply in replies}

    tail = kit.everything(name)[-40:]

    assert {each["id"] for each in tail} == made
    assert kit.everything(name, size=7)[-40:] == tail
    assert [moment(each["created_at"]) for each in tail] == sorted(moment(each["created_at"]) for each in tail)


@clauses("PK-038", "CK-031")
@each_joined
def test_objects_made_at_the_very_same_moment_have_one_order(kit: Kit, name: str) -> None:
    kit.http.post("/_mock/clock/freeze", json={})
    made = [kit.make(name, name=str(n)) for n in range(12)]

    assert len({each["created_at"] for each in made}) == 1
    for size in (5, 7, 100):
        assert kit.everything(name, size=size)[-12:] == made


@pytest.mark.parametrize(
    ("twin", "name", "resource"),
    [
        pytest.param(PK, "projects", "project", marks=clauses("PK-044")),
        pytest.param(PK, "studies", "study", marks=clauses("PK-093")),
        pytest.param(PK, "panels", "panel", marks=clauses("PK-189")),
        pytest.param(PK, "fields", "field", marks=clauses("PK-189")),
        pytest.param(PK, "participants", "participant", marks=clauses("PK-189")),
        pytest.param(PK, "consents", "consent", marks=clauses("PK-189")),
        pytest.param(PK, "data_links", "data_link", marks=clauses("PK-189")),
        pytest.param(CK, "projects", "project", marks=clauses("CK-117")),
        pytest.param(CK, "events", "event", marks=clauses("CK-050")),
        pytest.param(CK, "participants", "participant", marks=clauses("CK-117")),
        pytest.param(CK, "consents", "consent", marks=clauses("CK-117")),
        pytest.param(CK, "data_links", "data_link", marks=clauses("CK-117")),
    ],
    ids=str,
)
def test_a_list_holds_all_that_the_organisation_has(kit: Kit, twin: Twin, name: str, resource: str) -> None:
    assert len(kit.everything(name)) == seeded(twin.api, resource)


@clauses("PK-148", "CK-083")
@pytest.mark.parametrize("status", ["agreed", "refused"])
@each_kit
def test_status_keeps_the_consents_that_have_it(kit: Kit, status: str) -> None:
    kept = kit.everything("consents", status=status)

    assert kept == [each for each in kit.everything("consents") if each["status"] == status]
    assert len(kept) > 30


@clauses("PK-149", "PK-199", "CK-085", "CK-137")
@pytest.mark.parametrize("status", ["agreed", "refused"])
@each_kit
def test_status_is_looked_at_before_pages_are_cut(kit: Kit, status: str) -> None:
    kept = kit.everything("consents", status=status)

    assert kit.listed("consents", status=status) == kept[:20]
    assert kit.everything("consents", size=7, status=status) == kept


@clauses("PK-150", "PK-034", "CK-084", "CK-028")
@pytest.mark.parametrize("status", ["pending", "AGREED", "", " agreed", "agreed,refused", "\x00", "agreed' OR 1=1"])
@each_kit
def test_a_status_that_no_consent_has_gives_an_empty_list(kit: Kit, status: str) -> None:
    assert kit.listed("consents", status=status) == []
