"""How well inference reads the development documents: their labels, made by eye, against what is inferred."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from understudy.specs.documents.opening import open_document
from understudy.specs.inference.infer import InferredOperation, infer

FOLDER = Path(__file__).parents[3] / "shared" / "contracts"


@dataclass(frozen=True, slots=True)
class Label:
    """What one operation is, read off by eye."""

    document: str
    operation: str
    action: str
    also: tuple[str, ...]
    id: str | None
    paging: frozenset[str]
    envelope: str


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many."""

    right: int
    all: int

    @property
    def share(self) -> float:
        """The part that is right; 1 where there is nothing to be wrong."""
        return self.right / self.all if self.all else 1.0

    def __str__(self) -> str:
        return f"{self.right} of {self.all} ({self.share:.1%})"


Pair = tuple[Label, InferredOperation]


def pairs(folder: Path = FOLDER) -> Iterator[Pair]:
    """Every label with what was inferred of its operation."""
    for file in sorted((folder / "labels").glob("*.yaml")):
        labels = yaml.safe_load(file.read_text("utf-8"))
        inferred = infer(open_document(str(folder / labels["document"])).document)
        known: dict[str, InferredOperation] = {}
        for each in inferred.operations:
            known[f"{each.operation.method} {each.operation.path}"] = known[each.operation.id] = each
        for raw in labels["operations"]:
            yield _label(labels["document"], raw), known[raw["operation"]]


def _label(document: str, raw: dict[str, Any]) -> Label:
    return Label(
        document,
        raw["operation"],
        raw["action"],
        tuple(raw.get("also", ())),
        raw.get("id"),
        frozenset(raw.get("paging", "none").split("+")),
        raw.get("envelope") or "",
    )


def _action(each: InferredOperation) -> str:
    return each.deed.action.partition("-")[0]


def measures(found: list[Pair]) -> dict[str, Rate]:
    """Precision and recall by action; id, paging and envelope where they are labelled."""
    out: dict[str, Rate] = {}
    for action in ("list", "read", "create", "update", "delete", "singleton", "custom"):
        inferred = [label for label, each in found if _action(each) == action]
        labelled = [each for label, each in found if label.action == action and not label.also]
        right = sum(action in {label.action, *label.also} for label in inferred)
        out[f"precision of {action}"] = Rate(right, len(inferred))
        out[f"recall of {action}"] = Rate(sum(_action(each) == action for each in labelled), len(labelled))
    named = [(label, each) for label, each in found if label.id is not None and each.resource]
    out["id"] = Rate(sum(label.id == each.id for label, each in named), len(named))
    lists = [(label, each) for label, each in found if label.action == "list" and _action(each) == "list"]
    out["paging"] = Rate(
        sum(label.paging == frozenset(each.deed.paging.styles or ("none",)) for label, each in lists), len(lists)
    )
    out["envelope"] = Rate(sum(label.envelope == ".".join(each.deed.way) for label, each in lists), len(lists))
    return out


def misses(found: list[Pair]) -> list[str]:
    """The operations that were read otherwise than their label says."""
    return [
        f"{label.document} {label.operation}: {_action(each)}, labelled {label.action}"
        for label, each in found
        if _action(each) not in {label.action, *label.also}
    ]
