"""`understudy init`: a folder for a contract of one's own, started from a document, in the form of those in `specs`."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import yaml

from understudy.conformance.judging.unprepared.register import registered
from understudy.specs import Clause, Contract, ContractError, apis, load_folder
from understudy.specs.documents.opening import Opened, open_document
from understudy.specs.inference.annotate import annotate
from understudy.specs.inference.infer import infer
from understudy.specs.inference.overlay_text import overlay_text
from understudy.specs.inference.view import View
from understudy.specs.loading import NAME
from understudy.specs.unprepared.any_contract import any_contract, first_seed, unhonoured

USAGE = 2
#: Seeded records of a resource.
RECORDS = 10
#: What each file is for, as it is printed.
FILES = {
    "openapi.yaml": "the document, as it was",
    "overlay.yaml": "what its operations mean",
    "seed.yaml": "tokens and records",
    "clauses.yaml": "what a server has to keep, clause by clause",
    "rules.yaml": "which rules of the kit judge the clauses",
}

SEED = """\
# Who may call, and the records that everybody starts with. The vocabulary is that of specs/README.md, "The seed".
# What a record leaves out is drawn:
#   - name: one
#     resource: {resource}
#     records: [{{}}, {{}}]
"""
CLAUSES = """\
# The register: what a server has to keep. An id stays what it is; one of your own has the form XX-001.
# level: documented fails a run, inferred fails it with --strict. profile: full needs --allow-writes.
# A clause with a reason in `excluded` is not judged.
"""
RULES = """\
# Which clauses the general rules of the kit judge. `understudy explain CLAUSE` shows what judges one.
# A clause on a schema, or on a member of one, has its place here:
# schemas:
#   Component.member: XX-001
"""


def init(
    document: Annotated[
        str, typer.Argument(metavar="FILE_OR_URL", help="An OpenAPI document, 3.0 to 3.2, or one of Swagger 2.0.")
    ],
    name: Annotated[Path, typer.Argument(metavar="NAME", help="The folder to write; the API is called like it.")],
    outside: Annotated[
        bool, typer.Option("--outside", help="Also read files outside of the document's folder that it refers to.")
    ] = False,
) -> None:
    """Start a folder for a contract of one's own: document, overlay, seed, clauses and rules."""
    problem = _unusable(name)
    if problem:
        _fail(f"{name}: {problem}")
    opened = open_document(document, outside=outside)
    for line in unhonoured(opened):
        print(f"understudy: {line}", file=sys.stderr)
    try:
        with tempfile.TemporaryDirectory(prefix=".understudy-", dir=name.parent) as aside:
            contract = _written(opened, document, Path(aside) / name.name, outside)
            (Path(aside) / name.name).rename(name)
    except OSError as error:
        _fail(f"{name}: it cannot be written: {error.strerror or error}")
    count = len(contract.operations)
    print(f"{name}: {count} {'operation' if count == 1 else 'operations'}, {len(contract.clauses)} clauses")
    for file, about in FILES.items():
        print(f"  {file:13} {about}")
    folder = shlex.quote(str(name))
    print(f"understudy serve {folder} --watch")
    token = contract.seed["callers"][0]["token"]
    print(f"understudy check {folder} --url http://127.0.0.1:8000 --token {token} --allow-writes")


def _unusable(name: Path) -> str:
    """Why a folder cannot be written under a name; empty if it can."""
    api = name.name.replace("_", "-")
    if not NAME.fullmatch(api):
        return "this cannot be the name of an API; use letters, digits, '-' and '_'"
    if api in apis():
        return f"there is an API {api} already; choose another name"
    if name.exists() or name.is_symlink():
        return "it exists already, and is not overwritten"
    return "" if name.parent.is_dir() else f"there is no folder {name.parent}"


def _written(opened: Opened, document: str, folder: Path, outside: bool) -> Contract:
    """Write all files of a folder, and read it as it will be read. Raises OSError and ContractError."""
    inference = infer(opened.document)
    contract = registered(any_contract(folder.name, document, outside=outside))
    if not contract.operations:
        raise ContractError(f"{document}: it has no operations, so there is nothing to serve or to judge")
    folder.mkdir()
    texts = {
        "openapi.yaml": _document(opened),
        "overlay.yaml": overlay_text(opened.title, inference, annotate(View(opened.document), inference)).encode(),
        "seed.yaml": _seed(contract).encode(),
        "clauses.yaml": (CLAUSES + "\n".join(map(_clause, contract.clauses))).encode(),
        "rules.yaml": (RULES + _dump({"aspects": _aspects(contract)})).encode(),
    }
    for file, text in texts.items():
        (folder / file).write_bytes(text)
    return load_folder(folder)


def _document(opened: Opened) -> bytes:
    """The text of a document; one that stands in many files as a whole."""
    if len(opened.bundle.texts) == 1:
        return next(iter(opened.bundle.texts.values()))
    return _dump(opened.document).encode()


def _seed(contract: Contract) -> str:
    names = list(_ordered(contract))
    seed = first_seed()
    head = _dump({"epoch": seed["epoch"], "callers": seed["callers"]})
    populations = [{"name": name, "resource": name, "count": RECORDS} for name in names]
    return SEED.format(resource=names[0] if names else "RESOURCE") + head + _dump({"populations": populations})


def _ordered(contract: Contract) -> Iterator[str]:
    """The resources that have records, those that others refer to before them."""
    done: set[str] = set()

    def visit(name: str, above: frozenset[str]) -> Iterator[str]:
        if name in done or name in above:
            return
        for reference in contract.resources[name].references.values():
            yield from visit(reference.resource, above | {name})
        done.add(name)
        yield name

    for name in contract.resources:
        yield from (each for each in visit(name, frozenset()) if not contract.resources[each].singleton)


def _clause(clause: Clause) -> str:
    said = {each.name: getattr(clause, each.name) for each in fields(clause)}
    return _dump([{name: list(value) if isinstance(value, tuple) else value for name, value in said.items() if value}])


def _aspects(contract: Contract) -> Mapping[str, Mapping[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for rule, clauses in contract.rules.aspects.items():
        topic, _, aspect = rule.partition(".")
        found.setdefault(topic, {})[aspect] = list(clauses)
    return found


def _dump(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=None)


def _fail(message: str) -> NoReturn:
    print(f"understudy: {message}", file=sys.stderr)
    raise SystemExit(USAGE)
