"""Rubbish: always a 4xx in the API's own shape, never a 5xx, never half written."""

import json

import pytest
from kits import NO_FORMS, NO_OBJECTS, Kit, refused
from twins import Twin, each_created, each_joined

clauses = pytest.mark.clauses


@clauses("PK-019", "PK-012", "PK-013", "PK-018", "PK-001", "CK-108", "CK-012", "CK-013", "CK-017", "CK-001")
@each_created
def test_a_body_that_is_not_usable_json_is_400_and_creates_nothing(kit: Kit, name: str) -> None:
    before = kit.snapshot()

    for content in NO_OBJECTS.values():
        reply = kit.http.post(f"/v1/{name}", content=content, headers={"Content-Type": "application/json"})
        assert refused(reply, 400)["type"] == "invalid_request"

    assert kit.snapshot() == before


@clauses("PK-012", "PK-013", "PK-018", "PK-021", "CK-012", "CK-013", "CK-017", "CK-109")
@each_created
def test_a_form_that_cannot_be_read_is_400_and_makes_nothing(kit: Kit, name: str) -> None:
    before = kit.snapshot()

    for content in NO_FORMS:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        refused(kit.http.post(f"/v1/{name}", content=content, headers=form), 400)

    assert kit.snapshot() == before


@clauses("PK-012", "PK-013", "PK-018", "CK-012", "CK-013", "CK-017")
@each_joined
def test_a_body_of_many_megabytes_is_413_and_makes_nothing(kit: Kit, name: str) -> None:
    before = kit.snapshot()
    body = json.dumps({**kit.usable(name), "padding": " " * 17_000_000})

    reply = kit.http.post(f"/v1/{name}", content=body, headers={"Content-Type": "application/json"})

    assert refused(reply, 413)["type"] == "body_too_large"
    assert kit.snapshot() == before


@clauses("PK-013", "CK-013")
@pytest.mark.parametrize("depth", [100, 200, 1000, 1025, 5000])
@each_joined
def test_a_deeply_nested_member_that_is_ignored_never_breaks_anything(kit: Kit, name: str, depth: int) -> None:
    nested = f'{json.dumps(kit.usable(name))[:-1]}, "ignored": {"[" * depth}{"]" * depth}}}'

    reply = kit.http.post(f"/v1/{name}", content=nested, headers={"Content-Type": "application/json"})

    assert reply.status_code == 201 or refused(reply, 400)


@clauses("PK-013", "PK-087", "CK-013", "CK-049", "CK-119")
@pytest.mark.parametrize(
    "text",
    ["\x00", "a\u2028\u2029", "\ufdd0base\ufdd1", "{id}", "<script>", "a" * 1_000_000, "\U0001f4a5", '"\\', "ﷺ\u202e"],
)
@each_joined
def test_any_text_survives_the_round_trip(kit: Kit, name: str, text: str) -> None:
    made = kit.make(name, name=text)

    assert made["name"] == text
    assert kit.object(f"/v1/{name}/{made['id']}")["name"] == text


@clauses("PK-013", "CK-013")
@pytest.mark.parametrize("header", ["X-Huge", "Accept", "Accept-Language", "Cookie", "Content-Type", "Authorization"])
@each_joined
def test_an_odd_header_never_breaks_anything(kit: Kit, name: str, header: str) -> None:
    for value in ("a" * 8000, "\xff\xfe", ";;;,,,", "q=x"):
        reply = kit.http.get(f"/v1/{name}", headers={header.encode(): value.encode("latin-1")})

        assert reply.status_code == 200 or (header == "Authorization" and refused(reply, 401))


@clauses("PK-013", "CK-013")
@each_joined
def test_the_server_answers_as_before_after_all_of_this(kit: Kit, twin: Twin, name: str) -> None:
    for content in NO_OBJECTS.values():
        kit.http.post(f"/v1/{name}", content=content, headers={"Content-Type": "application/json"})

    assert kit.make(name)["object"] == twin.kind
