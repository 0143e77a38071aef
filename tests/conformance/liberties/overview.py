"""Writes what the kit says of the liberties: docs/liberties.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from liberties.granting import Grant
from liberties.liberty import Printed
from understudy.specs import load

PLACE = Path(__file__).parents[3] / "docs" / "liberties.md"


def write(grants: Sequence[Grant]) -> None:
    """Write the page of all APIs."""
    PLACE.write_text("\n".join(_lines(grants)) + "\n", "utf-8")


def _lines(grants: Sequence[Grant]) -> list[str]:
    apis = list(dict.fromkeys(each.liberty.api for each in grants))
    lines = [
        "# Liberties",
        "",
        "These liberties show that the kit condemns nobody who keeps the source. Each is a correct server that does one",
        "thing otherwise than our mock, where the source leaves it open, or a reply as the source prints it. The kit runs",
        "with every check and with writes. No documented clause may fail, no ambiguous one may warn, and the run has to",
        "end with 0 (with 4 where such a server has no data for some clauses). An implied clause may warn.",
        "",
        "`make liberties` tries all of them and writes this page; the tests try a part of them. The catalogue is in",
        "`tests/conformance/liberties/catalogue`. Its counterpart is [the planted defects](defects.md).",
        "",
        f"**{sum(each.quiet for each in grants)} of {len(grants)} liberties are granted.**",
        "",
        "| API | liberties | replies as printed | granted | warned of implied clauses |",
        "|---|---|---|---|---|",
    ]
    for api in apis:
        mine = [each for each in grants if each.liberty.api == api]
        printed = sum(isinstance(each.liberty, Printed) for each in mine)
        counts = (len(mine) - printed, printed, sum(each.quiet for each in mine), sum(bool(e.warned) for e in mine))
        lines.append(f"| {api} | {' | '.join(str(count) for count in counts)} |")
    for api in apis:
        mine = [each for each in grants if each.liberty.api == api]
        lines += ["", f"## {load(api).title}", ""]
        lines += [
            "| liberty | what the server does | left open at | condemned by | warned of |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(each) for each in mine]
    return lines


def _row(given: Grant) -> str:
    liberty = given.liberty
    about = f"answers `{liberty.operation}` as printed" if isinstance(liberty, Printed) else liberty.about
    cells = (liberty.name, about, liberty.place, ", ".join(given.against) or "-", ", ".join(given.warned) or "-")
    return f"| {' | '.join(cells)} |"
