"""What clients were answered, and what therefore may and may not be there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

#: The name of an object, or None once it is deleted.
State = str | None


@dataclass
class Thing:
    """One object: the states it may be in. One state is certain; several mean that a reply got lost on the way."""

    id: str
    states: set[State]


@dataclass
class Model:
    """The objects of one kind, and everything that contradicts what was acknowledged."""

    things: dict[str, Thing] = field(default_factory=dict)
    #: Names of objects whose creation was never answered: each may be there once, or not at all.
    unanswered: set[str] = field(default_factory=set)
    acknowledged: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    refused: int = 0
    broken: list[str] = field(default_factory=list)

    def created(self, id: str, name: str) -> None:
        """A creation was acknowledged."""
        self.acknowledged["create"] += 1
        if id in self.things:
            self.broken.append(f"the id {id} was given twice")
        self.things[id] = Thing(id, {name})

    def changed(self, id: str, state: State) -> None:
        """A change or a deletion was acknowledged."""
        self.acknowledged["delete" if state is None else "update"] += 1
        self.things[id].states = {state}

    def in_doubt(self, id: str, state: State) -> None:
        """A change or a deletion was not answered."""
        self.unknown += 1
        self.things[id].states.add(state)

    def creation_in_doubt(self, name: str) -> None:
        """A creation was not answered."""
        self.unknown += 1
        self.unanswered.add(name)

    def read(self, id: str, state: State) -> None:
        """An object was read; what was in doubt is certain from now on."""
        self.acknowledged["read"] += 1
        states = self.things[id].states
        if state not in states:
            self.broken.append(f"{id} is {state!r}, it was acknowledged as {' or '.join(map(repr, states))}")
        self.things[id].states = {state}

    def listed(self, objects: list[tuple[str, str]], seeded: set[str]) -> None:
        """The whole list, once nobody writes any more: (id, name) of each object."""
        counted = Counter(id for id, _ in objects)
        self.broken += [f"{id} is listed {count} times" for id, count in counted.items() if count > 1]
        there = dict(objects)
        for id, thing in self.things.items():
            if there.get(id) not in thing.states:
                expected = " or ".join(map(repr, thing.states))
                self.broken.append(f"{id} is listed as {there.get(id)!r}, it was acknowledged as {expected}")
        for id, name in objects:
            if id in seeded or id in self.things:
                continue
            if name in self.unanswered:
                self.unanswered.discard(name)  # it took place once; a second one is a phantom
            else:
                self.broken.append(f"{id} ({name!r}) is there, and nobody made it")
        self.broken += [f"the seeded {id} is gone" for id in seeded - there.keys()]
