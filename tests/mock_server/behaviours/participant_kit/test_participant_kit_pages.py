"""Lists: pages, order, completeness, and that nothing a client sends makes them fail."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from kits import NONSENSE, UNKNOWN, Kit, moment, seeded

clauses = pytest.mark.clauses

LISTS = ["projects", "panels", "panellists", "studies", "fields", "participants", "consents", "data_links"]
EVERY_LIST = [
    "projects",
    "panels",
    pytest.param("panellists", marks=clauses("PK-074")),
    "studies",
    pytest.param("fields", marks=clauses("PK-112")),
    pytest.param("participants", marks=clauses("PK-123")),
    pytest.param("consents", marks=clauses("PK-151")),
    pytest.param("data_links", marks=clauses("PK-169")),
]
LONG_LISTS = ["panellists", "studies", "participants", "consents"]
BY_CREATION = ["projects", "panels", "studies", "participants", "consents", "data_links"]

each_list = pytest.mark.parametrize("name", EVERY_LIST)


@clauses("PK-025")
@each_list
def test_without_limit_a_page_holds_twenty_or_all_there_are(kit: Kit, name: str) -> None:
    assert len(kit.listed(name)) == min(20, len(kit.everything(name)))


@clauses("PK-026")
@each_list
def test_limit_bounds_a_page(kit: Kit, name: str) -> None:
    path = kit.path(name)
    count = len(kit.everything(path))

    for limit in (1, 3, 20, 21, 99, 100):
        assert len(kit.listed(path, limit=limit)) == min(limit, count)


@clauses("PK-027")
@pytest.mark.parametrize("name", LONG_LISTS)
def test_a_limit_above_a_hundred_gives_a_hundred(kit: Kit, name: str) -> None:
    path = kit.path(name)

    for limit in (101, 120, 1000, 10**18, 10**30, "0" * 30 + "500"):
        assert len(kit.listed(path, limit=limit)) == 100


@clauses("PK-028")
@each_list
def test_without_page_a_list_begins_at_its_beginning(kit: Kit, name: str) -> None:
    assert kit.listed(name, limit=7) == kit.listed(name, limit=7, page=1) == kit.everything(name)[:7]


@clauses("PK-029", "PK-024")
@each_list
def test_pages_are_disjoint_and_together_everything(kit: Kit, name: str) -> None:
    whole = kit.ids(name)

    assert len(set(whole)) == len(whole)
    for limit in (3, 7, 50):
        assert [each["id"] for each in kit.everything(name, size=limit)] == whole


@clauses("PK-030")
@each_list
def test_page_works_with_the_default_size(kit: Kit, name: str) -> None:
    path = kit.path(name)
    pages = [kit.listed(path, page=number) for number in range(1, 9)]

    assert [each for page in pages for each in page] == kit.everything(name)[:160]


@clauses("PK-031")
@each_list
def test_a_page_past_the_end_is_empty(kit: Kit, name: str) -> None:
    path = kit.path(name)

    for page in (1000, 10**9, 10**18 - 1, 10**18, 2**63, 10**40):
        assert kit.object(path, page=page) == {"object": "list", "data": []}
        assert kit.object(path, page=page, limit=100)["data"] == []


@clauses("PK-031")
@each_list
def test_the_page_right_behind_the_last_is_empty_and_the_last_is_not(kit: Kit, name: str) -> None:
    path = kit.path(name)
    count = len(kit.everything(path))
    last = -(-count // 4)

    assert len(kit.listed(path, limit=4, page=last)) == count - 4 * (last - 1)
    assert kit.listed(path, limit=4, page=last + 1) == []


@clauses("PK-032")
@each_list
def test_a_list_is_an_object_with_data(kit: Kit, name: str) -> None:
    body = kit.get(name).json()

    assert set(body) == {"object", "data"}
    assert body["object"] == "list"


@clauses("PK-033")
@pytest.mark.parametrize("name", LONG_LISTS)
def test_pages_step_by_the_limit_in_force_not_by_the_one_sent(kit: Kit, name: str) -> None:
    assert kit.listed(name, limit=150, page=2) == kit.everything(name)[100:]


@clauses("PK-034", "PK-035")
@each_list
def test_an_unusable_limit_or_page_counts_as_the_default(kit: Kit, name: str) -> None:
    path = kit.path(name)
    usual = kit.listed(path)

    for value in NONSENSE:
        assert kit.listed(f"{path}?limit={value}") == usual
        assert kit.listed(f"{path}?page={value}") == usual
        assert kit.listed(f"{path}?page={value}&limit={value}") == usual


@clauses("PK-034", "PK-036")
@each_list
def test_an_unknown_parameter_is_ignored(kit: Kit, name: str) -> None:
    path = kit.path(name)
    usual = kit.listed(path)

    for query in UNKNOWN:
        assert kit.listed(f"{path}?{query}") == usual


@clauses("PK-037", "PK-169")
@pytest.mark.parametrize("name", BY_CREATION)
def test_the_oldest_come_first_on_every_page(kit: Kit, name: str) -> None:
    made = [moment(each["created_at"]) for each in kit.everything(name, size=9)]

    assert made == sorted(made)


@clauses("PK-188", "PK-039")
def test_panellists_stand_as_they_opted_in(kit: Kit) -> None:
    for panel in kit.everything("panels"):
        joined = [moment(p["opted_in_at"]) for p in kit.everything(f"/v1/panels/{panel['id']}/panellists", size=11)]

        assert joined == sorted(joined)


@clauses("PK-038", "PK-039")
@each_list
def test_the_order_is_the_same_every_time(kit: Kit, name: str) -> None:
    assert kit.everything(name, size=13) == kit.everything(name, size=13) == kit.everything(name, size=100)


@clauses("PK-038")
def test_no_object_is_shown_twice_or_never_while_others_are_made(kit: Kit) -> None:
    already = kit.ids("studies")
    seen = []

    for page in range(1, 60):
        part = kit.listed("studies", limit=9, page=page)
        if not part:
            break
        seen += [each["id"] for each in part]
        kit.make("studies", name=f"Made while page {page} was read")

    assert seen[: len(already)] == already
    assert len(set(seen)) == len(seen)


@clauses("PK-038")
def test_objects_made_by_several_clients_at_once_have_one_order(kit: Kit) -> None:
    body = kit.usable("studies")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: kit.http.post("/v1/studies", json={**body, "name": str(n)}), range(40)))
    made = {reply.json()["id"] for reply in replies}

    tail = kit.everything("studies")[-40:]

    assert {each["id"] for each in tail} == made
    assert kit.everything("studies", size=7)[-40:] == tail
    assert [moment(each["created_at"]) for each in tail] == sorted(moment(each["created_at"]) for each in tail)


@clauses("PK-038")
def test_objects_made_at_the_very_same_moment_have_one_order(kit: Kit) -> None:
    kit.http.post("/_mock/clock/freeze", json={})
    made = [kit.make("studies", name=str(n)) for n in range(12)]

    assert len({each["created_at"] for each in made}) == 1
    for size in (5, 7, 100):
        assert kit.everything("studies", size=size)[-12:] == made


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        pytest.param("projects", "project", marks=clauses("PK-044")),
        pytest.param("studies", "study", marks=clauses("PK-093")),
        pytest.param("panels", "panel", marks=clauses("PK-189")),
        pytest.param("fields", "field", marks=clauses("PK-189")),
        pytest.param("participants", "participant", marks=clauses("PK-189")),
        pytest.param("consents", "consent", marks=clauses("PK-189")),
        pytest.param("data_links", "data_link", marks=clauses("PK-189")),
    ],
)
def test_a_list_holds_all_that_the_organisation_has(kit: Kit, name: str, resource: str) -> None:
    assert len(kit.everything(name)) == seeded("participant-kit", resource)


@clauses("PK-093")
def test_studies_of_every_project_are_listed(kit: Kit) -> None:
    made = {kit.make("studies", project_id=project["id"])["id"] for project in kit.everything("projects")}

    assert made <= set(kit.ids("studies"))


def test_the_last_of_a_repeated_parameter_counts(kit: Kit) -> None:
    assert len(kit.listed("/v1/studies?limit=5&limit=7")) == 7
