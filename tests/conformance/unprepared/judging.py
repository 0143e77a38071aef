"""Documents, served and judged."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from live import running

from understudy.conformance import Profile, Report, Target, run
from understudy.conformance.frontends.contracts import named
from understudy.specs import Contract

HERE = Path(__file__).parent
#: Documents of ours, and those that were published, which lie beside this checkout if they are there.
OWN = ("library.yaml", "orders.json", "studio.json", "todo.yaml")
FOLDER = HERE.parents[3] / "shared" / "contracts"
PUBLISHED = (
    "box.json",
    "digitalocean/DigitalOcean-public.v2.yaml",
    "formbricks-v2.yml",
    "jatos.yaml",
    "museum.yaml",
    "petstore3.yaml",
    "prolific.yml",
    "resend.yaml",
    "train-travel.yaml",
    "twilio-conversations.json",
)


def path_of(document: str) -> Path:
    """Where a document lies."""
    return HERE / document if document in OWN else FOLDER / document


@cache
def contract(document: str) -> Contract:
    """The contract of a document, with its register."""
    return named(str(path_of(document)))


def judged(
    application: Any,
    of: Contract,
    *,
    only: tuple[str, ...] = (),
    writes: bool = True,
    strict: bool = False,
    generate: bool = False,
    **target: Any,
) -> Report:
    """The report of the kit on an application that should be that of a contract."""
    with running(application) as address:
        aim = Target(address, {"default": "mock-token"}, **target)
        return run(of, aim, Profile(writes=writes, strict=strict), only=only, generate=generate)


def broken(report: Report) -> dict[str, str]:
    """The clauses that are broken, with what was seen; and the faults that no clause states."""
    found = {each.clause: each.actual for each in report.results if each.verdict in {"fail", "warning", "error"}}
    return found | {f"{each.operation}: {each.expected}": each.actual for each in report.breaches}
