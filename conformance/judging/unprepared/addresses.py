"""Values for the parameters of a document that nobody prepared, which agree with each other along a path.

An id is taken from the list in which the record lies, else from one that the kit makes, else from the document's examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from understudy.conformance.evidence.errors import (
    NoReplyError,
    OutOfScopeError,
    PrerequisiteError,
    UnexpectedReplyError,
)
from understudy.conformance.judging.context import CheckContext, remedy_for
from understudy.conformance.judging.finder import ObjectFinder
from understudy.conformance.judging.lists import Item, whole
from understudy.conformance.judging.supply import supply
from understudy.conformance.judging.unprepared.drawing import Drawing, plain_example
from understudy.specs import Operation, Parameter

#: Of a list the records on this many pages are enough to choose from; so many of them are tried as parents.
FEW, TRIED = 2, 4


class AddressFinder(ObjectFinder):
    """Finds whole addresses, and remembers them."""

    def __init__(self, contract: Any, settings: Mapping[str, str]) -> None:
        super().__init__(contract, settings)
        self._addresses: dict[str, dict[str, str]] = {}
        self._lists: dict[tuple[str, tuple[str, ...]], list[Item]] = {}
        #: Lists whose own address is looked for.
        self._sought: set[str] = set()
        #: Operations whose address has a value that no list shows.
        self.guessed: set[str] = set()

    def value(self, ctx: CheckContext, operation: Operation, parameter: str) -> str:
        """The value for a parameter; raises PrerequisiteError if the target has none, OutOfScopeError if nothing says any."""
        described = next((each for each in operation.parameters if each.name == parameter), None)
        if described is not None and described.place != "path":
            own = self._set(operation, parameter)
            return own if own is not None else _text(self._unlisted(ctx, operation, described))
        return self.address(ctx, operation)[parameter]

    def address(self, ctx: CheckContext, operation: Operation) -> dict[str, str]:
        """The values for all parameters in the path of an operation."""
        if operation.id not in self._addresses:
            self._addresses[operation.id] = self._filled(ctx, operation, names_in(operation.route), {})
        return self._addresses[operation.id]

    @property
    def known(self) -> set[str]:
        """The ids of all objects found so far."""
        listed = {
            str(item[name])
            for (listing, _), items in self._lists.items()
            for item in items
            for name in self._keys(self._contract.operations[listing])
            if name in item
        }
        return super().known | listed

    def others(self, ctx: CheckContext, operation: Operation, parameter: str) -> Iterator[dict[str, str]]:
        """Addresses of an operation that differ in one parameter, and in those after it."""
        names = names_in(operation.route)
        place = names.index(parameter)
        address = self.address(ctx, operation)
        known = {name: address[name] for name in names[:place]}
        for value in [*self._choices(ctx, operation, parameter, known)]:
            try:
                yield self._filled(ctx, operation, names[place + 1 :], {**known, parameter: value})
            except PrerequisiteError:
                continue

    def _set(self, operation: Operation, parameter: str) -> str | None:
        for name in (f"{operation.id}.{parameter}", parameter):
            if name in self._settings:
                return str(self._settings[name])
        return None

    def _filled(
        self, ctx: CheckContext, operation: Operation, names: list[str], known: dict[str, str]
    ) -> dict[str, str]:
        """The values of the parameters that are left, for the first choice of each that the next one can follow."""
        if not names:
            return known
        reason: PrerequisiteError | None = None
        for value in self._choices(ctx, operation, names[0], known):
            try:
                return self._filled(ctx, operation, names[1:], {**known, names[0]: value})
            except PrerequisiteError as unmet:
                reason = reason or unmet
        raise reason or PrerequisiteError(
            f"the target has nothing that {names[0]} of {operation.id} could name",
            remedy=remedy_for(self.resource_of(operation, names[0]) or "record", f"{operation.id}.{names[0]}"),
        )

    def _choices(self, ctx: CheckContext, operation: Operation, name: str, known: Mapping[str, str]) -> Iterator[str]:
        own = self._set(operation, name)
        if own is not None:
            yield own
            return
        listing = self._listing(operation, name)
        path = self._place(ctx, listing, known) if listing is not None else None
        if listing is not None and path is not None:
            # A step of another path would lead there.
            listed = self._listed(ctx, listing, path, self._parts(operation, name, listing, known))
            steps = self._steps_beside(operation, name)
            yield from [each for each in listed if each not in steps][:TRIED]
            if not steps.issuperset(listed) or not listed:
                return
        self.guessed.add(operation.id)
        described = next(each for each in operation.parameters if each.name == name and each.place == "path")
        yield _text(self._unlisted(ctx, operation, described))

    def _unlisted(self, ctx: CheckContext, operation: Operation, parameter: Parameter) -> Any:
        """The document's example for a parameter, or its default; else any value, unless it would say what is changed."""
        found = plain_example(ctx.contract, parameter.schema, self._raw(ctx, operation, parameter))
        if found is None and not (operation.writes and parameter.place == "path"):
            found = Drawing(ctx.contract, ctx.run.seed).plain(parameter.schema)
        if found is None:
            raise OutOfScopeError(
                f"no list and no example gives a value for {parameter.name}; name one with --set {parameter.name}=VALUE"
            )
        return found

    def _raw(self, ctx: CheckContext, operation: Operation, parameter: Parameter) -> Mapping[str, Any]:
        """A parameter as the document describes it."""
        described = ctx.contract.document["paths"][operation.path][operation.method.lower()].get("parameters", ())
        named = (each for each in described if (each.get("name"), each.get("in")) == (parameter.name, parameter.place))
        return next(named, {})

    def _listing(self, operation: Operation, name: str) -> Operation | None:
        """The operation that lists what a path parameter names: the one at the path before it, else one without a parent."""
        head = _form(operation.route.partition(f"{{{name}}}")[0])
        operations = self._contract.operations.values()
        for each in operations:
            if each.action == "list" and each.resource and _form(each.route) == head and not _required(each):
                return each
        resource = self._resource_at(operation, name)
        found = [
            each for each in operations if each.action == "list" and each.resource == resource and not _required(each)
        ]
        # Rather one without a parent, else any below a parent.
        return next(iter(sorted(found, key=lambda each: len(each.path_parameters))), None) if resource else None

    def _steps_beside(self, operation: Operation, name: str) -> set[str]:
        """The steps that other paths have in the place of a parameter."""
        head = _form(operation.route.partition(f"{{{name}}}")[0])
        forms = (_form(each.route) for each in self._contract.operations.values())
        return {form[len(head) :].strip("/").partition("/")[0] for form in forms if form.startswith(f"{head}/")}

    def _resource_at(self, operation: Operation, name: str) -> str | None:
        """The resource of the operations whose path ends with this parameter; else what the operation itself says."""
        prefix = _form(f"{operation.route.partition(f'{{{name}}}')[0]}{{{name}}}")
        for each in self._contract.operations.values():
            if each.action in {"read", "update", "delete"} and _form(each.route) == prefix:
                return each.resource
        inside = operation.within.get(name)
        if inside is not None and operation.resource is not None:
            reference = self._contract.resources[operation.resource].references.get(inside)
            return reference.resource if reference else None
        return None

    def _keys(self, listing: Operation) -> tuple[str, ...]:
        """The properties that name what a list shows."""
        resource = self._contract.resources[listing.resource or ""]
        return resource.key or (resource.identity.property,)

    def _parts(
        self, operation: Operation, name: str, listing: Operation, known: Mapping[str, str]
    ) -> dict[str, str | None]:
        """The parts of a key as far as a path gives them, up to the property that a parameter names, which is None."""
        keys, names = self._keys(listing), names_in(operation.route)
        if listing.resource == operation.resource:
            span = [each for each in names if each not in operation.within]
        else:
            references = self._contract.resources[operation.resource].references if operation.resource else {}
            parent = (each for each, prop in operation.within.items() if references[prop].resource == listing.resource)
            span = names[: names.index(next(parent, name)) + 1][-len(keys) :]
        if name not in span or len(span) > len(keys):
            return {keys[-1]: None}
        at = span.index(name)
        return {**{part: known.get(each) for part, each in zip(keys[:at], span, strict=False)}, keys[at]: None}

    def _listed(
        self, ctx: CheckContext, listing: Operation, path: Mapping[str, str], parts: Mapping[str, str | None]
    ) -> list[str]:
        """What the objects of a list that have some parts of a key have for the next part."""
        key = (listing.id, tuple(path.values()))
        if key not in self._lists:
            found = self._items(ctx, listing, path)
            if not found and ctx.run.profile.writes and supply(ctx, listing, 1, path=path):
                found = self._items(ctx, listing, path)
            self._lists[key] = found
        temporary = ctx.run.cleanup.temporary
        *before, prop = parts
        values = [
            str(each[prop])
            for each in self._lists[key]
            if isinstance(each.get(prop), str | int) and all(str(each.get(name)) == parts[name] for name in before)
        ]
        return [each for each in dict.fromkeys(values) if each not in temporary]

    def _place(self, ctx: CheckContext, listing: Operation, known: Mapping[str, str]) -> dict[str, str] | None:
        """The address of a list: along the path that is being filled, or one of its own; None if that can only be guessed."""
        names = names_in(listing.route)
        if len(names) <= len(known):
            return dict(zip(names, known.values(), strict=False))
        if listing.id in self._sought:
            # The lists that lead to it lead back to it.
            return None
        self._sought.add(listing.id)
        try:
            address = self.address(ctx, listing)
        except OutOfScopeError:
            return None
        finally:
            self._sought.discard(listing.id)
        return None if listing.id in self.guessed else address

    def _items(self, ctx: CheckContext, listing: Operation, path: Mapping[str, str]) -> list[Item]:
        try:
            read = whole(ctx, listing, far=FEW, path=path)
        except UnexpectedReplyError:
            return []
        except NoReplyError as error:
            raise PrerequisiteError(
                f"{listing.id}, which lists what is needed, does not reply", *error.exchanges
            ) from error
        return list(read.part)


def names_in(path: str) -> list[str]:
    """The parameters of a path, in the order in which they stand there."""
    return list(dict.fromkeys(re.findall(r"\{([^{}]+)\}", path)))


def _form(path: str) -> str:
    """A path without the names of its parameters and its last slash."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


def _required(operation: Operation) -> bool:
    return any(each.required and each.place not in {"path", "header"} for each in operation.parameters)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)
