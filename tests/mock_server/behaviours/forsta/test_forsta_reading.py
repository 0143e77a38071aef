"""Reading respondents: records, pages, selected variables, one of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from forsta_client import CITY, FOLLOW_UP, Forsta, Serve

BOTH = pytest.mark.parametrize("stream", [False, True], ids=["page", "stream"])


@pytest.mark.clauses("FO-006", "FO-012", "FO-007", "FO-008")
def test_a_record_is_flat_typed_and_without_blanks(forsta: Forsta) -> None:
    kinds = {"respid": int, "age": int}

    for record in forsta.items():
        for name, value in record.items():
            assert type(value) is kinds.get(name, str)
            assert value != ""


@pytest.mark.clauses("FO-007", "FO-009")
def test_records_differ_in_what_they_hold(forsta: Forsta) -> None:
    members = {frozenset(record) for record in forsta.items()}

    assert len(members) > 5
    assert frozenset({"respid", "email", "gender", "city", "country", "age", "date_of_birth"}) in members


@pytest.mark.clauses("FO-011", "FO-051")
def test_all_columns_of_all_levels_are_returned_when_none_are_named(forsta: Forsta) -> None:
    seen = {name for record in forsta.items(FOLLOW_UP) for name in record}

    # respid of the system, email of the survey, consented of a user, status of the response
    assert {"respid", "email", "consented", "status"} <= seen


@pytest.mark.clauses("FO-025", "FO-026", "FO-027", "FO-029")
def test_a_page_has_its_own_length_and_the_total_count(forsta: Forsta) -> None:
    page = forsta.read(pageSize=7).json()

    assert set(page) == {"itemCount", "totalCount", "items", "links"}
    assert page["itemCount"] == len(page["items"]) == 7
    assert page["totalCount"] == 200


@pytest.mark.clauses("FO-030", "FO-031", "FO-032")
def test_the_pages_together_hold_every_respondent_once_in_order(forsta: Forsta) -> None:
    pages = [forsta.items(pageSize=90, page=page) for page in (1, 2, 3)]

    assert [len(page) for page in pages] == [90, 90, 20]
    assert [record["respid"] for page in pages for record in page] == list(range(1, 201))


@pytest.mark.clauses("FO-037")
def test_a_page_has_100_respondents_by_default_and_is_the_first(forsta: Forsta) -> None:
    assert [record["respid"] for record in forsta.read().json()["items"]] == list(range(1, 101))


@pytest.mark.clauses("FO-033", "FO-034")
@pytest.mark.parametrize(("size", "status"), [("10000", 200), ("10001", 400), ("99999999999999999999", 400)])
def test_ten_thousand_is_the_largest_page(forsta: Forsta, size: str, status: int) -> None:
    assert forsta.read(pageSize=size).status_code == status


@pytest.mark.clauses("FO-036")
@pytest.mark.parametrize("name", ["page", "pageSize"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "abc", "", " ", "1e3", "٣", "NaN"])
def test_an_unusable_page_or_size_is_refused_by_name(forsta: Forsta, name: str, value: str) -> None:
    reply = forsta.read(**{name: value})

    assert reply.status_code == 400
    assert name in reply.json()["message"]


@pytest.mark.clauses("FO-041")
@pytest.mark.parametrize("page", ["3", "999999999"])
def test_a_page_past_the_end_is_empty(forsta: Forsta, page: str) -> None:
    reply = forsta.read(pageSize=100, page=page)

    assert reply.status_code == 200
    assert (reply.json()["itemCount"], reply.json()["totalCount"], reply.json()["items"]) == (0, 200, [])


@pytest.mark.clauses("FO-038", "FO-039", "FO-056")
def test_next_is_absolute_and_keeps_the_query(forsta: Forsta) -> None:
    query = {"variables": "email,gender", "filterExpression": "respondent:city='oslo'", "pageSize": "2"}
    first = forsta.read(**query).json()

    address = urlsplit(first["links"]["next"])
    assert f"{address.scheme}://{address.netloc}" == str(forsta.http.base_url)
    assert address.path == f"/v1/surveys/{CITY}/respondents/data"
    assert {name: values[0] for name, values in parse_qs(address.query).items()} == {**query, "page": "2"}


@pytest.mark.clauses("FO-038", "FO-040", "FO-031")
def test_following_next_collects_everything_and_ends(forsta: Forsta) -> None:
    seen: list[int] = []
    address: str | None = f"/v1/surveys/{CITY}/respondents/data?pageSize=45"
    while address:
        page = forsta.http.get(address).json()
        seen += [record["respid"] for record in page["items"]]
        address = page["links"].get("next")

    assert seen == list(range(1, 201))


@pytest.mark.clauses("FO-040")
def test_the_last_page_has_no_next_even_when_it_is_full(forsta: Forsta) -> None:
    assert "next" not in forsta.read(pageSize=100, page=2).json()["links"]


@pytest.mark.clauses("FO-042", "FO-182")
def test_item_is_a_template_for_single_records(forsta: Forsta) -> None:
    template = forsta.read(pageSize=1).json()["links"]["item"]

    assert template.endswith(f"/v1/surveys/{CITY}/respondents/data/{{respId}}")
    assert forsta.http.get(template.replace("{respId}", "2")).json()["respid"] == 2


@BOTH
@pytest.mark.clauses("FO-043", "FO-044", "FO-045", "FO-180")
def test_only_the_named_variables_come_and_respid_with_them(forsta: Forsta, stream: bool) -> None:
    records = (forsta.lines if stream else forsta.items)(variables="email,gender")

    assert records[0] == {"respid": 1, "email": "test1@example.com", "gender": "female"}
    assert {name for record in records for name in record} == {"respid", "email", "gender"}


@pytest.mark.clauses("FO-045")
def test_respid_comes_first_and_once(forsta: Forsta) -> None:
    assert forsta.read(variables="city,respid", pageSize=1).text.count('"respid":1') == 1
    assert list(forsta.items(variables="city,respid")[0]) == ["respid", "city"]


@pytest.mark.clauses("FO-047")
def test_blanks_around_names_do_not_matter(forsta: Forsta) -> None:
    assert forsta.items(variables=" email , gender") == forsta.items(variables="email,gender")


@BOTH
@pytest.mark.clauses("FO-046")
@pytest.mark.parametrize("names", ["nothing", "email,nothing", "email,,gender", "", "Email"])
def test_an_unknown_variable_is_refused(forsta: Forsta, names: str, stream: bool) -> None:
    reply = forsta.read(accept="application/x-ndjson" if stream else None, variables=names)

    assert reply.status_code == 400
    assert "variables" in reply.json()["message"]


@BOTH
@pytest.mark.clauses("FO-048", "FO-181")
def test_a_template_selects_its_variables(forsta: Forsta, stream: bool) -> None:
    records = (forsta.lines if stream else forsta.items)(variableTemplateId="101")

    assert records[0] == {"respid": 1, "email": "test1@example.com", "city": "oslo", "country": "norway"}


@pytest.mark.clauses("FO-050")
@pytest.mark.parametrize("template", ["999", "", "abc", "201"])
def test_a_template_that_the_survey_lacks_is_not_found(forsta: Forsta, template: str) -> None:
    assert forsta.read(variableTemplateId=template).status_code == 404
    assert forsta.call("GET", "data/1", params={"variableTemplateId": template}).status_code == 404


@pytest.mark.clauses("FO-049", "FO-061")
@pytest.mark.parametrize("path", ["data", "data/1"])
def test_variables_and_a_template_exclude_each_other(forsta: Forsta, path: str) -> None:
    reply = forsta.call("GET", path, params={"variables": "email", "variableTemplateId": "101"})

    assert reply.status_code == 400
    assert "variableTemplateId" in reply.json()["message"]


@pytest.mark.clauses("FO-181")
def test_variables_and_a_template_exclude_each_other_in_a_stream_too(forsta: Forsta) -> None:
    reply = forsta.read(accept="application/x-ndjson", variables="email", variableTemplateId="101")

    assert reply.status_code == 400


@pytest.mark.clauses("FO-058", "FO-062", "FO-063")
def test_one_respondent_is_the_record_of_the_list(forsta: Forsta) -> None:
    items = forsta.items()

    assert forsta.one(1) == items[0]
    assert (
        forsta.one(4)
        == items[3]
        == {
            "respid": 4,
            "email": "household@example.com",
            "gender": "male",
            "city": "leeds",
        }
    )


@pytest.mark.clauses("FO-059", "FO-060")
def test_one_respondent_shows_the_selected_variables(forsta: Forsta) -> None:
    assert forsta.one(1, variables="city") == {"respid": 1, "city": "oslo"}
    assert set(forsta.one(1, variableTemplateId="102")) == {"respid", "gender", "age", "date_of_birth"}


@pytest.mark.clauses("FO-064", "FO-065")
@pytest.mark.parametrize(
    "respid", ["201", "0", "-1", "99999999999999999999999", "abc", "1.0", "1e0", "%20", "🙂", "1_0"]
)
def test_a_respid_that_nobody_has_is_not_found(forsta: Forsta, respid: str) -> None:
    reply = forsta.call("GET", f"data/{respid}")

    assert reply.status_code == 404
    assert reply.json()["message"]


def test_a_respondent_of_another_survey_is_not_found(forsta: Forsta) -> None:
    assert forsta.call("GET", "data/23", FOLLOW_UP).status_code == 404


@pytest.mark.clauses("FO-066")
def test_one_respondent_is_never_a_stream(forsta: Forsta) -> None:
    both = forsta.call("GET", "data/1", headers={"Accept": "application/x-ndjson, application/json;q=0.1"})

    assert both.headers["content-type"] == "application/json; charset=utf-8"
    assert both.json()["respid"] == 1
    assert forsta.call("GET", "data/1", headers={"Accept": "application/x-ndjson"}).status_code == 406


@pytest.mark.clauses("FO-167")
@pytest.mark.parametrize("body", [b'{"anything": [1]}', b"{", b"\xff\xfe"])
def test_a_body_on_get_is_not_looked_at(forsta: Forsta, body: bytes) -> None:
    reply = forsta.call("GET", "data", content=body, headers={"Content-Type": "application/json"})

    assert reply.status_code == 200
    assert reply.json()["totalCount"] == 200


def test_head_is_answered_like_get_without_the_body(forsta: Forsta) -> None:
    reply = forsta.call("HEAD", "data")

    assert (reply.status_code, reply.content) == (200, b"")


def test_a_repeated_query_parameter_does_no_harm(forsta: Forsta) -> None:
    query: list[tuple[str, Any]] = [("pageSize", "3"), ("pageSize", "2")]

    assert forsta.call("GET", "data", params=query).json()["itemCount"] == 2


@pytest.mark.clauses("FO-038", "FO-042")
@pytest.mark.parametrize("prefix", ["/forsta", "/_session/linked/forsta"])
def test_links_lead_back_to_where_the_client_came_from(serve: Serve, prefix: str) -> None:
    http = serve("all")
    links = http.get(f"{prefix}/v1/surveys/{CITY}/respondents/data?pageSize=1").json()["links"]

    assert links["next"].startswith(f"{http.base_url}{prefix}/v1/")
    assert http.get(links["next"]).json()["items"][0]["respid"] == 2
    assert http.get(links["item"].replace("{respId}", "3")).json()["respid"] == 3
