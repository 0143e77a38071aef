"""What a whole document was understood to mean: its resources, and what each operation does with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from understudy.specs.inference.actions import Actions, Deed
from understudy.specs.inference.effects.changes import effect_of
from understudy.specs.inference.effects.verbs import verb_of
from understudy.specs.inference.filters import Narrowing, everywhere, narrowing
from understudy.specs.inference.identity import identity, shown_id, shown_name
from understudy.specs.inference.lists import record_in
from understudy.specs.inference.view import NO_SHAPE, Seen, Shape, View
from understudy.specs.reading.words import plain, singular, words

Place = tuple[str, ...]
#: Actions on the records of a collection.
ON_COLLECTIONS = frozenset({"list", "create"})
ON_ITEMS = frozenset({"read", "update", "delete", "upsert"})


@dataclass(frozen=True, slots=True)
class Parent:
    """A path parameter that names the record to which others belong, and the property that says so, if one does."""

    parameter: str
    resource: str
    property: str = ""


@dataclass(frozen=True, slots=True)
class InferredResource:
    """A kind of record. `schema` is the component that shows it, empty for one without a name."""

    name: str
    #: The property that its address names; empty when the id lives in the address alone.
    id: str
    schema: str = ""
    singleton: bool = False
    #: The members of a record, by name, with their schemas.
    members: Mapping[str, object] = field(default_factory=dict)
    #: The properties that its address names together; empty where one is enough.
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InferredOperation:
    """What one operation does."""

    operation: Seen
    deed: Deed
    resource: str = ""
    id: str = ""
    #: The path parameter that names the record itself.
    parameter: str = ""
    parents: tuple[Parent, ...] = ()
    narrowing: Narrowing = field(default_factory=Narrowing)
    #: What it does to the record in its path, for one of its own kind.
    effect: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inference:
    """All that was understood."""

    resources: Mapping[str, InferredResource]
    operations: tuple[InferredOperation, ...]


def infer(document: Mapping[str, object]) -> Inference:
    """Read off a bundled document what its operations mean."""
    return _Inferring(View(document)).result()


class _Inferring:
    def __init__(self, view: View) -> None:
        self.view = view
        self.actions = Actions(view)
        self.deeds = {operation.id: self.actions.deed(operation) for operation in view.operations}
        self.everywhere = everywhere(view)
        #: Collection (or the place of a singleton) -> the operations about it.
        self.about: dict[Place, list[Seen]] = {}
        for operation in view.operations:
            place = _collection(operation, self.deeds[operation.id])
            if place is not None:
                self.about.setdefault(place, []).append(operation)
        self.groups = self._groups()
        self.names = self._names()

    def result(self) -> Inference:
        resources = {}
        for name, places in self._places().items():
            resources[name] = self._resource(name, places)
        operations = tuple(self._operation(operation, resources) for operation in self.view.operations)
        return Inference(resources, operations)

    # --- resources (R13) -------------------------------------------------------------------------------------------

    def _groups(self) -> dict[Place, Place]:
        """Place -> the first place of the same resource: those whose records are shown by one component."""
        first: dict[str, Place] = {}
        groups: dict[Place, Place] = {}

        def root(place: Place) -> Place:
            while groups[place] != place:
                place = groups[place]
            return place

        # Places with items first, the shortest first: a nested list is a view of what stands at the top.
        ordered = sorted(self.about, key=lambda place: (not self._has_item(place), len(place), place))
        groups |= {place: place for place in ordered}
        for place in ordered:
            if self._is_singleton(place):
                continue
            for component in self._components(place):
                known = first.setdefault(component, place)
                one, other = root(known), root(place)
                if one != other:
                    groups[other] = one
        return {place: root(place) for place in groups}

    def _has_item(self, place: Place) -> bool:
        return any(self.deeds[each.id].action in ON_ITEMS for each in self.about.get(place, ()))

    def _is_singleton(self, place: Place) -> bool:
        return place[-1:] == ("",)

    def _components(self, place: Place) -> Iterable[str]:
        for operation in self.about[place]:
            deed = self.deeds[operation.id]
            if deed.action in {"list", "read"}:
                name = self.view.shape(deed.item).name
                if name:
                    yield name

    def _names(self) -> dict[Place, str]:
        """Group -> the name of its resource: its own static segments, as few as tell it apart."""
        names: dict[Place, str] = {}
        for place in dict.fromkeys(self.groups.values()):
            static = [segment for segment in place if segment and "{" not in segment]
            for count in range(1, len(static) + 1):
                name = "_".join(_noun(segment, last) for segment, last in _ends(static[-count:]))
                if name and name not in names.values():
                    names[place] = name
                    break
            else:
                stem = "_".join(_noun(segment, last) for segment, last in _ends(static)) or "record"
                number = 2
                while f"{stem}_{number}" in names.values():
                    number += 1
                names[place] = f"{stem}_{number}" if stem in names.values() else stem
        return names

    def _places(self) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = {}
        for place, group in self.groups.items():
            found.setdefault(self.names[group], []).append(place)
        return found

    def _resource(self, name: str, places: list[Place]) -> InferredResource:
        about = [operation for place in places for operation in self.about[place]]
        shown = self._record(about)
        given = {
            member: schema
            for operation in about
            if self.deeds[operation.id].action == "create"
            for member, schema in self.view.shape(operation.body).members.items()
        }
        sent = frozenset(member for member, schema in given.items() if self._may_address(schema, about))
        singleton = any(self._is_singleton(place) for place in places)
        parameters = [each.parameter for each in about if self.deeds[each.id].action in ON_ITEMS]
        found = next((prop for each in parameters if (prop := identity(self.view, shown, each, name, sent))), "")
        if not parameters and not singleton:
            found = shown_id(self.view, shown, name)
        if not found and not given and not singleton:
            found = shown_name(self.view, shown)
            found = found if self._may_address(shown.members.get(found), about) else ""
        key = self._key(about, shown, found) if not singleton else ()
        return InferredResource(name, found, shown.name, singleton, shown.members, key)

    def _may_address(self, schema: object, about: list[Seen]) -> bool:
        """Whether the values of a member may stand in the addresses of records, by their type and form."""
        member = self.view.shape(schema)
        shapes = [
            self.view.shape(each.address.get("schema")) for each in about if self.deeds[each.id].action in ON_ITEMS
        ]
        return all(
            (not each.types or not member.types or bool(each.types & member.types))
            and (
                # The formats of numbers say how large they may be.
                bool(each.types & {"integer", "number"})
                or each.raw.get("format", member.raw.get("format")) == member.raw.get("format")
            )
            for each in shapes
        )

    def _key(self, about: list[Seen], shown: Shape, last: str) -> tuple[str, ...]:
        """The properties that every address of a record names one after the other, none of them a record's own id."""
        keys = {self._key_in(each, shown, last) for each in about if self.deeds[each.id].action in ON_ITEMS}
        return keys.pop() if len(keys) == 1 else ()

    def _key_in(self, operation: Seen, shown: Shape, last: str) -> tuple[str, ...]:
        place = operation.place
        count = next((count for count, each in enumerate(reversed(place)) if each != "{}"), len(place))
        members = {plain(name): name for name in shown.members if self.view.shape(shown.members[name]).is_scalar}
        names = [segment[1:-1] for segment in operation.segments[len(place) - count : -1]]
        parts = tuple(members.get(plain(name), "") for name in names)
        lone = any(self._has_item(place[:-at]) for at in range(2, count + 1))
        return (*parts, last) if parts and all(parts) and last and not lone and last not in parts else ()

    def _record(self, about: list[Seen]) -> Shape:
        """All members of a record that any reply shows; the name is that of the fullest one, the read's first."""
        order = {"read": 0, "singleton-read": 0, "list": 1, "create": 2, "update": 3, "upsert": 3}
        shapes = [
            self.view.shape(self.deeds[each.id].item)
            for each in sorted(about, key=lambda each: order.get(self.deeds[each.id].action, 9))
        ]
        shapes = [shape for shape in shapes if shape.members]
        if not shapes:
            return NO_SHAPE
        members: dict[str, object] = {}
        for shape in shapes:
            members = {**shape.members, **members}
        return replace(shapes[0], members=members)

    # --- operations ------------------------------------------------------------------------------------------------

    def _operation(self, operation: Seen, resources: Mapping[str, InferredResource]) -> InferredOperation:
        deed = self.deeds[operation.id]
        place = _collection(operation, deed)
        if place is None:
            return self._affecting(operation, resources) or InferredOperation(operation, deed)
        resource = resources[self.names[self.groups[place]]]
        parameter = operation.parameter if deed.action in ON_ITEMS else ""
        record = Shape(frozenset({"object"}), resource.members, frozenset(), None, resource.schema, {})
        own = identity(self.view, record, parameter, resource.name, frozenset()) if parameter else ""
        how = deed.paging
        return InferredOperation(
            operation,
            deed,
            resource.name,
            own or resource.id,
            parameter,
            tuple(self._parents(operation, deed, resource)),
            narrowing(self.view, operation, record, how, self.everywhere) if deed.action == "list" else Narrowing(),
        )

    def _affecting(self, operation: Seen, resources: Mapping[str, InferredResource]) -> InferredOperation | None:
        """An operation that changes or copies the record in its path (R14, R15); None for any other."""
        found = verb_of(operation)
        group = self.groups.get(found.place[:-1]) if found is not None else None
        if found is None or group is None or not self._has_item(found.place[:-1]):
            return None
        resource = resources[self.names[group]]
        shown = record_in(self.view, operation.reply, found.place[-2] if len(found.place) > 1 else "")
        item = self.view.shape(shown.item) if shown is not None else NO_SHAPE
        alike = item.name == resource.schema if item.name else item.members.keys() == resource.members.keys()
        if shown is None or not resource.id or not item.members or not alike:
            return None
        rule, effect = effect_of(self.view, found.verb, resource.members)
        sent = {plain(name) for name in self.view.shape(operation.body).members}
        known = {plain(name) for name in resource.members}
        if not rule or ("copy" in effect and len(sent & known) * 2 < len(sent)):
            return None
        deed = Deed("custom", rule, way=shown.way, item=shown.item)
        parents = tuple(each for each in self._parents(operation, deed, resource) if each.parameter != found.parameter)
        return InferredOperation(operation, deed, resource.name, resource.id, found.parameter, parents, effect=effect)

    def _parents(self, operation: Seen, deed: Deed, resource: InferredResource) -> Iterable[Parent]:
        segments = operation.segments
        last = len(segments) - (1 if deed.action in ON_ITEMS else 0)
        for at, segment in enumerate(segments[:last]):
            if operation.place[at] != "{}":
                continue
            collection = operation.place[:at]
            group = self.groups.get(collection)
            parameter = segment[1:-1]
            if group is None or not self._has_item(collection):
                continue
            parent = self.names[group]
            if parent != resource.name:
                yield Parent(parameter, parent, _link(resource, parameter, parent))


def _collection(operation: Seen, deed: Deed) -> Place | None:
    """The place of the records that an operation is about; a singleton's is apart from that of records beside it."""
    if deed.action in ON_ITEMS:
        return operation.place[:-1]
    if deed.action.startswith("singleton"):
        return (*operation.place, "")
    return operation.place if deed.action in ON_COLLECTIONS else None


def _link(resource: InferredResource, parameter: str, parent: str) -> str:
    """The property of a record that names its parent, which is not its own id; empty where it has none."""
    own = plain(parent)
    wanted = [plain(parameter), f"{own}id", f"{own}uuid", f"{own}key"] if plain(parameter) != "id" else [f"{own}id"]
    known = {plain(name): name for name in resource.members if name != resource.id}
    found = next((known[name] for name in wanted if name in known), "")
    return found or (f"{parent}_id" if plain(parameter) == plain(resource.id) else "")


def _ends(segments: list[str]) -> Iterable[tuple[str, bool]]:
    return ((segment, at == len(segments) - 1) for at, segment in enumerate(segments))


def _noun(segment: str, last: bool) -> str:
    found = words(segment)
    return "_".join((*found[:-1], singular(found[-1]))) if found else ""
