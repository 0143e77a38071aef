"""Documents that are odd, and common all the same: each is served, answers every GET, and keeps what is created."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from live import running

from understudy import serve
from understudy.mock_server.app import create_app
from understudy.specs.unprepared.any_contract import any_contract


def replying(schema: Any, **more: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}, **more}


def named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def answers(tmp_path: Path, document: dict[str, Any], *requests: tuple[str, str, Any]) -> list[httpx.Response]:
    """The replies of a document that is served to requests: method, path, JSON."""
    file = tmp_path / "odd.yaml"
    file.write_text(yaml.safe_dump({"openapi": "3.1.0", "info": {"title": "Odd", "version": "1"}, **document}), "utf-8")
    with running(create_app(str(file))) as address, httpx.Client(base_url=address) as client:
        return [client.request(method, path, json=body) for method, path, body in requests]


@pytest.mark.parametrize(
    "schema",
    [
        named("Odd"),
        {"allOf": [named("Odd"), {"type": "object"}]},
        {"anyOf": [{"type": "null"}, named("Odd")]},
        {"type": "object", "required": ["next"], "properties": {"next": named("Odd")}},
        {
            "type": "object",
            "required": ["next"],
            "properties": {"next": {"type": "array", "minItems": 1, "items": named("Odd")}},
        },
        {"type": "object", "required": ["left", "right"], "additionalProperties": named("Odd")},
        {"type": "array", "minItems": 10**9, "items": {"type": "integer"}},
        {"type": "string", "minLength": 10**9},
        True,
        False,
    ],
    ids=[
        "itself",
        "in allOf",
        "in anyOf",
        "without end",
        "a list without end",
        "members of any name",
        "many",
        "long",
        "true",
        "false",
    ],
)
def test_a_schema_that_nothing_can_meet_is_answered_all_the_same(tmp_path: Path, schema: Any) -> None:
    document = {"paths": {"/odd": {"get": replying(named("Odd"))}}, "components": {"schemas": {"Odd": schema}}}

    (reply,) = answers(tmp_path, document, ("GET", "/odd", None))

    assert reply.status_code == 200


def test_lists_that_must_hold_themselves_do_not_grow_with_each_of_their_depths(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"type": "array", "minItems": 1, "items": named("Odd")}},
    }
    document = {"paths": {"/odd": {"get": replying(named("Odd"))}}, "components": {"schemas": {"Odd": schema}}}

    (reply,) = answers(tmp_path, document, ("GET", "/odd", None))

    assert 10 < reply.text.count("next") < 1000


def test_a_long_text_is_as_long_as_its_schema_asks(tmp_path: Path) -> None:
    (reply,) = answers(
        tmp_path,
        {"paths": {"/text": {"get": replying({"type": "string", "minLength": 54_321})}}},
        ("GET", "/text", None),
    )

    assert len(reply.json()) >= 54_321


def test_parts_that_allow_no_others_can_still_be_combined(tmp_path: Path) -> None:
    closed = {
        "Named": {"type": "object", "additionalProperties": False, "properties": {"name": {"type": "string"}}},
        "Sized": {
            "type": "object",
            "additionalProperties": {"type": "object"},
            "properties": {"size": {"type": "integer"}},
        },
    }
    both = {
        "allOf": [named("Named"), named("Sized"), {"properties": {"id": {"type": "integer"}}}],
        "required": ["name"],
    }
    thing = {
        "get": replying(both),
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
    }
    create = replying(both, requestBody={"content": {"application/json": {"schema": both}}})
    document = {"paths": {"/things": {"post": create}, "/things/{id}": thing}, "components": {"schemas": closed}}

    good, wrong = answers(
        tmp_path,
        document,
        ("POST", "/things", {"name": "a", "size": 3}),
        ("POST", "/things", {"name": "a", "size": "x"}),
    )

    assert (good.status_code, wrong.status_code) == (200, 400)
    assert (good.json()["name"], good.json()["size"]) == ("a", 3)


def test_a_part_that_allows_no_others_stays_closed_on_its_own(tmp_path: Path) -> None:
    closed = {"type": "object", "additionalProperties": False, "properties": {"name": {"type": "string"}}}
    send = replying({}, requestBody={"content": {"application/json": {"schema": closed}}})

    (reply,) = answers(tmp_path, {"paths": {"/send": {"post": send}}}, ("POST", "/send", {"size": 3}))

    assert reply.status_code == 400


def test_an_id_that_is_a_number_can_stand_in_an_address_that_is_a_text(tmp_path: Path) -> None:
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}}
    document = {
        "paths": {
            "/things": {
                "get": replying({"type": "array", "items": thing}),
                "post": replying(thing, requestBody={"content": {"application/json": {"schema": thing}}}),
            },
            "/things/{id}": {"get": replying(thing)},
        }
    }
    listed, made = answers(tmp_path, document, ("GET", "/things", None), ("POST", "/things", {}))
    ids = [each["id"] for each in [*listed.json(), made.json()]]

    # The same seed gives the same ids.
    _, *read = answers(tmp_path, document, ("POST", "/things", {}), *(("GET", f"/things/{id}", None) for id in ids))

    assert [reply.json()["id"] for reply in read] == ids
    assert len(set(ids)) == 11


def test_a_form_of_ids_that_has_one_alone_still_takes_a_second_record(tmp_path: Path) -> None:
    only = {"type": "string", "enum": ["this"]}
    thing = {"type": "object", "required": ["id"], "properties": {"id": only}}
    parameters = [{"name": "id", "in": "path", "required": True, "schema": only}]
    create = replying(thing, requestBody={"content": {"application/json": {"schema": {"type": "object"}}}})
    document = {
        "paths": {"/things": {"post": create}, "/things/{id}": {"get": replying(thing), "parameters": parameters}}
    }

    first, second = answers(tmp_path, document, ("POST", "/things", {}), ("POST", "/things", {}))

    assert (first.status_code, second.status_code) == (200, 200)


def test_a_cursor_that_is_declared_as_a_number_leads_on(tmp_path: Path) -> None:
    page = {"type": "object", "properties": {"items": {"type": "array", "items": named("Pin")}}}
    page["properties"]["next_marker"] = {"type": "integer"}
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("marker", "limit")]
    parameters[1]["schema"] = {"type": "integer"}
    document = {
        "paths": {"/pins": {"get": replying(page, parameters=parameters)}},
        "components": {"schemas": {"Pin": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    }
    (first,) = answers(tmp_path, document, ("GET", "/pins?limit=4", None))
    (second,) = answers(tmp_path, document, ("GET", f"/pins?limit=50&marker={first.json()['next_marker']}", None))

    assert isinstance(first.json()["next_marker"], int)
    assert len({pin["id"] for reply in (first, second) for pin in reply.json()["items"]}) == 10


def test_a_status_without_content_has_none_whatever_the_document_declares(tmp_path: Path) -> None:
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    gone = {"responses": {"204": {"description": "gone", "content": {"application/json": {"schema": thing}}}}}
    parameters = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    listed = replying({"type": "array", "items": thing})
    document = {
        "paths": {
            "/things": {"get": listed},
            "/things/{id}": {"get": replying(thing), "delete": gone, "parameters": parameters},
        }
    }
    (things,) = answers(tmp_path, document, ("GET", "/things", None))
    at = f"/things/{things.json()[0]['id']}"

    deleted, again = answers(tmp_path, document, ("DELETE", at, None), ("GET", at, None))

    assert (deleted.status_code, deleted.content, again.status_code) == (204, b"", 404)


def test_errors_that_are_lists_of_faults_have_one_also_where_no_member_is_to_blame(tmp_path: Path) -> None:
    fault = {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}
    errors = {"type": "object", "properties": {"errors": {"type": "array", "items": fault}}}
    found = replying({"type": "object", "properties": {"id": {"type": "integer"}}})
    found["responses"]["404"] = {"description": "no", "content": {"application/json": {"schema": errors}}}
    document = {
        "paths": {
            "/things/{id}": {
                "get": found,
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            }
        }
    }

    (reply,) = answers(tmp_path, document, ("GET", "/things/x", None))

    assert reply.status_code == 404
    assert reply.json()["errors"][0]["code"] == "not_found"


def test_a_member_that_is_a_text_in_one_error_may_be_the_list_of_faults_in_another(tmp_path: Path) -> None:
    loc = {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}
    fault = {"type": "object", "required": ["loc", "msg"], "properties": {"loc": loc, "msg": {"type": "string"}}}
    wrong = {"type": "object", "properties": {"detail": {"type": "array", "items": fault}}}
    missing = {"type": "object", "properties": {"detail": {"type": "string"}}}
    thing = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}
    made = replying(thing, requestBody={"content": {"application/json": {"schema": thing}}})
    for status, schema in (("422", wrong), ("404", missing)):
        made["responses"][status] = {"description": "no", "content": {"application/json": {"schema": schema}}}

    found, odd = answers(tmp_path, {"paths": {"/things": {"post": made}}}, *[("POST", "/things", b) for b in ({}, [])])

    assert (found.status_code, found.json()) == (422, {"detail": [{"loc": ["size"], "msg": "is required"}]})
    assert (odd.status_code, odd.json()["detail"][0]["loc"]) == (422, [])


def test_members_of_other_makers_that_are_called_like_our_annotations_mean_nothing(tmp_path: Path) -> None:
    foreign = {"get": {**replying({"type": "object"}), "x-operation": "read-it", "x-pagination": True}}
    document = {"x-errors": {"too-late": {"description": "…"}}, "x-resources": ["a"], "paths": {"/odd": foreign}}

    (reply,) = answers(tmp_path, document, ("GET", "/odd", None))

    assert reply.status_code == 200


def test_paths_that_differ_in_a_query_or_a_fragment_alone_are_told_apart_as_far_as_a_request_tells(
    tmp_path: Path,
) -> None:
    def saying(word: str) -> dict[str, Any]:
        return {"get": replying({"type": "object", "required": ["a"], "properties": {"a": {"const": word}}})}

    document = {
        "openapi": "3.1.0",
        "info": {"title": "Twice", "version": "1"},
        "paths": {
            "/things?version=2": saying("second"),
            "/things?version=3": saying("third"),
            "/#Act": saying("act"),
            "/#Rest": saying("rest"),
        },
    }
    second, third, act = answers(
        tmp_path, document, ("GET", "/things", None), ("GET", "/things?version=3", None), ("GET", "/", None)
    )
    assert (second.json(), third.json(), act.json()) == ({"a": "second"}, {"a": "third"}, {"a": "act"})
    [warning] = any_contract("twice", str(tmp_path / "odd.yaml")).warnings
    assert "/paths/~1#Rest/get" in warning


def test_a_body_that_is_a_file_or_xml_is_taken_as_it_is(tmp_path: Path) -> None:
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Files", "version": "1"},
        "paths": {
            "/files": {
                "get": replying({"type": "array", "items": thing}),
                "post": {
                    "requestBody": {"content": {"image/png": {}, "application/xml": {"schema": thing}}},
                    "responses": {"202": {"description": "taken"}},
                },
            },
            "/files/{id}": {"parameters": [named("id")], "get": replying(thing)},
        },
    }
    path = tmp_path / "files.json"
    path.write_text(json.dumps(document))
    with running(create_app(str(path))) as address:
        for kind, raw in (("image/png", b"\x89PNG\xff"), ("application/xml", b"<thing/>")):
            made = httpx.post(f"{address}/files", content=raw, headers={"Content-Type": kind})
            assert made.status_code == 202
            assert httpx.get(made.headers["Location"]).status_code == 200


def test_a_reply_that_is_not_json_is_the_text_that_the_document_shows(tmp_path: Path) -> None:
    def showing(**content: Any) -> dict[str, Any]:
        return {"get": {"responses": {"200": {"description": "ok", "content": content}}}}

    table, page, file = answers(
        tmp_path,
        {
            "paths": {
                "/table": showing(**{"text/csv": {"schema": {"type": "string"}, "example": "a,b\n1,2\n"}}),
                "/page": showing(**{"application/xml": {"examples": {"short": {"value": "<a/>"}}}}),
                "/file": showing(**{"*/*": {"schema": {"type": "string", "format": "binary"}}}),
            }
        },
        ("GET", "/table", None),
        ("GET", "/page", None),
        ("GET", "/file", None),
    )

    assert (table.headers["Content-Type"], table.text) == ("text/csv", "a,b\n1,2\n")
    assert (page.headers["Content-Type"], page.text) == ("application/xml", "<a/>")
    assert file.headers["Content-Type"] == "application/octet-stream"


def test_a_child_that_is_named_like_the_parameter_of_its_parent_keeps_its_own_name(tmp_path: Path) -> None:
    thing = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    machine, extension = {**thing, "title": "Machine"}, {**thing, "title": "Extension"}
    of_machine = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    of_extension = {**of_machine, "name": "extensionName"}
    put = {"requestBody": {"content": {"application/json": {"schema": extension}}}}
    paths = {
        "/machines": {"get": replying({"type": "array", "items": machine})},
        "/machines/{name}": {"parameters": [of_machine], "get": replying(machine)},
        "/machines/{name}/extensions": {
            "parameters": [of_machine],
            "get": replying({"type": "array", "items": extension}),
        },
        "/machines/{name}/extensions/{extensionName}": {
            "parameters": [of_machine, of_extension],
            "get": replying(extension),
            "put": replying(extension, **put),
        },
    }
    path = tmp_path / "machines.json"
    path.write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "Machines", "version": "1"}, "paths": paths}))
    with running(create_app(str(path))) as address, httpx.Client(base_url=address) as client:
        name = client.get("/machines").json()[0]["name"]
        shown = [each["name"] for each in client.get(f"/machines/{name}/extensions").json()]
        assert len(shown) > 1
        assert len(set(shown)) == len(shown)
        assert client.get(f"/machines/{name}/extensions/{shown[0]}").json()["name"] == shown[0]


def test_paths_that_differ_in_the_names_of_parameters_alone_are_one_address(tmp_path: Path) -> None:
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}}
    one = {"in": "path", "required": True, "schema": {"type": "integer"}}
    gone = {"responses": {"204": {"description": "gone"}}}
    body = {"requestBody": {"content": {"application/json": {"schema": thing}}}}
    made, read, deleted, again = answers(
        tmp_path,
        {
            "paths": {
                "/things": {"post": replying(thing, **body), "get": replying({"type": "array", "items": thing})},
                "/things/{thing}": {"get": replying(thing, parameters=[{**one, "name": "thing"}])},
                "/things/{id}": {"delete": {**gone, "parameters": [{**one, "name": "id"}]}},
            }
        },
        ("POST", "/things", {}),
        ("GET", "/things/1", None),
        ("DELETE", "/things/1", None),
        ("GET", "/things/1", None),
    )
    assert [each.status_code for each in (made, read, deleted, again)] == [200, 200, 204, 404]


def test_errors_in_a_list_and_parameters_without_a_name_stop_nothing(tmp_path: Path) -> None:
    fault = {
        "type": "array",
        "items": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
    }
    wrong = {"description": "no", "content": {"application/json": {"schema": fault}}}
    nameless = [{"name": "", "in": "query", "schema": {"type": "string"}}]
    read = replying({"type": "object"}, parameters=nameless)
    read["responses"]["404"] = wrong
    [reply] = answers(tmp_path, {"paths": {"/a": {"get": read}}}, ("GET", "/a", None))
    assert reply.status_code == 200


def parameter(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **more}


def an_object(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


@pytest.mark.parametrize(
    "last", [parameter("path"), parameter("name", allowReserved=True)], ids=["by its name", "by what it allows"]
)
def test_a_parameter_that_is_a_path_takes_slashes_as_they_are(tmp_path: Path, last: dict[str, Any]) -> None:
    file = an_object("size", size={"type": "integer"})
    body = {"content": {"application/json": {"schema": file}}}
    put = replying(file, requestBody=body)
    put["responses"]["201"] = put["responses"]["200"]
    item = {"parameters": [last], "get": replying(file), "put": put}
    document = {"paths": {f"/files/{{{last['name']}}}": item, "/files": {"get": replying({"type": "array"})}}}

    made, got, same, other = answers(
        tmp_path,
        document,
        ("PUT", "/files/a/b/c.txt", {"size": 3}),
        ("GET", "/files/a/b/c.txt", None),
        ("GET", "/files/a%2Fb%2Fc.txt", None),
        ("GET", "/files/a/b", None),
    )

    assert made.status_code == 201
    assert got.json() == same.json() == {"size": 3}
    assert other.status_code == 404


def test_what_the_reply_to_a_create_does_not_say_its_location_does(tmp_path: Path) -> None:
    body = {"content": {"application/json": {"schema": an_object("size", size={"type": "integer"})}}}
    document = {
        "paths": {
            "/runs": {"post": replying(an_object("size", size={"type": "integer"}), requestBody=body)},
            "/runs/{id}": {"get": replying(an_object("size", size={"type": "integer"}))},
            "/cups": {"post": replying(an_object("id", id={"type": "string"}), requestBody=body)},
            "/cups/{id}": {"get": replying(an_object("id", id={"type": "string"}))},
        }
    }
    file = tmp_path / "odd.yaml"
    file.write_text(yaml.safe_dump({"openapi": "3.1.0", "info": {"title": "Odd", "version": "1"}, **document}), "utf-8")

    with running(create_app(str(file))) as address, httpx.Client(base_url=address) as client:
        run = client.post("/runs", json={"size": 7})
        cup = client.post("/cups", json={"size": 7})

        assert client.get(run.headers["Location"]).json() == {"size": 7}
        assert "Location" not in cup.headers


def test_the_parts_of_a_key_stand_at_the_end_of_an_address(tmp_path: Path) -> None:
    text = {"type": "string"}
    stat = an_object("team", "player", team=text, player=text)
    item = {"get": replying(stat), "delete": {"responses": {"204": {"description": ""}}}}
    document = {"paths": {"/{format}/stats/{team}/{player}": item}}
    file = tmp_path / "odd.yaml"
    file.write_text(yaml.safe_dump({"openapi": "3.1.0", "info": {"title": "Odd", "version": "1"}, **document}), "utf-8")

    with serve(str(file)) as mock:
        mock.control.records("odd", "stat").make(team="a", player="b")

        assert mock.client().get("/json/stats/a/b").json() == {"team": "a", "player": "b"}
        assert mock.client().get("/json/stats/b/a").status_code == 404


def test_a_member_that_is_promised_and_described_nowhere_is_shown_as_it_was_sent(tmp_path: Path) -> None:
    card = an_object("id", "colour", id={"type": "string"})
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    document = {"paths": {"/cards": {"post": replying(card, requestBody=body)}, "/cards/{id}": {"get": replying(card)}}}

    (made,) = answers(tmp_path, document, ("POST", "/cards", {"colour": "red"}))

    assert made.json()["colour"] == "red"


def test_records_have_whole_numbers_where_their_address_has_numbers(tmp_path: Path) -> None:
    place = {"name": "longitude", "in": "path", "required": True, "schema": {"type": "number"}}
    near = an_object("town", town={"type": "string"})
    document = {
        "paths": {
            "/near/{longitude}": {"parameters": [place], "get": replying(near), "delete": {"responses": {"204": {}}}},
            "/near": {"post": replying(near, requestBody={"content": {"application/json": {"schema": near}}})},
        }
    }
    file = tmp_path / "odd.yaml"
    file.write_text(yaml.safe_dump({"openapi": "3.1.0", "info": {"title": "Odd", "version": "1"}, **document}), "utf-8")

    with running(create_app(str(file))) as address, httpx.Client(base_url=address) as client:
        made = client.post("/near", json={"town": "Ulm"})
        assert client.get(made.headers["Location"]).json() == {"town": "Ulm"}


def test_a_drawn_reply_leaves_out_what_only_clients_send(tmp_path: Path) -> None:
    user = {
        "type": "object",
        "required": ["id", "password"],
        "properties": {"id": {"type": "string"}, "password": {"type": "string", "writeOnly": True}},
    }
    one = {"/users/{id}": {"get": replying(user, parameters=[{"name": "id", "in": "path", "required": True}])}}
    one["/users/{id}"]["get"]["parameters"][0]["schema"] = {"type": "string"}
    file = tmp_path / "users.yaml"
    document = {"openapi": "3.1.0", "info": {"title": "Users", "version": "1"}, "paths": one}
    file.write_text(yaml.safe_dump(document), "utf-8")
    with running(create_app(str(file))) as address, httpx.Client(base_url=address) as client:
        reply = client.get("/users/1", headers={"Prefer": "dynamic"})

    assert reply.status_code == 200, reply.text
    assert set(reply.json()) == {"id"}


def failing(schema: Any) -> dict[str, Any]:
    """A create whose body needs a title, with errors of a schema."""
    body = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
    fault = {"description": "no", "content": {"application/json": {"schema": schema}}}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"201": {"description": "made"}, "400": fault},
    }


def test_an_error_that_must_hold_another_one_ends(tmp_path: Path) -> None:
    fault = {
        "type": "object",
        "required": ["message", "cause"],
        "properties": {"message": {"type": "string"}, "cause": named("Fault")},
    }
    document = {"paths": {"/odd": {"post": failing(named("Fault"))}}, "components": {"schemas": {"Fault": fault}}}
    (reply,) = answers(tmp_path, document, ("POST", "/odd", {}))

    assert reply.status_code == 400
    assert reply.json()["message"] == "title: is required"


def test_a_fault_without_a_place_for_the_member_says_it_in_its_message(tmp_path: Path) -> None:
    fault = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
    schema = {"type": "object", "properties": {"errors": {"type": "array", "items": fault}}}
    (reply,) = answers(tmp_path, {"paths": {"/odd": {"post": failing(schema)}}}, ("POST", "/odd", {}))

    assert reply.json() == {"errors": [{"message": "title is required"}]}


@pytest.mark.parametrize("bound", [{}, {"enum": ["2000-01-01"]}])
def test_times_that_different_views_of_a_record_show_follow_one_another(bound: Any, tmp_path: Path) -> None:
    def view(**times: Any) -> dict[str, Any]:
        members = {"id": {"type": "string"}, **{name: {"type": "string", **form} for name, form in times.items()}}
        return {"type": "object", "required": [*members], "properties": members}

    day = {"format": "date"}
    paths = {
        "/odd": {"get": replying({"type": "array", "items": view(started=day)})},
        "/odd/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": replying(view(ended=day | bound)),
        },
    }
    file = tmp_path / "odd.yaml"
    file.write_text(yaml.safe_dump({"openapi": "3.1.0", "info": {"title": "Odd", "version": "1"}, "paths": paths}))
    with running(create_app(str(file))) as address, httpx.Client(base_url=address) as client:
        shown = client.get("/odd").json()
        ends = [client.get(f"/odd/{each['id']}").json()["ended"] for each in shown]

    if bound:
        assert "2000-01-01" not in {each["started"] for each in shown}
    else:
        assert all(each["started"] <= end for each, end in zip(shown, ends, strict=True))


def pages_by_cursor(**cursor: Any) -> dict[str, Any]:
    """A bare list that pages by a cursor."""
    thing = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
    parameters = [
        {"name": "after", "in": "query", "schema": {"type": "string", **cursor}},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    ]
    return {"paths": {"/odd": {"get": replying({"type": "array", "items": thing}, parameters=parameters)}}}


def test_a_bare_list_leads_on_by_its_cursor(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(yaml.safe_dump({"openapi": "3.1.0", "info": {"title": "Odd", "version": "1"}, **pages_by_cursor()}))
    with running(create_app(str(file))) as address, httpx.Client(base_url=address) as client:
        whole, found = client.get("/odd").json(), []
        reply = client.get("/odd", params={"limit": 4})
        while True:
            found += reply.json()
            if "next" not in reply.links:
                break
            reply = client.get(reply.links["next"]["url"])
        first = client.get(reply.links["first"]["url"]).json()

    assert found == whole
    assert first == whole[:4]


def test_the_default_of_a_cursor_is_the_first_page(tmp_path: Path) -> None:
    plain, given = answers(
        tmp_path, pages_by_cursor(default="start"), ("GET", "/odd", None), ("GET", "/odd?after=start", None)
    )

    assert plain.status_code == 200
    assert plain.json() == given.json() != []
