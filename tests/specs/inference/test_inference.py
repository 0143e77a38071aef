"""What is read off a document, rule by rule, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from understudy.specs.inference.infer import Inference, InferredOperation, infer

THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
THINGS = {"type": "array", "items": THING}
LIST = {"type": "object", "properties": {"data": {"type": "array", "items": THING}, "total": {"type": "integer"}}}


def op(schema: Any = None, status: str = "200", body: Any = None, **more: Any) -> dict[str, Any]:
    """An operation with a reply and a body; `query` are names, or parameters as they are."""
    query = more.pop("query", ())
    out = {"responses": {status: {"description": ""}}, **more}
    if schema is not None:
        out["responses"][status]["content"] = {"application/json": {"schema": schema}}
    if body is not None:
        out["requestBody"] = {"content": {"application/json": {"schema": body}}}
    if query:
        out["parameters"] = [
            each if isinstance(each, dict) else {"name": each, "in": "query", "schema": {"type": "integer"}}
            for each in query
        ]
    return out


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def text(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string", **schema}}


def inferred(paths: dict[str, Any], schemas: dict[str, Any] | None = None) -> Inference:
    return infer({"paths": paths, "components": {"schemas": schemas or {}}})


def one(paths: dict[str, Any], method: str, path: str, schemas: dict[str, Any] | None = None) -> InferredOperation:
    return next(
        each
        for each in inferred(paths, schemas).operations
        if (each.operation.method, each.operation.path) == (method, path)
    )


def action(paths: dict[str, Any], method: str, path: str) -> str:
    return one(paths, method, path).deed.action


SHOP: dict[str, Any] = {
    "/things": {"get": op(LIST, query=["page", "limit"]), "post": op(THING, "201", THING)},
    "/things/{id}": {"get": op(THING), "patch": op(THING, body=THING), "delete": op(status="204")},
}


def test_a_collection_and_its_items_are_one_resource() -> None:
    found = inferred(SHOP)

    assert [each.deed.action for each in found.operations] == ["list", "create", "read", "delete", "update"]
    assert {each.resource for each in found.operations} == {"thing"}
    assert {each.id for each in found.operations} == {"id"}


# --- R2: lists -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "way"),
    [
        (THINGS, ()),
        (an_object(things=THINGS), ("things",)),
        (an_object(Thing=THINGS), ("Thing",)),
        (an_object(results=THINGS), ("results",)),
        (an_object(data=LIST), ("data", "data")),
        (an_object(_embedded=an_object(things=THINGS)), ("_embedded", "things")),
        (an_object(widgets=THINGS, total={"type": "integer"}), ("widgets",)),
        ({"allOf": [an_object(total={}), {"properties": {"data": THINGS}}]}, ("data",)),
        (an_object(things={"type": "array", "items": {"type": "string"}}), ("things",)),
    ],
)
def test_a_list_is_found_in_its_envelope(schema: Any, way: tuple[str, ...]) -> None:
    deed = one({"/things": {"get": op(schema)}}, "GET", "/things").deed

    assert (deed.action, deed.way) == ("list", way)


@pytest.mark.parametrize(
    "schema",
    [
        an_object(errors=THINGS),
        an_object(id={}, things=THINGS),
        an_object(words={"type": "array", "items": {"type": "string"}}, enabled={"type": "boolean"}),
        an_object(rows={"type": "array", "items": {"type": "array", "items": {}}}),
        THING,
    ],
)
def test_an_object_that_merely_holds_a_list_is_a_singleton(schema: Any) -> None:
    assert action({"/config": {"get": op(schema)}}, "GET", "/config") == "singleton-read"


@pytest.mark.parametrize("path", ["/things/stats", "/usage", "/things/board"])
def test_statistics_are_no_list(path: str) -> None:
    schema = {"type": "object", "properties": {"data": {"type": "array", "items": THING}}}

    assert action({path: {"get": op(schema)}}, "GET", path) != "list"


def test_a_list_within_a_parent_is_no_read() -> None:
    paths = {
        "/rooms/{building}": {"get": op(LIST), "post": op(THING, "201", THING)},
        "/rooms/{building}/{number}": {"get": op(THING)},
    }

    assert action(paths, "GET", "/rooms/{building}") == "list"
    assert action(paths, "POST", "/rooms/{building}") == "create"
    assert action(paths, "GET", "/rooms/{building}/{number}") == "read"


def test_an_array_at_the_address_of_one_record_is_no_list() -> None:
    paths = {**SHOP, "/things/{id}": {"get": op({"type": "array", "items": THING})}}

    assert action(paths, "GET", "/things/{id}") == "custom"


# --- R4: create ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["searchThings", "query_things", "batchGet", "export-things", "validateThing", "countThings"]
)
def test_a_post_that_asks_makes_nothing(name: str) -> None:
    paths = {**SHOP, "/things": {**SHOP["/things"], "post": op(THING, body=THING, operationId=name)}}

    assert action(paths, "POST", "/things") == "custom"


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (LIST, THING),
        (THINGS, THING),
        (THING, THINGS),
        (THING, an_object(ids={"type": "array", "items": {"type": "string"}})),
        (an_object(job={"type": "string"}, state={"type": "string"}), an_object(filter={})),
    ],
)
def test_a_post_with_a_body_or_a_reply_of_another_kind_is_no_create(reply: Any, body: Any) -> None:
    paths = {**SHOP, "/things": {**SHOP["/things"], "post": op(reply, "201", body)}}

    assert action(paths, "POST", "/things") == "custom"


@pytest.mark.parametrize("reply", [None, {"type": "object", "properties": {"id": {"type": "string"}}}])
def test_a_create_may_answer_little(reply: Any) -> None:
    paths = {**SHOP, "/things": {**SHOP["/things"], "post": op(reply, "201", THING)}}

    assert action(paths, "POST", "/things") == "create"


def test_a_second_object_beside_the_record_does_not_hide_it() -> None:
    reply = {"type": "object", "properties": {"job": {"type": "object"}, "thing": THING}}
    paths = {**SHOP, "/things": {**SHOP["/things"], "post": op(reply, "201", THING)}}
    deed = one(paths, "POST", "/things").deed

    assert (deed.action, deed.way) == ("create", ("thing",))


def test_201_alone_makes_no_create() -> None:
    job = {"type": "object", "properties": {"id": {"type": "string"}, "progress": {"type": "integer"}}}
    paths = {**SHOP, "/things/{id}/restart": {"post": op(job, "201")}}

    assert action(paths, "POST", "/things/{id}/restart") == "custom"


# --- R5, R6, R9 to R11 ---------------------------------------------------------------------------------------------


def test_a_post_on_an_item_that_can_be_read_is_its_update_where_nothing_else_is() -> None:
    bare = {"/things/{id}": {"get": op(THING), "post": op(THING, body=THING)}}
    both = {"/things/{id}": {**bare["/things/{id}"], "put": op(THING, body=THING)}}

    assert action(bare, "POST", "/things/{id}") == "update"
    assert action(both, "POST", "/things/{id}") == "custom"


def test_a_put_on_an_item_that_cannot_be_read_is_an_upsert() -> None:
    assert (
        action({"/members/{id}": {"put": op(status="204"), "delete": op(status="204")}}, "PUT", "/members/{id}")
        == "upsert"
    )


def test_a_put_that_answers_201_or_200_is_an_upsert() -> None:
    put = {"responses": {"200": {"description": ""}, "201": {"description": ""}}}

    assert action({"/things/{id}": {"get": op(THING), "put": put}}, "PUT", "/things/{id}") == "upsert"


def test_what_stands_alone_at_a_static_path_is_a_singleton() -> None:
    paths = {"/settings": {"get": op(THING), "put": op(THING, body=THING), "delete": op(status="204")}}

    assert [action(paths, method, "/settings") for method in ("GET", "PUT", "DELETE")] == [
        "singleton-read",
        "singleton-update",
        "singleton-delete",
    ]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_change_of_a_whole_collection_stays_an_example(method: str) -> None:
    paths = {**SHOP, "/things": {**SHOP["/things"], method: op(LIST, body=LIST)}}

    assert action(paths, method.upper(), "/things") == "custom"


# --- R7: ids -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "members", "wanted"),
    [
        ("id", ["id", "name"], "id"),
        ("thingId", ["id", "name"], "id"),
        ("thing_id", ["thing_id", "id"], "thing_id"),
        ("ThingSid", ["sid", "name"], "sid"),
        ("slug", ["id", "slug"], "slug"),
        ("thing_pk", ["id", "name"], "id"),
        ("idOrKey", ["key", "id"], "id"),
        ("code", ["studyCode", "title"], "studyCode"),
        ("thing", ["id", "name"], "id"),
        ("thing_identifier", ["id", "name"], "id"),
        ("thing_name", ["name", "size"], "name"),
        ("thing_id", ["name", "size"], "name"),
        ("template_key", ["$id", "size"], ""),
        ("uuid", ["title"], ""),
    ],
)
def test_the_id_is_the_property_that_the_address_names(parameter: str, members: list[str], wanted: str) -> None:
    record = {"type": "object", "properties": {name: {"type": "string"} for name in members}}
    path = f"/things/{{{parameter}}}"

    assert one({path: {"get": op(record)}}, "GET", path).id == wanted


# --- R8: paging ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "styles"),
    [
        (["page", "per_page"], ("page",)),
        (["Page", "PageSize"], ("page",)),
        (["offset", "limit"], ("offset",)),
        (["skip", "take"], ("offset",)),
        ([text("cursor"), "limit"], ("cursor",)),
        ([text("starting_after"), text("ending_before"), "limit"], ("cursor",)),
        ([text("offset"), "limit"], ("cursor",)),
        ([text("offset", default="0"), "limit"], ("offset",)),
        ([text("page", example="2"), text("limit", default="20")], ("page",)),
        ([{**text("offset"), "example": "0"}, "limit"], ("offset",)),
        ([text("offset"), text("limit")], ("offset",)),
        ([text("offset"), text("count"), "limit"], ("cursor",)),
        (["offset", text("marker"), "limit"], ("offset", "cursor")),
        ([text("since"), text("until")], ()),
        ([text("after", format="date-time"), "limit"], ()),
        (["page", text("before"), "limit"], ("page",)),
        (["limit"], ()),
        ([], ()),
    ],
)
def test_paging_is_known_by_its_parameters(query: list[Any], styles: tuple[str, ...]) -> None:
    assert one({"/things": {"get": op(LIST, query=query)}}, "GET", "/things").deed.paging.styles == styles


def test_a_size_alone_pages_where_the_reply_leads_on() -> None:
    reply = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": THING}, "has_more": {"type": "boolean"}},
    }

    assert one({"/things": {"get": op(reply, query=["limit"])}}, "GET", "/things").deed.paging.styles == ("cursor",)


# --- R12: filters --------------------------------------------------------------------------------------------------


def test_parameters_called_like_a_property_filter_by_equality() -> None:
    string = {"type": "string"}
    reply = {"type": "array", "items": an_object(id=string, status=string, created=string, ownerId=string)}
    query = [text(name) for name in ("status", "owner_id", "q", "created_after", "other")]
    query.append(text("sort", enum=["created", "-created"]))
    narrowing = one({"/things": {"get": op(reply, query=query)}}, "GET", "/things").narrowing

    assert narrowing.filters == {"status": "status", "owner_id": "ownerId"}
    assert (narrowing.sort.by, narrowing.sort.fields) == ("sort", ("created", "-created"))


def test_what_every_operation_takes_is_no_filter() -> None:
    paths = {f"/{name}": {"get": op({"type": "array", "items": THING}, query=[text("name")])} for name in "abcdefgh"}

    assert all(not each.narrowing.filters for each in inferred(paths).operations)


# --- R13: resources ------------------------------------------------------------------------------------------------


def test_a_nested_list_of_the_same_component_is_a_view_of_the_whole() -> None:
    post = {"$ref": "#/components/schemas/Post"}
    schemas = {"Post": {"type": "object", "properties": {"id": {"type": "string"}, "userId": {"type": "string"}}}}
    user = {"type": "object", "properties": {"id": {"type": "string"}}}
    paths = {
        "/posts/{id}": {"get": op(post)},
        "/users/{user_id}": {"get": op(user)},
        "/users/{user_id}/posts": {"get": op({"type": "array", "items": post}), "post": op(post, "201", post)},
    }
    listed = one(paths, "GET", "/users/{user_id}/posts", schemas)

    assert listed.resource == "post"
    assert [(each.parameter, each.resource, each.property) for each in listed.parents] == [
        ("user_id", "user", "userId")
    ]


def test_resources_of_one_name_under_different_parents_are_kept_apart() -> None:
    reply = {"type": "array", "items": {"type": "object", "properties": {"a": {}}}}
    names = {
        each.resource for each in inferred({"/x/notes": {"get": op(reply)}, "/y/notes": {"get": op(reply)}}).operations
    }

    assert len(names) == 2


# --- documents as they are -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "paths",
    [
        {},
        {"/a": None},
        {"/a": {"get": {}}},
        {"/a": {"get": {"responses": None, "parameters": "x"}}},
        {"/a": {"get": op({"$ref": "#/components/schemas/Nowhere"})}},
        {"/a": {"get": op({"allOf": "x", "properties": []})}},
        {"/a/{b}.json": {"get": op(True)}},
        {"/a/{b}:cancel": {"post": op()}},
        {"no-slash": {"get": op(THING)}},
        {"/a": {"get": op({"type": ["array", "null"], "items": {"type": ["object", "null"]}})}},
    ],
)
def test_nothing_that_a_document_may_hold_stops_it(paths: dict[str, Any]) -> None:
    inferred(paths)


def test_recursive_combinations_end() -> None:
    schemas = {"A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"id": {"type": "string"}}}]}}

    assert one({"/a/{id}": {"get": op({"$ref": "#/components/schemas/A"})}}, "GET", "/a/{id}", schemas).id == "id"


def test_an_operation_without_a_name_of_its_own_is_called_by_method_and_path() -> None:
    paths = {"/a": {"get": op(THING, operationId="same"), "post": op(THING, operationId="same")}}

    assert [each.operation.id for each in inferred(paths).operations] == ["same", "POST /a"]


def test_inference_is_the_same_every_time() -> None:
    again = yaml.safe_load(yaml.safe_dump(SHOP, sort_keys=False))

    assert str(inferred(again)) == str(inferred(SHOP))


ORDER = an_object(
    id={"type": "string"},
    status={"type": "string", "enum": ["open", "cancelled"]},
    archived={"type": "boolean"},
    note={"type": "string"},
)


def effect(
    verb: str, reply: Any = None, body: Any = None, method: str = "post", record: Any = ORDER
) -> dict[str, object]:
    paths = {
        "/orders": {"get": op({"type": "array", "items": record})},
        "/orders/{id}": {"get": op(record)},
        f"/orders/{{id}}{verb}": {method: op(record if reply is None else reply, body=body)},
    }
    return dict(one(paths, method.upper(), f"/orders/{{id}}{verb}").effect)


@pytest.mark.parametrize(
    ("verb", "found"),
    [
        ("/cancel", {"set": {"status": "cancelled"}}),
        (":cancel", {"set": {"status": "cancelled"}}),
        ("/archive", {"set": {"archived": True}}),
        ("/unarchive", {"set": {"archived": False}}),
        ("/copy", {"copy": True}),
    ],
)
def test_a_verb_behind_an_item_has_the_effect_that_its_members_tell(verb: str, found: dict[str, object]) -> None:
    assert effect(verb) == found


@pytest.mark.parametrize(
    "status",
    [
        {"allOf": [{"type": "string", "enum": ["open", "cancelled"]}], "default": "open"},
        {"anyOf": [{"type": "string", "enum": ["open", "cancelled"]}, {"type": "null"}]},
    ],
)
def test_a_state_that_stands_in_a_combination_is_found(status: dict[str, Any]) -> None:
    order = {**ORDER, "properties": {**ORDER["properties"], "status": status}}

    assert effect("/cancel", record=order) == {"set": {"status": "cancelled"}}


def test_a_verb_that_leads_to_no_state_stays_an_example() -> None:
    assert effect("/notify") == {}


def test_a_verb_that_answers_something_else_stays_an_example() -> None:
    assert effect("/cancel", an_object(job={"type": "string"})) == {}


def test_a_verb_that_is_only_asked_for_changes_nothing() -> None:
    assert effect("/cancel", method="get") == {}


def test_a_copy_that_says_from_where_to_where_is_not_one_of_the_record() -> None:
    assert effect("/copy", body=an_object(source={"type": "string"}, targets={"type": "array"})) == {}


def compared(*query: Any) -> dict[str, tuple[str, str]]:
    item = an_object(
        id={"type": "string"},
        price={"type": "number"},
        name={"type": "string"},
        created_at={"type": "string", "format": "date-time"},
    )
    paths = {"/things": {"get": op({"type": "array", "items": item}, query=query)}}
    return dict(one(paths, "GET", "/things").narrowing.comparisons)


def test_parameters_that_compare_are_known_by_their_words() -> None:
    asked = compared("price_gte", "maxPrice", "price[lt]", text("name__startswith"), text("created_after"))
    assert asked == {
        "price_gte": ("price", "gte"),
        "maxPrice": ("price", "lte"),
        "price[lt]": ("price", "lt"),
        "name__startswith": ("name", "prefix"),
        "created_after": ("created_at", "gt"),
    }


def test_words_that_bound_nothing_that_can_be_bounded_compare_nothing() -> None:
    assert compared(text("name_min"), text("after"), text("before_name"), text("price_range")) == {}


def test_a_parameter_called_like_a_list_asks_for_what_has_it() -> None:
    item = an_object(
        id={"type": "string"}, tags={"type": "array", "items": {"type": "string"}}, fields={"type": "array"}
    )
    paths = {"/things": {"get": op({"type": "array", "items": item}, query=[text("tag"), text("fields")])}}

    assert dict(one(paths, "GET", "/things").narrowing.comparisons) == {"tag": ("tags", "in")}


def test_what_stands_in_the_brackets_of_a_filter_is_a_property() -> None:
    asked = compared(text("filter[name]"), text("filter[price][gte]"), text("filter[nothing]"))
    assert asked == {"filter[name]": ("name", "in"), "filter[price][gte]": ("price", "gte")}


def test_a_filter_that_is_an_object_has_a_member_for_each_property() -> None:
    members = an_object(name={"type": "string"}, nothing={"type": "string"})
    asked = compared({"name": "filter", "in": "query", "style": "deepObject", "schema": members})
    assert asked == {"filter[name]": ("name", "in")}


@pytest.mark.parametrize(
    ("names", "key"), [(("building", "number"), ("building", "number")), (("owner", "number"), ())]
)
def test_two_parameters_that_are_properties_name_a_record_together(
    names: tuple[str, str], key: tuple[str, ...]
) -> None:
    room = an_object(building={"type": "string"}, number={"type": "integer"})
    paths = {f"/rooms/{{{names[0]}}}/{{{names[1]}}}": {"get": op(room)}}
    assert inferred(paths).resources["room"].key == key


def test_a_parent_that_has_an_address_is_no_part_of_a_key() -> None:
    room = an_object(building={"type": "string"}, number={"type": "integer"})
    paths = {
        "/rooms/{building}": {"get": op(an_object(building={"type": "string"}))},
        "/rooms/{building}/{number}": {"get": op(room)},
    }
    assert all(each.key == () for each in inferred(paths).resources.values())


def test_a_name_is_no_id_where_there_is_an_id_of_whatever_form() -> None:
    thing = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    other = {**thing, "properties": {**thing["properties"], "id": {"type": "array", "items": {"type": "integer"}}}}

    def paths(record: dict[str, Any]) -> dict[str, Any]:
        return {"/things": {"post": op(record, "201", record)}, "/things/{id}": {"get": op(record)}}

    assert one(paths(thing), "GET", "/things/{id}").id == "name"
    assert not one(paths(other), "GET", "/things/{id}").id


@pytest.mark.parametrize(
    ("address", "wanted"),
    [({"type": "string"}, "name"), ({"type": "string", "format": "uuid"}, ""), ({"type": "integer"}, "")],
)
def test_a_name_is_no_id_where_the_address_has_another_form(address: dict[str, Any], wanted: str) -> None:
    thing = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    read = {**op(thing), "parameters": [{"name": "id", "in": "path", "required": True, "schema": address}]}

    for first in ({"post": op(thing, "201", thing)}, {"get": op({"type": "array", "items": thing})}):
        assert one({"/things": first, "/things/{id}": {"get": read}}, "GET", "/things/{id}").id == wanted


@pytest.mark.parametrize("address", ["int64", "int32", ""])
def test_the_size_of_a_number_makes_it_no_other_form_of_an_address(address: str) -> None:
    thing = an_object(name={"type": "integer", "format": "int32"}, title={"type": "string"})
    schema = {"type": "integer", "format": address} if address else {"type": "integer"}
    read = {**op(thing), "parameters": [{"name": "id", "in": "path", "required": True, "schema": schema}]}
    paths = {"/things": {"post": op(thing, "201", thing)}, "/things/{id}": {"get": read}}

    assert one(paths, "GET", "/things/{id}").id == "name"


def test_a_name_is_no_id_where_clients_give_it() -> None:
    thing = an_object(name={"type": "string"})
    lists = {"get": op({"type": "array", "items": thing})}

    assert one({"/things": lists}, "GET", "/things").id == "name"
    assert not one({"/things": {**lists, "post": op(thing, "201", thing)}}, "GET", "/things").id


def test_an_id_that_the_address_does_not_name_is_none_of_its_own() -> None:
    thing = an_object(id={"type": "string"}, title={"type": "string"})
    paths = {
        "/things": {"get": op({"type": "array", "items": thing}), "post": op(thing, "201", thing)},
        "/things/{number}": {"get": op(thing)},
    }

    assert one(paths, "GET", "/things/{number}").id == ""
    del paths["/things"]["post"]
    assert one(paths, "GET", "/things/{number}").id == ""
    del paths["/things/{number}"]
    assert one(paths, "GET", "/things").id == "id"


@pytest.mark.parametrize(
    ("kind", "filters"), [("boolean", {}), ("integer", {"weight": "weight"}), ("string", {"weight": "weight"})]
)
def test_a_switch_chooses_no_number(kind: str, filters: dict[str, str]) -> None:
    query = [{"name": "weight", "in": "query", "schema": {"type": kind}}]
    things = {"type": "array", "items": an_object(id={"type": "string"}, weight={"type": "integer"})}

    assert one({"/things": {"get": op(things, query=query)}}, "GET", "/things").narrowing.filters == filters
