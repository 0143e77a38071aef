"""Who may call, what an organisation sees of another, and which methods and addresses there are."""

import base64

import httpx
import pytest
from kits import Kit, refused

from specs import Operation, load

CONTRACT = load("participant-kit")
OPERATIONS = [pytest.param(op, id=op.id) for op in CONTRACT.operations.values()]
READS = [pytest.param(op, id=op.id) for op in CONTRACT.operations.values() if op.method == "GET"]
WITH_IDS = [pytest.param(op, id=op.id) for op in CONTRACT.operations.values() if "{" in op.path]
LISTS = ["projects", "panels", "panellists", "studies", "fields", "participants", "consents", "data_links"]
PATHS = {path: {name.upper() for name in item} for path, item in CONTRACT.document["paths"].items()}
METHODS = {"GET", "PUT", "PATCH", "POST", "DELETE", "TRACE"}


def challenged(reply: httpx.Response) -> None:
    assert refused(reply, 401)["type"] == "authentication_failed"
    assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.clauses("PK-003", "PK-007", "PK-008", "PK-174")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_answers_an_anonymous_caller_not_even_about_ids_and_bodies(kit: Kit, operation: Operation) -> None:
    anonymous = kit.calling(None)

    for path in {operation.path.replace("{", "x").replace("}", "x"), kit.filled(operation)}:
        challenged(anonymous.http.request(operation.method, path, content=b"{ no JSON"))


@pytest.mark.clauses("PK-005", "PK-174")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_token_that_nobody_has_is_refused(kit: Kit, operation: Operation) -> None:
    stranger = kit.calling("mock-token-of-nobody")

    challenged(stranger.http.request(operation.method, kit.filled(operation), json={}))


@pytest.mark.clauses("PK-004", "PK-011")
@pytest.mark.parametrize("operation", READS)
def test_a_bearer_token_opens_every_read(kit: Kit, operation: Operation) -> None:
    assert kit.http.get(kit.filled(operation)).status_code == 200


@pytest.mark.clauses("PK-175")
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_understood_in_any_case(kit: Kit, scheme: str) -> None:
    assert kit.http.get("/v1/projects", headers={"Authorization": f"{scheme} mock-token"}).status_code == 200


@pytest.mark.clauses("PK-006")
@pytest.mark.parametrize(
    "credential",
    [
        "Api-Key mock-token",
        "Token mock-token",
        "Basic " + base64.b64encode(b"mock-token:").decode(),
        "mock-token",
        "Bearer",
        "bearer=mock-token",
        "Bearer mock-token mock-token",
        "Bearer Mock-Token",
        "",
    ],
)
def test_anything_but_a_bearer_token_is_no_credential(kit: Kit, credential: str) -> None:
    challenged(kit.calling(None).http.get("/v1/projects", headers={"Authorization": credential}))


@pytest.mark.clauses("PK-006")
def test_a_key_beside_the_authorization_header_is_no_credential(kit: Kit) -> None:
    anonymous = kit.calling(None).http

    challenged(anonymous.get("/v1/projects", headers={"X-Api-Key": "mock-token"}))
    challenged(anonymous.get("/v1/projects", params={"api_key": "mock-token", "access_token": "mock-token"}))


@pytest.mark.clauses("PK-009")
@pytest.mark.parametrize("name", [name for name in LISTS if name != "panellists"])
def test_two_organisations_see_nothing_of_each_other_in_lists(kit: Kit, other: Kit, name: str) -> None:
    mine, theirs = kit.ids(name), other.ids(name)

    assert mine
    assert theirs
    assert not set(mine) & set(theirs)


@pytest.mark.clauses("PK-009")
def test_what_one_organisation_makes_the_other_does_not_see(kit: Kit, other: Kit) -> None:
    before = other.snapshot()

    kit.make("studies")
    kit.make("participants")
    kit.make("data_links")

    assert other.snapshot() == before


@pytest.mark.clauses("PK-010", "PK-031", "PK-077", "PK-102", "PK-187")
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


@pytest.mark.clauses("PK-010")
@pytest.mark.parametrize(
    ("name", "parent", "member"),
    [
        ("studies", "projects", "project_id"),
        ("participants", "studies", "event_id"),
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


@pytest.mark.clauses("PK-020", "PK-024", "PK-045", "PK-053", "PK-113", "PK-128", "PK-152", "PK-170", "PK-176")
@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_a_path_does_not_have_is_405_and_told_which_it_has(kit: Kit, path: str) -> None:
    before = kit.snapshot()

    for method in METHODS - PATHS[path]:
        reply = kit.http.request(method, path.replace("{", "").replace("}", ""), json={})

        assert refused(reply, 405)["type"] == "method_not_allowed"
        allowed = set(reply.headers["allow"].split(", "))
        assert allowed == PATHS[path] | {"OPTIONS"} | ({"HEAD"} if "GET" in PATHS[path] else set())
    assert kit.snapshot() == before


@pytest.mark.clauses("PK-007", "PK-176")
@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_method_without_a_token_is_401(kit: Kit, path: str) -> None:
    anonymous = kit.calling(None).http

    for method in METHODS - PATHS[path]:
        challenged(anonymous.request(method, path))


@pytest.mark.clauses("PK-016", "PK-113", "PK-127")
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v2/projects",
        "/projects",
        "/v1/nothing",
        "/v1/projects/",
        "/v1/projects/x/studies",
        "/v1/fields/f_000000000000",
        "/v1/events",
        "/v1/events/evt_000000000000",
        "/v1/panellists",
        "/v1/panels/x/panellists/y",
        "//v1/projects",
    ],
)
def test_an_address_that_the_api_does_not_have_is_404_in_its_shape(kit: Kit, path: str) -> None:
    for method in METHODS:
        assert refused(kit.http.request(method, path), 404)["type"] == "not_found"


@pytest.mark.clauses("PK-002")
def test_every_collection_stands_under_v1_by_its_plural_and_items_by_id_below(kit: Kit) -> None:
    for name in ("projects", "panels", "studies", "participants", "consents"):
        listed = kit.first(name)

        assert kit.object(f"/v1/{name}/{listed['id']}") == listed


@pytest.mark.clauses("PK-001")
@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=1, text/*", "application/json;q=0", "", "rubbish"])
@pytest.mark.parametrize("path", ["/v1/projects", "/v1/projects/x", "/v1/nothing"])
def test_the_answer_is_json_whatever_is_accepted(kit: Kit, path: str, accept: str) -> None:
    reply = kit.http.get(path, headers={"Accept": accept})

    assert reply.headers["content-type"] == "application/json"
    assert isinstance(reply.json(), dict)


def test_head_tells_what_get_tells_without_the_body(kit: Kit) -> None:
    got, headed = kit.http.get("/v1/studies"), kit.http.head("/v1/studies")

    assert headed.status_code == got.status_code
    assert headed.headers["content-length"] == got.headers["content-length"]
    assert headed.content == b""


def test_options_tells_the_methods(kit: Kit) -> None:
    reply = kit.http.options("/v1/studies")

    assert reply.status_code == 204
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS, POST"
