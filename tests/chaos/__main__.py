"""`python -m chaos [--seconds N] [--seed N] [--write] [sqlite] [postgresql]`.

Sixteen clients work through three processes that share a store, while processes are killed, stopped and started again,
the disk is full, the database restarts, and a neighbour reads and uploads snapshots and resets other sessions. Then
everything that was acknowledged is compared with what is there. Exit code 1 when anything was lost, came back, was given
twice, or was answered by a 5xx other than 503 and 507. `--write` puts the figures into docs/reliability.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from chaos.play import STORES, Outcome, play

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
#: The lines of the page between which the figures stand.
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def main() -> int:
    """Play against the stores that are named, both if none is."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("stores", nargs="*", choices=[*STORES, []], default=[])
    parser.add_argument("--seconds", type=float, default=120, help="how long each store is played against")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    options = parser.parse_args()
    outcomes = []
    for store in options.stores or STORES:
        outcome = play(store, options.seconds, options.seed)
        outcomes.append(outcome)
        print(outcome.row(), flush=True)
        for text in outcome.broken[:20]:
            print(f"  {text}", flush=True)
    if options.write:
        _write(outcomes)
    return 1 if any(outcome.broken for outcome in outcomes) else 0


def _write(outcomes: Sequence[Outcome]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    heading = "| store | time | writes acknowledged | reads | refused | unknown | faults | beside | lost |"
    rows = [heading, "|---" * 9 + "|", *(outcome.row() for outcome in outcomes)]
    PAGE.write_text(f"{before}\n\n" + "\n".join(rows) + f"\n\n{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
