"""The router finds what was added, concrete paths before templated ones."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.routing import Route, Router

SEGMENTS = st.one_of(st.sampled_from(["a", "b", "c", "v1"]), st.sampled_from(["{x}", "{y}", "{z}"]))


def route(path: str) -> Route[str]:
    return Route(path, tuple(part[1:-1] for part in path.split("/") if part.startswith("{")), {"GET": path})


def distinct(paths: list[list[str]]) -> list[str]:
    """Paths of which no two have the same form; parameters bear the number of their place."""
    forms = {"/" + "/".join(f"{{p{i}}}" if s.startswith("{") else s for i, s in enumerate(path)) for path in paths}
    return sorted(forms)


PATHS = st.lists(st.lists(SEGMENTS, min_size=1, max_size=4), min_size=1, max_size=8).map(distinct)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(PATHS, st.data())
def test_every_route_that_was_added_is_found_with_the_values_of_its_parameters(
    paths: list[str], data: st.DataObject
) -> None:
    router = Router([route(path) for path in paths])
    path = data.draw(st.sampled_from(paths))
    # Values that are not a concrete segment of any path, so that no other route comes first.
    values = [f"~{data.draw(TEXTS)}" for part in path.split("/") if part.startswith("{")]
    filled = iter(values)
    asked = "/".join(quote(next(filled), safe="") if p.startswith("{") else p for p in path.split("/"))

    found, got = router.find(asked)

    assert found is not None
    assert found.path == path
    assert got == tuple(values)


@given(PATHS, st.lists(st.sampled_from(["a", "b", "c", "v1", "~other", ""]), max_size=5))
def test_what_is_found_has_the_form_of_what_was_asked(paths: list[str], segments: list[str]) -> None:
    found, values = Router([route(path) for path in paths]).find("/" + "/".join(segments))

    if found is None:
        fitting = [
            path
            for path in paths
            if len(parts := path.split("/")[1:]) == len(segments or [""])
            and all(p == s or (p.startswith("{") and s) for p, s in zip(parts, segments or [""], strict=True))
        ]
        assert fitting == []
    else:
        filled = iter(values)
        assert "/".join(next(filled) if p.startswith("{") else p for p in found.path.split("/")) == "/" + "/".join(
            segments
        )


def test_a_concrete_path_comes_before_a_templated_one() -> None:
    router = Router([route("/messages/{id}"), route("/messages/unread"), route("/messages/{id}/parts")])

    assert [
        (found and found.path, values) for found, values in map(router.find, ("/messages/unread", "/messages/1"))
    ] == [
        ("/messages/unread", ()),
        ("/messages/{id}", ("1",)),
    ]


def test_a_concrete_segment_that_leads_nowhere_is_taken_back() -> None:
    router = Router([route("/a/b/c"), route("/a/{x}/d")])

    found, values = router.find("/a/b/d")

    assert found is not None
    assert (found.path, values) == ("/a/{x}/d", ("b",))


def test_a_parameter_may_hold_a_slash_that_is_encoded_and_is_never_empty() -> None:
    router = Router([route("/files/{name}")])

    assert router.find("/files/a%2Fb")[1] == ("a/b",)
    assert router.find("/files/")[0] is None
    assert router.find("/files")[0] is None
    assert router.find("/files/a/b")[0] is None


@pytest.mark.parametrize("declared", ["/a/{x}", "/a/{x}/"])
def test_either_slash_is_found_when_both_are_the_same(declared: str) -> None:
    router = Router([route(declared)], "either")

    assert [router.find(path)[1] for path in ("/a/1", "/a/1/")] == [("1",), ("1",)]
    assert router.redirect("/a/1") is None


def test_a_slash_that_lacks_leads_to_the_declared_form() -> None:
    router = Router([route("/a/{x}/"), route("/b")], "redirect")

    assert router.find("/a/1")[0] is None
    assert router.redirect("/a/1") == "/a/1/"
    assert router.redirect("/b/") == "/b"
    assert router.redirect("/c") is None


def test_a_strict_router_does_not_redirect() -> None:
    assert Router([route("/a/")]).redirect("/a") is None


def test_allow_lists_head_beside_get_and_options_always() -> None:
    assert Route("/a", (), {"GET": 1, "DELETE": 1}).allow == "DELETE, GET, HEAD, OPTIONS"
    assert Route("/a", (), {"POST": 1}).allow == "OPTIONS, POST"


def test_a_parameter_that_takes_all_the_rest_of_a_path_comes_last() -> None:
    router = Router([route(path) for path in ("/files/{path*}", "/files/{id}/copy", "/files/new")])

    def asked(path: str) -> tuple[str, tuple[str, ...]] | None:
        found, values = router.find(path)
        return (found.path, values) if found else None

    assert asked("/files/a/b%20c/d.txt") == ("/files/{path*}", ("a/b c/d.txt",))
    assert asked("/files/a") == ("/files/{path*}", ("a",))
    assert asked("/files/a/copy") == ("/files/{id}/copy", ("a",))
    assert asked("/files/a/copy/b") == ("/files/{path*}", ("a/copy/b",))
    assert asked("/files/new") == ("/files/new", ())
    assert asked("/files/") is None
