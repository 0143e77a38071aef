"""What lies around a list in its reply: the members that speak of its pages, as a template (rule R8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.specs.inference.pages import Paging
from understudy.specs.inference.view import Shape, View
from understudy.specs.inference.words import word_set, words

#: Name of the template -> what such a member is called, without its form.
NAMES: dict[str, frozenset[str]] = {
    "count": word_set(
        "total totalcount totalitems totalelements totalresults totalrecords counttotal numfound totalentries "
        "totalnumber totalsize allcount recordstotal totalhits"
    ),
    "page": frozenset({"page", "currentpage", "pagenumber", "pageindex", "number"}),
    "pages": frozenset({"pages", "totalpages", "pagecount", "lastpage", "pagestotal", "numpages"}),
    "size": frozenset({"limit", "perpage", "pagesize", "maxresults", "itemsperpage", "pagelimit"}),
    "offset": frozenset({"offset", "skip", "startindex", "startat"}),
    "item_count": frozenset({"count", "itemcount", "numberofelements", "returned", "resultcount", "length"}),
    "has_more": frozenset({"hasmore", "hasnext", "hasnextpage", "more", "moreitems", "ismore"}),
    "next_cursor": word_set(
        "nextcursor nextmarker nexttoken nextpagetoken nextpagecursor continuationtoken iterator "
        "nextstreamposition endcursor cursornext nextiterator continuation after"
    ),
    "previous_cursor": frozenset({"previouscursor", "prevcursor", "prevmarker", "prevtoken", "startcursor", "before"}),
    "first_id": frozenset({"firstid"}),
    "last_id": frozenset({"lastid"}),
    "next_page": frozenset({"nextpage"}),
    "next_offset": frozenset({"nextoffset"}),
    "next": frozenset({"next", "nexturl", "nextpageurl", "nextpageuri", "nextlink", "nexthref", "nexturi"}),
    "previous": frozenset(
        {"previous", "prev", "previousurl", "previouspageurl", "previouspageuri", "prevurl", "prevpageurl"}
    ),
    "first": frozenset({"first", "firsturl", "firstpageurl", "firstpageuri"}),
    "last": frozenset({"last", "lasturl", "lastpageurl", "lastpageuri"}),
    "self": frozenset({"self", "url", "uri", "href", "currenturl"}),
}
#: Names whose values are addresses.
LINKS = frozenset({"next", "previous", "first", "last", "self"})
NUMBERS = frozenset({"count", "page", "pages", "size", "offset", "item_count", "next_page", "next_offset"})
#: Objects in which such members lie.
HOLDERS = word_set("meta metadata pagination paging links pages page pageinfo cursor cursors")
HOLDERS |= {"responsemetadata", "info", "headers"}
DEEPEST = 2


def envelope(view: View, schema: Any, way: tuple[str, ...], how: Paging) -> Any:
    """The template of a list's reply: `"{items}"` for a bare array, else an object with what speaks of pages."""
    if not way:
        return "{items}"
    shape = view.shape(schema)
    out = _around(view, shape, way[0], how, 0)
    inner = shape.members[way[0]]
    out[way[0]] = envelope(view, inner, way[1:], how)
    return out


def _around(view: View, shape: Shape, items: str, how: Paging, depth: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    counted = any(_bare(name) in NAMES["count"] for name in shape.members)
    for name, part in shape.members.items():
        if name == items:
            continue
        below = view.shape(part)
        bare = _bare(name)
        if (
            below.is_object
            and below.members
            and (bare in HOLDERS or bare in {"next", "previous", "prev", "self", "first", "last"})
        ):
            inner = _href(view, below, bare) if bare not in HOLDERS else {}
            inner = inner or (_around(view, below, "", how, depth + 1) if depth < DEEPEST else {})
            if inner:
                out[name] = inner
        elif not below.is_array:
            found = _name(bare, below, how, counted)
            if found:
                out[name] = f"{{{found}}}" if name in shape.required else f"{{{found}?}}"
    return out


def _href(view: View, shape: Shape, bare: str) -> Mapping[str, str]:
    """A link that is an object with an address in it."""
    name = next((name for name in shape.members if _bare(name) in {"href", "url", "uri"}), "")
    link = {"prev": "previous"}.get(bare, bare)
    return {name: f"{{{link}?}}"} if name else {}


def _name(bare: str, shape: Shape, how: Paging, counted: bool) -> str:
    for name, forms in NAMES.items():
        if bare not in forms or not _fits(name, shape):
            continue
        if name == "item_count" and not counted:
            return "count"
        if name == "next" and how.after and not how.page and not _is_address(shape):
            return "next_cursor"
        if name == "previous" and how.before and not _is_address(shape):
            return "previous_cursor"
        return name
    return ""


def _fits(name: str, shape: Shape) -> bool:
    if not shape.types:
        return True
    if name in NUMBERS:
        return bool(shape.types & {"integer", "number"})
    if name == "has_more":
        return "boolean" in shape.types
    return "string" in shape.types or (
        name in {"next_cursor", "previous_cursor", "first_id", "last_id"} and "integer" in shape.types
    )


def _is_address(shape: Shape) -> bool:
    example = shape.raw.get("example")
    return str(shape.raw.get("format", "")).startswith(("uri", "url")) or (
        isinstance(example, str) and example.startswith(("http", "/", "?"))
    )


def _bare(name: str) -> str:
    return "".join(words(name))
