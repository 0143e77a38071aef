"""Who may call, what an organisation sees of another, and which methods and addresses there are."""

import base64

import httpx
import pytest
from kits import Kit, refused

from specs import Operation, load

clauses = pytest.mark.clauses

CONTRACT = load("consent-kit")
OPERATIONS = [pytest.param(op, id=op.id) for op in CONTRACT.operations.values()]
READS = [pytest.param(op, id=op.id) for op in CONTRACT.operations.values() if op.method == "GET"]
WITH_IDS = [pytest.param(op, id=op.id) for op in CONTRACT.operations.values() if "{" in op.path]
PATHS = {path: {name.upper() for name in item} for path, item in CONTRACT.document["paths"].items()}
METHODS = {"GET", "PUT", "PATCH", "POST", "DELETE", "TRACE"}


def challenged(reply: httpx.Response) -> None:
    assert refused(reply, 401)["type"] == "authentication_failed"
    assert reply.headers["www-authenticate"].startswith("Bearer")


@clauses("CK-003", "CK-007", "CK-008", "CK-105")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_answers_an_anonymous_caller_not_even_about_ids_and_bodies(kit: Kit, operation: Operation) -> None:
    anonymous = kit.calling(None)

    for path in {operation.path.replace("{", "x").replace("}", "x"), kit.filled(operation)}:
        challenged(anonymous.http.request(operation.method, path, content=b"{ no JSON"))


@clauses("CK-005", "CK-105")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_token_that_nobody_has_is_refused(kit: Kit, operation: Operation) -> None:
    stranger = kit.calling("mock-token-of-nobody")

    challenged(stranger.http.request(operation.method, kit.filled(operation), json={}))


@clauses("CK-004", "CK-011")
@pytest.mark.parametrize("operation", READS)
def test_a_bearer_token_opens_every_read(kit: Kit, operation: Operation) -> None:
    assert kit.http.get(kit.filled(operation)).status_code == 200


@clauses("CK-106")
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_understood_in_any_case(kit: Kit, scheme: str) -> None:
    assert kit.http.get("/v1/events", headers={"Authorization": f"{scheme} mock-token"}).status_code == 200


@clauses("CK-006", "CK-005")
def test_anything_but_a_bearer_token_is_no_credential(kit: Kit) -> None:
    anonymous = kit.calling(None).http
    basic = "Basic " + base64.b64encode(b"mock-token:").decode()

    for credential in ("Api-Key mock-token", "Token mock-token", basic, "mock-token", "Bearer", ""):
        challenged(anonymous.get("/v1/events", headers={"Authorization": credential}))
    challenged(anonymous.get("/v1/events", headers={"X-Api-Key": "mock-token"}))
    challenged(anonymous.get("/v1/events", params={"api_key": "mock-token"}))


@clauses("CK-009")
@pytest.mark.parametrize("name", ["projects", "events", "participants", "consents", "data_links"])
def test_two_organisations_see_nothing_of_each_other_in_lists(kit: Kit, other: Kit, name: str) -> None:
    mine, theirs = kit.ids(name), other.ids(name)

    assert mine
    assert theirs
    assert not set(mine) & set(theirs)


@clauses("CK-010", "CK-120", "CK-130")
@pytest.mark.parametrize("operation", WITH_IDS)
def test_an_id_of_another_organisation_is_answered_like_one_that_nobody_has(
    kit: Kit, other: Kit, operation: Operation
) -> None:
    before = other.snapshot()

    foreign = kit.http.request(operation.method, other.filled(operation))
    unknown = kit.http.request(
        operation.method, operation.path.format(**{p.name: "x" for p in operation.parameters if p.place == "path"})
    )

    assert refused(foreign, 404) == refused(unknown, 404)
    assert other.snapshot() == before


@clauses("CK-010")
@pytest.mark.parametrize(
    ("name", "parent", "member"),
    [
        ("events", "projects", "project_id"),
        ("participants", "events", "event_id"),
        ("data_links", "participants", "participant_id"),
    ],
)
def test_a_parent_of_another_organisation_is_refused_like_one_that_nobody_has(
    kit: Kit, other: Kit, name: str, parent: str, member: str
) -> None:
    body = kit.usable(name)

    foreign = kit.http.post(f"/v1/{name}", json={**body, member: other.first(parent)["id"]})
    unknown = kit.http.post(f"/v1/{name}", json={**body, member: "x"})

    assert refused(foreign, 400) == refused(unknown, 400)


@clauses("CK-018", "CK-037", "CK-067", "CK-086", "CK-101", "CK-107")
@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_a_path_does_not_have_is_405_and_told_which_it_has(kit: Kit, path: str) -> None:
    before = kit.snapshot()

    for method in METHODS - PATHS[path]:
        reply = kit.http.request(method, path.replace("{", "").replace("}", ""), json={})

        assert refused(reply, 405)["type"] == "method_not_allowed"
        allowed = set(reply.headers["allow"].split(", "))
        assert allowed == PATHS[path] | {"OPTIONS"} | ({"HEAD"} if "GET" in PATHS[path] else set())
    assert kit.snapshot() == before


@clauses("CK-107", "CK-003")
@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_method_without_a_token_is_401(kit: Kit, path: str) -> None:
    anonymous = kit.calling(None).http

    for method in METHODS - PATHS[path]:
        challenged(anonymous.request(method, path))


@clauses("CK-036", "CK-114", "CK-001")
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/events/",
        "/v1/nothing",
        "/v1/projects/x/events",
        "/v1/panels",
        "/v1/panels/x/panellists",
        "/v1/studies",
        "/v1/studies/x",
        "/v1/fields",
        "/v1/data-links",
    ],
)
def test_an_address_that_the_api_does_not_have_is_404_in_its_shape(kit: Kit, path: str) -> None:
    for method in METHODS:
        assert refused(kit.http.request(method, path), 404)["type"] == "not_found"


@clauses("CK-002", "CK-115")
def test_every_collection_stands_under_v1_by_its_plural_and_items_by_id_below(kit: Kit) -> None:
    for name in ("projects", "events", "participants", "consents"):
        listed = kit.first(name)

        assert kit.object(f"/v1/{name}/{listed['id']}") == listed
    assert set(PATHS) == {
        "/v1/projects", "/v1/projects/{project_id}",
        "/v1/events", "/v1/events/{event_id}",
        "/v1/participants", "/v1/participants/{participant_id}",
        "/v1/consents", "/v1/consents/{consent_id}",
        "/v1/data_links", "/v1/data_links/{data_link_id}",
    }  # fmt: skip


@clauses("CK-001")
def test_the_answer_is_json_whatever_is_accepted(kit: Kit) -> None:
    for accept in ("text/html", "application/xml;q=1, text/*", "application/json;q=0", "", "rubbish"):
        for path in ("/v1/projects", "/v1/projects/x", "/v1/nothing"):
            reply = kit.http.get(path, headers={"Accept": accept})

            assert reply.headers["content-type"] == "application/json"
            assert isinstance(reply.json(), dict)
