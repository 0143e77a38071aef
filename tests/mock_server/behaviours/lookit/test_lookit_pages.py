"""Pages, their links, and the orders of lists."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from lookit_client import LISTS, Lookit, ids

STUDY = "a8a80880-5539-4650-9387-c62afa202d43"
NESTED = [
    f"studies/{STUDY}/responses",
    "users/7b1e9d42-0a5f-4c0d-8f6e-3a2b1c4d5e6f/children",
    "users/7b1e9d42-0a5f-4c0d-8f6e-3a2b1c4d5e6f/demographics",
]


@pytest.mark.clauses("LK-027", "LK-028", "LK-029", "LK-030", "LK-032", "LK-037", "LK-175")
def test_the_first_page_of_children_links_to_the_others(lookit: Lookit) -> None:
    page = lookit.get("/api/v1/children/").json()
    here = f"{lookit.url}/api/v1/children/"

    assert page["links"] == {
        "first": f"{here}?page=1",
        "last": f"{here}?page=3",
        "next": f"{here}?page=2",
        "prev": None,
        "meta": {"page": 1, "pages": 3, "count": 24},
    }
    assert len(page["data"]) == 10


@pytest.mark.clauses("LK-028", "LK-031", "LK-177")
@pytest.mark.parametrize("name", ["3", "last"])
def test_the_last_page_of_children_holds_the_rest(lookit: Lookit, name: str) -> None:
    page = lookit.get(f"/api/v1/children/?page={name}").json()

    assert len(page["data"]) == 4
    assert page["links"]["next"] is None
    assert page["links"]["prev"] == f"{lookit.url}/api/v1/children/?page=2"
    assert page["links"]["meta"] == {"page": 3, "pages": 3, "count": 24}


@pytest.mark.clauses("LK-027", "LK-030", "LK-037", "LK-192")
@pytest.mark.parametrize("path", [*LISTS, *NESTED])
def test_every_list_stays_on_its_own_path_and_repeats_meta_at_the_top(lookit: Lookit, path: str) -> None:
    page = lookit.get(f"/api/v1/{path}/").json()
    links = [link for name, link in page["links"].items() if name != "meta" and link is not None]

    assert all(link.startswith(f"{lookit.url}/api/v1/{path}/?page=") for link in links)
    assert page["meta"] == page["links"]["meta"]


@pytest.mark.clauses("LK-033", "LK-048")
@pytest.mark.parametrize("path", [*LISTS, *NESTED])
@pytest.mark.parametrize("query", ["", "?page_size=3"])
def test_a_client_that_follows_next_sees_each_object_once(lookit: Lookit, path: str, query: str) -> None:
    seen: list[str] = []
    address = f"/api/v1/{path}/{query}"
    while address:
        page = lookit.get(address).json()
        seen += ids(page)
        address = page["links"]["next"]

    assert len(seen) == len(set(seen)) == page["links"]["meta"]["count"] > 0


@pytest.mark.clauses("LK-031", "LK-032", "LK-036")
@pytest.mark.parametrize("path", [*LISTS, *NESTED])
def test_a_client_that_computes_pages_from_count_sees_everything(lookit: Lookit, path: str) -> None:
    count = lookit.get(f"/api/v1/{path}/").json()["links"]["meta"]["count"]
    pages = [lookit.get(f"/api/v1/{path}/?page={n + 1}").json() for n in range(-(-count // 10))]

    assert len({id for page in pages for id in ids(page)}) == count


@pytest.mark.clauses("LK-176")
@pytest.mark.parametrize(
    ("size", "got"), [("1", 1), ("7", 7), ("100", 24), ("500", 24), ("0", 10), ("-3", 10), ("2.5", 10), ("all", 10)]
)
def test_the_size_of_a_page_is_up_to_the_client_within_reason(lookit: Lookit, size: str, got: int) -> None:
    assert len(lookit.get(f"/api/v1/children/?page_size={size}").json()["data"]) == got


@pytest.mark.clauses("LK-038")
def test_page_links_keep_the_rest_of_the_query(lookit: Lookit) -> None:
    page = lookit.get("/api/v1/children/?page_size=5&ordering=-birthday&page=2").json()

    for name, number in {"first": "1", "prev": "1", "next": "3", "last": "5"}.items():
        assert parse_qs(urlsplit(page["links"][name]).query) == {
            "ordering": ["-birthday"],
            "page": [number],
            "page_size": ["5"],
        }


@pytest.mark.clauses("LK-035")
@pytest.mark.parametrize("page", ["4", "0", "-1", "1.5", "first", "999999999999999999999", "%00"])
def test_a_page_that_is_not_there_is_404(lookit: Lookit, page: str) -> None:
    assert lookit.get(f"/api/v1/children/?page={page}").status_code == 404


@pytest.mark.clauses("LK-034")
@pytest.mark.parametrize("path", ["children", "demographics", "feedback", "responses"])
def test_an_empty_list_is_one_page_of_nothing(lookit: Lookit, path: str) -> None:
    page = lookit.get(f"/api/v1/{path}/", role="outsider").json()

    assert page["data"] == []
    assert page["links"] == {
        "first": f"{lookit.url}/api/v1/{path}/?page=1",
        "last": f"{lookit.url}/api/v1/{path}/?page=1",
        "next": None,
        "prev": None,
        "meta": {"page": 1, "pages": 1, "count": 0},
    }


@pytest.mark.clauses("LK-046", "LK-048")
def test_children_can_be_read_from_the_oldest_on(lookit: Lookit) -> None:
    birthdays = [each["attributes"]["birthday"] for each in lookit.objects("children", "ordering=birthday")]

    assert birthdays == sorted(birthdays)
    assert len(birthdays) == 24


@pytest.mark.clauses("LK-047", "LK-048")
@pytest.mark.parametrize("role", ["admin", "researcher"])
def test_children_can_be_read_from_the_youngest_on(lookit: Lookit, role: str) -> None:
    children = lookit.objects("children", "ordering=-birthday", role=role)
    birthdays = [each["attributes"]["birthday"] for each in children]

    assert birthdays == sorted(birthdays, reverse=True)
    assert len(birthdays) > 10


@pytest.mark.clauses("LK-046", "LK-171")
def test_the_children_of_a_user_can_be_ordered_too(lookit: Lookit) -> None:
    path = "/api/v1/users/7b1e9d42-0a5f-4c0d-8f6e-3a2b1c4d5e6f/children/?ordering=birthday"

    assert [each["attributes"]["given_name"] for each in lookit.get(path).json()["data"]] == [
        "Test child",
        "Mila",
        "Jonas",
    ]


@pytest.mark.clauses("LK-041", "LK-049", "LK-179")
@pytest.mark.parametrize("query", ["ordering=given_name", "ordering=--birthday", "ordering=", "sort=birthday"])
def test_other_orders_are_ignored(lookit: Lookit, query: str) -> None:
    assert ids(lookit.get(f"/api/v1/children/?{query}").json()) == ids(lookit.get("/api/v1/children/").json())


@pytest.mark.clauses("LK-141")
def test_studies_come_with_the_latest_change_first(lookit: Lookit) -> None:
    dates = [study["attributes"]["date_modified"] for study in lookit.objects("studies")]

    assert dates == sorted(dates, reverse=True)


@pytest.mark.clauses("LK-111", "LK-131", "LK-151")
@pytest.mark.parametrize("path", ["responses", f"studies/{STUDY}/responses"])
def test_a_changed_response_comes_first(lookit: Lookit, path: str) -> None:
    before = ids(lookit.get(f"/api/v1/{path}/?page_size=100").json())
    chosen = [before[-1], before[4], before[1]]
    for id in chosen:
        lookit.change("responses", id, {"completed": True})

    after = ids(lookit.get(f"/api/v1/{path}/?page_size=100").json())

    assert after == [*reversed(chosen), *(id for id in before if id not in chosen)]


@pytest.mark.clauses("LK-182")
def test_responses_can_be_narrowed_to_a_study_and_a_child(lookit: Lookit) -> None:
    child = "da27faf2-c3d2-4701-b3bb-dd865f89c1a1"
    both = lookit.objects("responses", f"study={STUDY}&child={child}")
    of_child = lookit.objects("responses", f"child={child}")

    assert ids({"data": both}) == ["51c0a355-375d-481f-a3d0-6471db8f9f14"]
    assert len(of_child) == 2
    assert all(child in each["relationships"]["child"]["links"]["related"] for each in of_child)


def test_a_filter_shows_nothing_that_its_caller_may_not_see(lookit: Lookit) -> None:
    seen = {response["id"] for response in lookit.objects("responses", role="researcher")}
    studies = [study["id"] for study in lookit.objects("studies")]
    by_study = {id: {response["id"] for response in lookit.objects("responses", f"study={id}")} for id in studies}
    hidden = [id for id, responses in by_study.items() if responses - seen]

    shown = {id: lookit.objects("responses", f"study={id}", role="researcher") for id in studies}
    assert hidden
    assert {id: {each["id"] for each in found} for id, found in shown.items()} == {
        id: responses & seen for id, responses in by_study.items()
    }


@pytest.mark.clauses("LK-183")
@pytest.mark.parametrize("query", ["study=1", "child=nobody"])
def test_filtering_by_an_id_that_is_not_a_uuid_is_400(lookit: Lookit, query: str) -> None:
    assert lookit.get(f"/api/v1/responses/?{query}").status_code == 400
