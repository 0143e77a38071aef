"""Overlays: what each action does to a document, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from understudy.specs.documents.bundle import Warnings
from understudy.specs.documents.overlay import OverlayError, overlaid, read_overlay

SHOP: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://live.example"}, {"url": "https://test.example"}],
    "tags": [{"name": "goods"}, {"name": "staff"}],
    "paths": {
        "/goods": {"get": {"tags": ["goods"], "responses": {"200": {}, "500": {}}, "x-internal": True}},
        "/staff": {"get": {"tags": ["staff"], "responses": {"200": {}}}, "post": {"responses": {"201": {}}}},
    },
}


def applied(
    *actions: dict[str, Any], version: str = "1.1.0", on: dict[str, Any] = SHOP
) -> tuple[dict[str, Any], list[str]]:
    text = {"overlay": version, "info": {"title": "Changes", "version": "1"}, "actions": list(actions)}
    warnings = Warnings()
    result = overlaid(on, read_overlay("changes.yaml", yaml.safe_dump(text).encode()), warnings)
    return result, warnings.lines()


def test_an_object_is_merged_with_each_object_that_the_target_selects() -> None:
    result, _ = applied({"target": "$.paths.*.get", "update": {"x-safe": True, "responses": {"404": {}}}})

    for path in ("/goods", "/staff"):
        assert result["paths"][path]["get"]["x-safe"] is True
        assert {"200", "404"} <= set(result["paths"][path]["get"]["responses"])
    assert "x-safe" not in SHOP["paths"]["/goods"]["get"]


def test_the_document_as_a_whole_can_be_a_target() -> None:
    result, _ = applied({"target": "$", "update": {"info": {"description": "New"}, "x-new": 1}})

    assert result["info"] == {"title": "Shop", "version": "1", "description": "New"}
    assert result["x-new"] == 1


@pytest.mark.parametrize("value", [{"name": "new"}, [{"name": "new"}]])
def test_entries_are_appended_to_lists(value: Any) -> None:
    result, _ = applied({"target": "$.tags", "update": value})

    assert result["tags"] == [*SHOP["tags"], {"name": "new"}]


def test_lists_inside_of_objects_are_joined() -> None:
    result, _ = applied({"target": "$.paths['/goods'].get", "update": {"tags": ["more"]}})

    assert result["paths"]["/goods"]["get"]["tags"] == ["goods", "more"]


def test_single_values_are_replaced() -> None:
    result, _ = applied(
        {"target": "$.info.title", "update": "Market"}, {"target": "$.info", "update": {"version": "2"}}
    )

    assert result["info"] == {"title": "Market", "version": "2"}


def test_what_a_filter_selects_is_removed() -> None:
    result, _ = applied(
        {"target": "$.paths.*[?@['x-internal'] == true]", "remove": True},
        {"target": "$.servers[?@.url == 'https://test.example']", "remove": True},
        {"target": "$.paths.*.*.tags[?@ == 'staff']", "remove": True},
    )

    assert result["paths"]["/goods"] == {}
    assert result["servers"] == [{"url": "https://live.example"}]
    assert result["paths"]["/staff"]["get"]["tags"] == []


def test_several_entries_of_a_list_are_removed_at_once() -> None:
    result, _ = applied({"target": "$.servers[*]", "remove": True})

    assert result["servers"] == []


def test_removal_counts_before_an_update() -> None:
    result, _ = applied({"target": "$.tags", "remove": True, "update": {"name": "x"}})

    assert "tags" not in result


def test_a_path_is_moved_by_copying_it_and_removing_the_first() -> None:
    result, _ = applied(
        {"target": "$.paths", "update": {"/people": {}}},
        {"target": "$.paths['/people']", "copy": "$.paths['/staff']"},
        {"target": "$.paths['/staff']", "remove": True},
    )

    assert result["paths"]["/people"] == SHOP["paths"]["/staff"]
    assert "/staff" not in result["paths"]


def test_each_action_sees_what_the_one_before_left() -> None:
    result, warnings = applied(
        {"target": "$.tags", "remove": True}, {"target": "$", "update": {"tags": [{"name": "only"}]}}
    )

    assert (result["tags"], warnings) == ([{"name": "only"}], [])


def test_a_target_that_selects_nothing_is_told() -> None:
    result, warnings = applied({"target": "$.paths['/nope'].get", "update": {"x": 1}})

    assert result == SHOP
    assert warnings == ["changes.yaml: /actions/0: the target $.paths['/nope'].get selects nothing"]


def test_what_the_document_says_itself_with_an_annotation_of_ours_stays() -> None:
    document = {**SHOP, "x-pagination": {"envelope": "own"}}
    result, warnings = applied({"target": "$", "update": {"x-pagination": {"envelope": "other"}}}, on=document)

    assert result["x-pagination"] == {"envelope": "own"}
    assert warnings == ["changes.yaml: /actions/0: x-pagination is written in the document itself, which counts"]


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ({"target": "$.paths", "update": "text"}, "an object is changed by an object"),
        ({"target": "$.info.title", "update": {"a": 1}}, "/info/title is a single value"),
        ({"target": "$.info", "update": {"title": ["a"]}}, "do not go together"),
        ({"target": "$.paths", "copy": "$.paths.*"}, "it must select one node, and selects 2"),
        ({"target": "paths", "remove": True}, "is not a JSONPath"),
        ({"target": "$.info"}, "one of update, copy and remove"),
        ({"target": "$.info", "updated": {}}, "no member 'updated'"),
        ({"target": "$.info", "remove": "yes"}, "is not true or false"),
        ({"update": {}}, "a JSONPath is needed"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_action(action: dict[str, Any], problem: str) -> None:
    with pytest.raises(OverlayError, match=problem) as refused:
        applied(action)

    assert str(refused.value).startswith("changes.yaml: /actions/0")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"openapi: 3.0.0", "is not an OpenAPI Overlay"),
        (b"overlay: 2.0.0\nactions: []", "2.0.0 is not a version"),
        (b"overlay: 1.0.0\nactions: []", "at least one action"),
        (b"overlay: 1.0.0\naction: [x]", "no member 'action'"),
        (b"overlay: [", "line 2"),
        (b"overlay: 1.0.0\nactions: [x]", "an action is an object"),
    ],
)
def test_what_is_not_an_overlay_is_refused_by_name(text: bytes, problem: str) -> None:
    with pytest.raises(OverlayError, match=rf"^changes\.yaml: .*{problem}"):
        read_overlay("changes.yaml", text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("abc", max_size=2), below, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), json_values, max_size=4))
def test_an_update_with_nothing_changes_nothing(document: dict[str, Any]) -> None:
    assert applied({"target": "$", "update": {}}, on=document)[0] == document


@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), json_values, max_size=4), json_values)
def test_a_new_member_arrives_as_it_was_written(document: dict[str, Any], value: Any) -> None:
    assert applied({"target": "$", "update": {"new": value}}, on=document)[0] == {**document, "new": value}
