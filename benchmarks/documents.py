"""How documents behave that nobody prepared: one line for each OpenAPI document of a folder.

Run: `python benchmarks/documents.py FOLDER [SECONDS]`. Each document is served by a process of its own, which has that
many seconds (60 by default) for the trials of `tests/contracts/served.py`; what was measured until then counts. With
`-v` whatever went wrong is listed below the line.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
#: What the trials count, in the order of the columns.
MEASURES = (
    "no 5xx",
    "GET fits",
    "GET of a record fits",
    "cycle",
    "unknown id 404",
    "unknown parent 404",
    "missing credential 401",
    "wrong body refused",
    "pages",
)
#: How long a process may take beyond its trials before it counts as hung.
GRACE = 120


def main() -> None:
    """Print the table and the sums."""
    arguments = [each for each in sys.argv[1:] if each != "-v"]
    if arguments and arguments[0] == "--one":
        print(json.dumps(one(arguments[1], int(arguments[2]))))
        return
    seconds = arguments[1] if len(arguments) > 1 else "60"
    print(row(("document", "operations", "start", "again", "slowest", *MEASURES)), flush=True)
    right: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for file in sorted(each for each in Path(arguments[0]).iterdir() if each.suffix in {".json", ".yaml", ".yml"}):
        found = apart(file, seconds)
        if "failed" in found:
            print(f"{file.stem:32.32} {found['failed']}", flush=True)
            continue
        right.update(found["right"])
        tried.update(found["tried"])
        figures = (f"{found[each]:.1f} s" for each in ("start", "again", "slowest"))
        counts = (share(found["right"], found["tried"], each) for each in MEASURES)
        note = "" if found["whole"] else " (cut off)"
        print(row((file.stem, str(found["operations"]), *figures, *counts)) + note, flush=True)
        if "-v" in sys.argv:
            print(*(f"    {each}" for each in found["wrong"]), sep="\n", flush=True)
    print(row(("all", "", "", "", "", *(share(right, tried, each) for each in MEASURES))))


def row(cells: tuple[str, ...]) -> str:
    """One line of the table."""
    return f"{cells[0]:32.32}" + "".join(f"{cell.replace(' of a record', ' one'):>12.11}" for cell in cells[1:])


def share(right: dict[str, int], tried: dict[str, int], measure: str) -> str:
    """How often a measure held, of how many trials."""
    return f"{right.get(measure, 0)}/{tried[measure]}" if tried.get(measure) else "-"


def apart(file: Path, seconds: str) -> dict[str, Any]:
    """What a process of its own measures of a document."""
    command = [sys.executable, __file__, "--one", str(file), seconds]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=int(seconds) + GRACE, check=False)
    except subprocess.TimeoutExpired:
        return {"failed": "hangs"}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no word"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def one(document: str, seconds: int) -> dict[str, Any]:
    """Serve a document, and try it until the time is over."""
    sys.path += [str(ROOT / "tests/helpers"), str(ROOT / "tests/contracts")]
    from served import Trial, serving

    from understudy.mock_server.app import create_app
    from understudy.specs.unprepared.any_contract import any_contract, name_of

    before = time.process_time()
    create_app(contracts=[any_contract(name_of(document), document)])
    first, before = time.process_time() - before, time.process_time()
    create_app(contracts=[any_contract(name_of(document), document)])
    again = time.process_time() - before
    whole = False
    with serving(document) as (contract, client, records):
        trial = Trial(contract, client, records)
        client.event_hooks["response"].append(
            lambda reply: reply.read() and times.append(reply.elapsed.total_seconds())
        )
        times = [0.0]
        signal.signal(signal.SIGALRM, _over)
        signal.alarm(seconds)
        try:
            for part in (trial.reads, trial.cycles, trial.refusals, trial.pages):
                client.post(str(client.base_url).rstrip("/").removesuffix(contract.prefix) + "/_mock/reset", json={})
                part()
            whole = True
        except TimeoutError:
            pass
        finally:
            signal.alarm(0)
    measured = trial.measured
    return {
        "operations": len(contract.operations),
        "start": first,
        "again": again,
        "slowest": max(times),
        "whole": whole,
        "right": measured.right,
        "tried": measured.tried,
        "wrong": measured.wrong,
    }


def _over(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    main()
