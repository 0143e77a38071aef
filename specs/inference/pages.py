"""How a list pages, by its parameters and by what its reply says of pages (rule R8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from understudy.specs.inference.view import Seen, View
from understudy.specs.reading.words import word_set, words

PAGE = frozenset({"page", "pagenumber", "pageno", "pageindex", "currentpage", "pagenum"})
OFFSET = frozenset({"offset", "skip", "startindex", "pageoffset", "startat", "from"})
SIZE = word_set(
    "limit perpage pagesize count maxresults size pagelimit first top take itemsperpage maxitems results "
    "resultsperpage pagelength rows max num"
)
#: Of these, those that are never anything but a number.
LIMITS = word_set("limit perpage pagesize maxresults pagelimit itemsperpage maxitems resultsperpage")
CURSOR = word_set(
    "cursor after startingafter pagetoken marker iterator nexttoken continuation pagecursor "
    "continuationtoken nextpagetoken nextcursor scrollid pageafter startafter next bookmark lastid "
    "nextmarker searchafter position streamposition"
)
BACK = frozenset(["before", "endingbefore", "pagebefore", "previouscursor", "prev", "until", "previous", "endbefore"])
#: Parameters that are times unless a size stands beside them and no page, and they take plain text.
TIMES = frozenset({"since", "until", "before", "after", "from", "start"})


@dataclass(frozen=True, slots=True)
class Paging:
    """The parameters by which a list pages; empty for those that it lacks."""

    page: str = ""
    offset: str = ""
    size: str = ""
    after: str = ""
    before: str = ""

    @property
    def styles(self) -> tuple[str, ...]:
        """`page`, `offset` and `cursor` as far as it has them."""
        return tuple(
            style for style, name in (("page", self.page), ("offset", self.offset), ("cursor", self.after)) if name
        )


def paging(view: View, operation: Seen) -> Paging:
    """How an operation pages if it lists."""
    given = {_bare(str(each.get("name"))): each for each in operation.query()}
    found: dict[str, str] = {}
    # Where even the size is a text, the document writes its numbers as texts.
    texts = any(bare in LIMITS and view.shape(each.get("schema")).types == {"string"} for bare, each in given.items())
    for bare, each in given.items():
        kind = _kind(view, bare, each, texts)
        if kind:
            found.setdefault(kind, str(each["name"]))
    if "size" not in found:
        # Without a size a text that may be a time is one.
        found = {kind: name for kind, name in found.items() if _bare(name) not in TIMES}
    elif "page" in found:
        found = {kind: name for kind, name in found.items() if _bare(name) not in TIMES or kind == "offset"}
    if "size" in found and not found.keys() & {"page", "offset", "after"} and _continues(view, operation.reply):
        found["after"] = found["size"]  # the reply leads on, by a way that no parameter names
    if found.keys() == {"before"}:
        found = {}
    return Paging(**found)


def _bare(name: str) -> str:
    return "".join(words(name))


def _kind(view: View, bare: str, parameter: Mapping[str, Any], texts: bool) -> str:
    shape = view.shape(parameter.get("schema"))
    numeric = bool(shape.types & {"integer", "number"}) or not shape.types
    numeric = numeric or texts or _is_number(shape.raw) or _is_number(parameter)
    plain_text = "string" in shape.types and not str(shape.raw.get("format", "")).startswith(("date", "time"))
    if bare in PAGE:
        return "page" if numeric else "after"
    if bare in OFFSET and not (bare == "from" and not numeric):
        return "offset" if numeric else "after"
    if bare in SIZE and numeric and "array" not in shape.types:
        return "size"
    if bare in CURSOR and (plain_text or (numeric and bare not in TIMES)):
        return "after"
    if bare in BACK and plain_text:
        return "before"
    return ""


def _is_number(raw: Mapping[str, Any]) -> bool:
    """Whether a text is a number by what the document itself has for it."""
    return any(isinstance(raw.get(name), str) and raw[name].isdecimal() for name in ("default", "example"))


def _continues(view: View, schema: Any, depth: int = 0) -> bool:
    """Whether a reply says how it goes on."""
    for name, part in view.shape(schema).members.items():
        bare = _bare(name)
        if bare.startswith("next") or bare.endswith("cursor") or bare in {"iterator", "hasmore", "continuation"}:
            return True
        if (
            depth < 1
            and bare in {"meta", "paging", "pagination", "links", "page"}
            and _continues(view, part, depth + 1)
        ):
            return True
    return False
