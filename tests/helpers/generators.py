"""Code generators and linters of OpenAPI documents, in throw-away folders, and the bodies that they are tried with."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from packages import PATIENCE, not_installed

from understudy.specs import Contract, load
from understudy.specs.reading.references import resolve

TESTS = Path(__file__).parents[1]

NPM = {
    "@redocly/cli": "2.77.0",
    "@stoplight/spectral-cli": "6.16.3",
    "openapi-fetch": "0.17.0",
    "openapi-typescript": "7.13.0",
    "typescript": "5.9.3",
}
#: Models with email addresses need email-validator.
PYPI = {"openapi-python-client": "0.29.1", "datamodel-code-generator": "0.89.0", "email-validator": "2.4.0"}

#: The samples of the source that are not sent with POST.
PATCHED = frozenset({"hook_update_target", "subscription_disable"})

#: Operation, part of it (`request`, or the status of a reply), body.
Body = tuple[str, str, Any]


def npm_folder() -> Path:
    """A folder with the packages of `NPM`, shared by all runs. Skips the test where npm or its registry is missing."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    settings = json.dumps({"private": True, "type": "module", "dependencies": NPM})

    def install(folder: Path) -> list[list[str]]:
        (folder / "package.json").write_text(settings)
        return [["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]]

    return _installed("npm", settings, install)


def python_folder() -> Path:
    """A virtual environment with the packages of `PYPI`. Skips the test where their index cannot be reached."""
    pins = [f"{name}=={version}" for name, version in PYPI.items()]

    def install(folder: Path) -> list[list[str]]:
        # What an interrupted run left is not built upon.
        venv.create(folder / "venv", with_pip=True, clear=True)
        return [[str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet", *pins]]

    return _installed("pip", f"{pins}{sys.version}", install) / "venv"


def _installed(kind: Literal["npm", "pip"], settings: str, install: Callable[[Path], list[list[str]]]) -> Path:
    digest = hashlib.sha256(settings.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"understudy-generators-{kind}-{digest}"
    folder.mkdir(exist_ok=True)
    # Several workers of pytest may get here at once.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "installed"
        if not stamp.exists():
            for command in install(folder):
                run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
                if run.returncode:
                    last = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
                    not_installed(kind, f"the generators cannot be installed: {last[:200]}")
            stamp.touch()
    return folder


def printed(api: str) -> list[Body]:
    """The bodies that the source of an API prints, word for word."""
    if api == "prolific":
        return list(_prolific())
    named = json.loads((TESTS / "examples" / "printed.json").read_text("utf-8")).get(api, {})
    return [
        (name.partition("/")[0], part, body)
        for name, parts in named.items()
        for part, bodies in parts.items()
        for body in bodies
    ]


def _prolific() -> Iterator[Body]:
    samples = json.loads((TESTS / "mock_server" / "behaviours" / "prolific" / "samples.json").read_text("utf-8"))
    contract = load("prolific")
    for path, named in samples.items():
        places = [op for op in contract.operations.values() if _alike(op.path, path) and op.body]
        for name, body in named.items():
            method = "PATCH" if name in PATCHED else "POST"
            operation = next((op for op in places if op.method == method), places[0])
            yield operation.id, "request", body


def _alike(path: str, other: str) -> bool:
    def plain(text: str) -> list[str]:
        return ["{}" if step.startswith("{") else step for step in text.strip("/").split("/")]

    return plain(path) == plain(other)


def exemplary(contract: Contract) -> list[Body]:
    """The examples of a contract's requests and of its replies with JSON."""
    found: list[Body] = []
    for operation in contract.operations.values():
        raw = contract.document["paths"][operation.path][operation.method.lower()]
        parts = {"request": raw["requestBody"]} if "requestBody" in raw else {}
        parts |= {str(status): reply for status, reply in raw["responses"].items()}
        for part, holder in parts.items():
            for media_type, content in resolve(contract.document, holder).get("content", {}).items():
                if "json" in media_type:
                    examples = content.get("examples", {}).values()
                    found += [(operation.id, part, resolve(contract.document, each)["value"]) for each in examples]
    return found


def schema_of(contract: Contract, operation: str, part: str) -> Mapping[str, Any]:
    """The (converted) schema of a body in JSON."""
    described = contract.operations[operation]
    content = described.body if part == "request" else described.responses[part]
    return next(schema for media_type, schema in content.items() if "json" in media_type)


def misspelt(contract: Contract, schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
    """Copies of a body, each with one member misspelt that the contract describes; free-form objects are left alone."""
    parts = list(contract.parts(dict(schema)))
    if isinstance(value, list) and value:
        items = next((part["items"] for part in parts if "items" in part), {})
        yield from ([each, *value[1:]] for each in misspelt(contract, items, value[0]))
    if not isinstance(value, dict):
        return
    described = {name: below for part in parts for name, below in part.get("properties", {}).items()}
    closed = not any(part.get("additionalProperties") for part in parts)
    for name, member in value.items():
        if name in described:
            if closed:
                yield {f"{key}_" if key == name else key: each for key, each in value.items()}
            for below in misspelt(contract, described[name], member):
                yield {**value, name: below}
