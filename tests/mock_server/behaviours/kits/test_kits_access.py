"""Who may call, what an organisation sees of another, and which methods and addresses there are."""

import base64

import httpx
import pytest
from kits import Kit, refused
from twins import CK, PK, TWINS, Twin, each_joined, each_kit

from understudy.specs import Operation, load

clauses = pytest.mark.clauses

METHODS = {"GET", "PUT", "PATCH", "POST", "DELETE", "TRACE"}
#: The methods that each path has.
PATHS = {
    (twin, path): {name.upper() for name in item}
    for twin in TWINS
    for path, item in load(twin.api).document["paths"].items()
}
OPERATIONS = [(twin, op) for twin in TWINS for op in load(twin.api).operations.values()]


def each_of(operations: list[tuple[Twin, Operation]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("twin", "operation"), [pytest.param(twin, op, id=f"{twin}-{op.id}") for twin, op in operations]
    )


each_operation = each_of(OPERATIONS)
each_read = each_of([(twin, op) for twin, op in OPERATIONS if op.method == "GET"])
each_with_id = each_of([(twin, op) for twin, op in OPERATIONS if "{" in op.path])
each_path = pytest.mark.parametrize(("twin", "path"), PATHS, ids=str)


def challenged(reply: httpx.Response) -> None:
    assert refused(reply, 401)["type"] == "authentication_failed"
    assert reply.headers["www-authenticate"].startswith("Bearer")


@clauses("PK-003", "PK-007", "PK-008", "PK-174", "CK-003", "CK-007", "CK-008", "CK-105")
@each_operation
def test_nothing_answers_an_anonymous_caller_not_even_about_ids_and_bodies(kit: Kit, operation: Operation) -> None:
    anonymous = kit.calling(None)

    for path in {operation.path.replace("{", "x").replace("}", "x"), kit.filled(operation)}:
        challenged(anonymous.http.request(operation.method, path, content=b"{ no JSON"))


@clauses("PK-005", "PK-174", "CK-005", "CK-105")
@each_operation
def test_a_token_that_nobody_has_is_refused(kit: Kit, operation: Operation) -> None:
    stranger = kit.calling("mock-token-of-nobody")

    challenged(stranger.http.request(operation.method, kit.filled(operation), json={}))


@clauses("PK-004", "PK-011", "CK-004", "CK-011")
@each_read
def test_a_bearer_token_opens_every_read(kit: Kit, operation: Operation) -> None:
    assert kit.http.get(kit.filled(operation)).status_code == 200


@clauses("PK-175", "CK-106")
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
@each_kit
def test_the_scheme_is_understood_in_any_case(kit: Kit, scheme: str) -> None:
    assert kit.http.get("/v1/projects", headers={"Authorization": f"{scheme} mock-token"}).status_code == 200


@clauses("PK-006", "CK-006", "CK-005")
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
@each_kit
def test_anything_but_a_bearer_token_is_not_a_credential(kit: Kit, credential: str) -> None:
    challenged(kit.calling(None).http.get("/v1/projects", headers={"Authorization": credential}))


@clauses("PK-006", "CK-006", "CK-005")
@each_kit
def test_a_key_beside_the_authorization_header_is_not_a_credential(kit: Kit) -> None:
    anonymous = kit.calling(None).http

    challenged(anonymous.get("/v1/projects", headers={"X-Api-Key": "mock-token"}))
    challenged(anonymous.get("/v1/projects", params={"api_key": "mock-token", "access_token": "mock-token"}))


@clauses("PK-009", "CK-009")
@pytest.mark.parametrize(
    ("twin", "name"), [(PK, "fields"), *((twin, name) for twin in TWINS for name in twin.dated)], ids=str
)
def test_two_organisations_see_nothing_of_each_other_in_lists(kit: Kit, other: Kit, name: str) -> None:
    mine, theirs = kit.ids(name), other.ids(name)

    assert mine
    assert theirs
    assert not set(mine) & set(theirs)


@clauses("PK-009", "CK-009")
@each_kit
def test_what_one_organisation_makes_the_other_does_not_see(kit: Kit, other: Kit, twin: Twin) -> None:
    before = other.snapshot()

    kit.make(twin.joined)
    kit.make("participants")
    kit.make("data_links")

    assert other.snapshot() == before


@clauses("PK-031", "PK-077", "PK-102", "PK-187", "PK-193", "PK-194", "CK-120", "CK-130", "CK-131", "CK-132")
@each_with_id
def test_an_id_of_another_organisation_is_answered_like_one_that_nobody_has(
    kit: Kit, other: Kit, operation: Operation
) -> None:
    before = other.snapshot()

    path = other.filled(operation)
    foreign = kit.http.request(operation.method, path)
    unknown = kit.http.request(operation.method, operation.path.format(**dict.fromkeys(operation.path_parameters, "x")))

    # The message repeats the id that was sent, and nothing else in it differs.
    error = refused(unknown, 404)
    id = next(segment for segment in path.split("/") if f"'{segment}'" in foreign.text)
    assert refused(foreign, 404) == {**error, "message": error["message"].replace("'x'", f"'{id}'")}
    assert other.snapshot() == before


@clauses("PK-193", "PK-194", "CK-131", "CK-132")
@pytest.mark.parametrize(
    ("twin", "name", "parent", "member"),
    [
        (PK, "studies", "projects", "project_id"),
        (PK, "participants", "studies", "event_id"),
        (PK, "data_links", "participants", "participant_id"),
        (CK, "events", "projects", "project_id"),
        (CK, "participants", "events", "event_id"),
        (CK, "data_links", "participants", "participant_id"),
    ],
    ids=str,
)
def test_a_parent_of_another_organisation_is_refused_like_one_that_nobody_has(
    kit: Kit, other: Kit, name: str, parent: str, member: str
) -> None:
    body = kit.usable(name)

    foreign = kit.http.post(f"/v1/{name}", json={**body, member: other.first(parent)["id"]})
    unknown = kit.http.post(f"/v1/{name}", json={**body, member: "x"})

    assert refused(foreign, 400) == refused(unknown, 400)


@clauses(
    "PK-020", "PK-045", "PK-053", "PK-113", "PK-128", "PK-152", "PK-170", "PK-176",
    "CK-018", "CK-037", "CK-067", "CK-086", "CK-101", "CK-107",
)  # fmt: skip
@each_path
def test_a_method_that_a_path_does_not_have_is_405_with_those_that_it_has(kit: Kit, twin: Twin, path: str) -> None:
    before, has = kit.snapshot(), PATHS[twin, path]

    for method in METHODS - has:
        reply = kit.http.request(method, path.replace("{", "").replace("}", ""), json={})

        assert refused(reply, 405)["type"] == "method_not_allowed"
        allowed = set(reply.headers["allow"].split(", "))
        assert allowed == has | {"OPTIONS"} | ({"HEAD"} if "GET" in has else set())
    assert kit.snapshot() == before


@clauses("PK-007", "PK-176", "CK-107", "CK-003")
@each_path
def test_a_wrong_method_without_a_token_is_401(kit: Kit, twin: Twin, path: str) -> None:
    anonymous = kit.calling(None).http

    for method in METHODS - PATHS[twin, path]:
        challenged(anonymous.request(method, path))


@clauses("PK-016", "PK-195", "CK-114", "CK-001", "CK-133")
@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/projects", "/projects", "/v1/nothing", "/v1/projects/", "//v1/projects"]
)
@each_kit
def test_an_address_that_the_api_does_not_have_is_404_in_its_shape(kit: Kit, path: str) -> None:
    for method in METHODS:
        assert refused(kit.http.request(method, path), 404)["type"] == "not_found"


@clauses("PK-016", "PK-113", "PK-127", "CK-036", "CK-114")
@pytest.mark.parametrize(
    ("twin", "path"),
    [
        (PK, "/v1/projects/x/studies"),
        (PK, "/v1/fields/f_000000000000"),
        (PK, "/v1/events"),
        (PK, "/v1/events/evt_000000000000"),
        (PK, "/v1/panellists"),
        (PK, "/v1/panels/x/panellists/y"),
        (CK, "/v1/events/"),
        (CK, "/v1/projects/x/events"),
        (CK, "/v1/panels"),
        (CK, "/v1/panels/x/panellists"),
        (CK, "/v1/studies"),
        (CK, "/v1/studies/x"),
        (CK, "/v1/fields"),
        (CK, "/v1/data-links"),
    ],
    ids=str,
)
def test_what_the_other_kit_has_or_neither_is_404_too(kit: Kit, path: str) -> None:
    for method in METHODS:
        assert refused(kit.http.request(method, path), 404)["type"] == "not_found"


@clauses("PK-190", "PK-191", "PK-192", "CK-002", "CK-135")
@each_kit
def test_every_collection_stands_under_v1_by_its_plural_and_items_by_id_below(kit: Kit, twin: Twin) -> None:
    for name in twin.retrievable:
        listed = kit.first(name)

        assert kit.object(f"/v1/{name}/{listed['id']}") == listed


@clauses("PK-001", "CK-001")
@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=1, text/*", "application/json;q=0", "", "rubbish"])
@pytest.mark.parametrize("path", ["/v1/projects", "/v1/projects/x", "/v1/nothing"])
@each_kit
def test_the_answer_is_json_whatever_is_accepted(kit: Kit, path: str, accept: str) -> None:
    reply = kit.http.get(path, headers={"Accept": accept})

    assert reply.headers["content-type"] == "application/json"
    assert isinstance(reply.json(), dict)


@each_joined
def test_head_is_answered_like_get_without_the_body(kit: Kit, name: str) -> None:
    got, headed = kit.http.get(f"/v1/{name}"), kit.http.head(f"/v1/{name}")

    assert headed.status_code == got.status_code
    assert headed.headers["content-length"] == got.headers["content-length"]
    assert headed.content == b""


@each_joined
def test_options_lists_the_methods(kit: Kit, name: str) -> None:
    reply = kit.http.options(f"/v1/{name}")

    assert reply.status_code == 204
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS, POST"
