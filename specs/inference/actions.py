"""What an operation does (rules R1 to R6, R9 to R11), read off path, method, schemas and names."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from understudy.specs.inference.lists import IDS, Found, list_in, record_in
from understudy.specs.inference.pages import Paging, paging
from understudy.specs.inference.view import Seen, Shape, View
from understudy.specs.inference.words import plain, same, singular, word_set, words

#: Verbs with which a POST asks instead of making something.
ASKING = word_set(
    "get query search batch find list fetch export preview validate test check count estimate calculate "
    "download lookup compute evaluate retrieve read verify"
)
#: Last segments under which no list of records lies.
NO_LISTS = word_set("board matrix statistics stats usage health summary status metrics")


@dataclass(frozen=True, slots=True)
class Deed:
    """What an operation was found to do."""

    action: str
    rule: str
    #: Why it stays an example; empty when it has a meaning.
    reason: str = ""
    #: Where the list or the record lies in the reply.
    way: tuple[str, ...] = ()
    #: The schema of one record, None where the reply does not tell.
    item: object = None
    paging: Paging = field(default_factory=Paging)


def custom(reason: str) -> Deed:
    """An operation that answers its example."""
    return Deed("custom", "", reason)


@dataclass
class Actions:
    """All operations of a document, and what each of them does."""

    view: View

    @cached_property
    def places(self) -> dict[tuple[str, ...], dict[str, Seen]]:
        """Place -> method -> operation; the first of those that are equal counts."""
        found: dict[tuple[str, ...], dict[str, Seen]] = {}
        for operation in self.view.operations:
            found.setdefault(operation.place, {}).setdefault(operation.method, operation)
        return found

    @cached_property
    def lists(self) -> dict[tuple[str, ...], Deed]:
        """The places that a GET lists."""
        found = {}
        for place, methods in self.places.items():
            deed = self._list(methods["GET"]) if "GET" in methods else None
            if deed is not None:
                found[place] = deed
        return found

    def deed(self, operation: Seen) -> Deed:
        """What an operation does."""
        if operation is not self.places[operation.place].get(operation.method):
            return custom("another operation has the same method and path")
        return getattr(self, f"_{operation.method.lower()}", lambda _: custom("its method says nothing"))(operation)

    # --- GET -------------------------------------------------------------------------------------------------------

    def _list(self, operation: Seen) -> Deed | None:
        how = paging(self.view, operation)
        if operation.noun.lower() in NO_LISTS and not how.styles:
            return None
        found = list_in(self.view, operation.reply, operation.noun, bool(how.styles or how.size))
        if found is None:
            return None
        item = self.view.shape(found.item)
        alone = len(self.view.shape(operation.reply).members) == 1
        if (
            not item.is_object
            and found.way
            and not (alone or how.styles or how.size or same(found.way[-1], operation.noun))
        ):
            return None
        if not found.way and operation.is_item and not self._longer(operation.place) and not how.styles:
            # A list at an item's address that holds the one record, or answers several ids at once.
            return None
        return Deed("list", "R2", way=found.way, item=found.item, paging=how)

    def _longer(self, place: tuple[str, ...]) -> bool:
        """Whether a place is that of items one parameter further."""
        return (*place, "{}") in self.places

    def _get(self, operation: Seen) -> Deed:
        listed = self.lists.get(operation.place)
        if listed is not None:
            return listed
        found = record_in(self.view, operation.reply, operation.noun)
        if operation.is_item:
            if operation.reply is not None and found is None:
                return custom("its reply is not an object")
            if found is None and not self._known(operation.place[:-1]):
                return custom("its reply has no schema")
            return Deed("read", "R3", way=found.way if found else (), item=found.item if found else None)
        if found is None:
            return custom("its reply is neither a list nor an object")
        return Deed("singleton-read", "R9", way=found.way, item=found.item)

    def _known(self, place: tuple[str, ...]) -> bool:
        """Whether records of a collection are shown anywhere."""
        methods = self.places.get((*place, "{}"), {})
        return place in self.lists or any(self.view.shape(each.reply).is_object for each in methods.values())

    # --- writing ---------------------------------------------------------------------------------------------------

    def _post(self, operation: Seen) -> Deed:
        if operation.is_item and not self._within(operation):
            return self._post_on_item(operation)
        return self._create(operation)

    def _within(self, operation: Seen) -> bool:
        """Whether a place that ends in a parameter is a collection within a parent (M9)."""
        return self._longer(operation.place) or operation.place in self.lists

    def _post_on_item(self, operation: Seen) -> Deed:
        methods = self.places[operation.place]
        if "GET" in methods and operation.body is not None and not methods.keys() & {"PUT", "PATCH"}:
            return self._changing(operation, "update", "R5")
        return custom("a POST on one record that is not its update")

    def _create(self, operation: Seen) -> Deed:
        place = operation.place
        has_item, listed = self._longer(place), self.lists.get(place)
        if not has_item and listed is None:
            return self._elsewhere(operation)
        verb = self._verb(operation)
        if verb in ASKING:
            return custom(f"a POST that asks ({verb})")
        shape = self.view.shape(operation.body)
        if shape.is_array or (
            len(shape.members) == 1 and plain(next(iter(shape.members))) in {"id", "ids"} and self._is_list(shape)
        ):
            return custom("several records at once (R11)")
        if listed is not None and list_in(self.view, operation.reply, operation.noun, True) is not None:
            reply = self.view.shape(operation.reply)
            if reply.is_array or (
                listed.way and listed.way[0] in reply.members and self._lists_at(operation, listed.way)
            ):
                return custom("its reply is a list")
        found = self._made(operation, listed)
        if found is None:
            return custom("its reply is not such a record")
        return Deed("create", "R4", way=found.way, item=found.item)

    def _is_list(self, shape: Shape) -> bool:
        return self.view.shape(next(iter(shape.members.values()))).is_array

    def _lists_at(self, operation: Seen, way: tuple[str, ...]) -> bool:
        node: object = operation.reply
        for name in way:
            node = self.view.shape(node).members.get(name)
        return self.view.shape(node).is_array

    def _made(self, operation: Seen, listed: Deed | None) -> Found | None:
        """Where the record lies in a create's reply; with no item for a reply that shows none."""
        if operation.reply is None:
            return Found((), None)
        shape = self.view.shape(operation.reply)
        if not shape.is_object:
            return Found((), None) if not shape.is_array else None
        found = record_in(self.view, operation.reply, operation.noun) or Found((), operation.reply)
        known = self.view.shape(self._record(operation.place, listed))
        if not known.members:
            return found
        shown = {plain(name) for name in self.view.shape(found.item).members}
        wanted = {plain(name) for name in known.members}
        sent = {plain(name) for name in self.view.shape(operation.body).members}
        if (
            shown & {"id", "uuid", "gid", "sid", "key"}
            or not shown
            or len(shown & wanted) * 2 >= min(len(shown), len(wanted))
        ):
            return found
        # Nothing of the record comes back, but what is sent is one.
        if sent and len(sent & wanted) * 2 >= len(sent):
            return Found((), None)
        return None

    def _record(self, place: tuple[str, ...], listed: Deed | None) -> object:
        if listed is not None:
            return listed.item
        reading = self.places.get((*place, "{}"), {}).get("GET")
        found = record_in(self.view, reading.reply, reading.noun) if reading else None
        return found.item if found else None

    def _elsewhere(self, operation: Seen) -> Deed:
        """A POST on a path without items: a singleton's, or a create of what is listed at another path (M2)."""
        methods = self.places[operation.place]
        if "GET" in methods and operation.body is not None and not operation.is_item:
            got = self._get(methods["GET"])
            if got.action == "singleton-read" and self._verb(operation) not in ASKING:
                return self._changing(operation, "singleton-update", "R9")
        if self._shows_what_it_made(operation):
            found = record_in(self.view, operation.reply, operation.noun)
            return Deed("create", "R4", way=found.way if found else (), item=found.item if found else None)
        return custom("a POST on a path that has neither a list nor items")

    def _shows_what_it_made(self, operation: Seen) -> bool:
        """Whether a POST on a path in the plural answers a record with an id and most of what was sent."""
        noun = words(operation.segments[-1])[-1:] if operation.segments else ()
        if operation.is_item or not noun or singular(noun[0]) == noun[0] or self._verb(operation) in ASKING:
            return False
        found = record_in(self.view, operation.reply, operation.noun)
        shown = {plain(name) for name in self.view.shape(found.item).members} if found else set()
        sent = {plain(name) for name in self.view.shape(operation.body).members}
        return bool(shown & IDS) and bool(sent) and len(sent & shown) * 2 >= len(sent)

    def _put(self, operation: Seen) -> Deed:
        return self._replacing(operation)

    def _patch(self, operation: Seen) -> Deed:
        return self._replacing(operation)

    def _replacing(self, operation: Seen) -> Deed:
        place = operation.place
        if operation.is_item and not self._within(operation):
            upsert = operation.method == "PUT" and (
                "GET" not in self.places[place]
                or ("201" in operation.statuses and {"200", "204"} & set(operation.statuses))
                or {"create", "update"} <= set(words(str(operation.raw.get("summary") or "")))
            )
            return self._changing(operation, "upsert", "R10") if upsert else self._changing(operation, "update", "R5")
        if place in self.lists or self._longer(place):
            return custom("many records at once (R11)")
        if "GET" in self.places[place] and self._get(self.places[place]["GET"]).action == "singleton-read":
            return self._changing(operation, "singleton-update", "R9")
        return custom(f"a {operation.method} on a path that shows no record")

    def _changing(self, operation: Seen, action: str, rule: str) -> Deed:
        found = record_in(self.view, operation.reply, operation.noun)
        return Deed(action, rule, way=found.way if found else (), item=found.item if found else None)

    def _delete(self, operation: Seen) -> Deed:
        place = operation.place
        if operation.is_item and not self._within(operation):
            return Deed("delete", "R6")
        if place in self.lists or self._longer(place):
            return custom("many records at once (R11)")
        if "GET" in self.places[place] and self._get(self.places[place]["GET"]).action == "singleton-read":
            return Deed("singleton-delete", "R9")
        return custom("a DELETE on a path that shows no record")

    def _verb(self, operation: Seen) -> str:
        """The first word of what an operation is called."""
        for text in (operation.raw.get("operationId"), operation.raw.get("summary")):
            found = words(str(text or ""))
            if found and found[0] in ASKING:
                return found[0]
        last = words(operation.noun)
        return last[0] if last and last[0] in ASKING and not operation.is_item else ""
