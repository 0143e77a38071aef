"""The helper for tests in JavaScript: its own tests, its types, its package, and its use with Vitest and Jest."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packages import HELPER, PATIENCE, ROOT, RUNNERS, install, not_installed

#: The oldest version of Node that the helper works with.
NODE = 20


@pytest.fixture(scope="module")
def node() -> str:
    """The command `node`. Skips the test where it is missing or too old."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed; `make packages` installs it")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.findall(r"[0-9]+", version)[0]) < NODE:
        pytest.skip(f"node {version.strip()} is older than {NODE}")
    return found


@pytest.fixture(scope="module")
def runners(node: str) -> Path:
    """The folder with Vitest and Jest. Skips the test where no registry can be reached."""
    try:
        return install(RUNNERS)
    except subprocess.SubprocessError as error:
        not_installed("npm", f"Vitest and Jest cannot be installed: {error}")


def run(*command: str | Path, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CI": "1", "NO_COLOR": "1", **settings}
    environment.pop("UNDERSTUDY_URL", None)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_the_tests_of_the_helper_pass(node: str, understudy_command: str) -> None:
    tests = sorted((HELPER / "tests").glob("*.test.js"))
    done = run(node, "--test", *tests, folder=HELPER, UNDERSTUDY=understudy_command)

    assert done.returncode == 0, done.stdout
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE)


def test_the_types_are_those_of_the_control_document(packages: Path, tmp_path: Path) -> None:
    script = json.loads((HELPER / "package.json").read_text())["scripts"]["types"].split()
    there = script[script.index("--output") + 1]
    script[script.index("--output") + 1] = str(tmp_path / "control.d.ts")
    made = run(packages / "node_modules" / ".bin" / script[0], *script[1:], folder=HELPER)

    assert made.returncode == 0, made.stderr
    assert (HELPER / there).read_text() == (tmp_path / "control.d.ts").read_text(), "run npm run types in clients/js"


@pytest.mark.long
def test_the_types_take_what_is_right_and_refuse_what_is_wrong(packages: Path) -> None:
    compiled = run(packages / "node_modules" / ".bin" / "tsc", folder=HELPER)

    assert compiled.returncode == 0, compiled.stdout


def test_the_helper_has_no_dependencies_and_the_version_of_the_distribution() -> None:
    described = json.loads((HELPER / "package.json").read_text())

    assert {"dependencies", "peerDependencies", "optionalDependencies"}.isdisjoint(described)
    assert f'version = "{described["version"]}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (
            "use.mjs",
            'import { Mock } from "understudy-testing"; import { redirect } from "understudy-testing/redirect";',
        ),
        (
            "use.cjs",
            'const { Mock } = require("understudy-testing"); const { redirect } = require("understudy-testing/redirect");',
        ),
    ],
    ids=["module", "CommonJS"],
)
@pytest.mark.long
def test_what_is_packed_can_be_installed_and_used(node: str, tmp_path: Path, file: str, code: str) -> None:
    packed = run("npm", "pack", "--json", "--pack-destination", tmp_path, folder=HELPER)
    (found,) = json.loads(packed.stdout)
    names = {each["path"] for each in found["files"]}
    (tmp_path / "package.json").write_text("{}")
    run("npm", "install", "--offline", "--no-audit", "--no-fund", tmp_path / found["filename"], folder=tmp_path)
    (tmp_path / file).write_text(f"{code} console.log(typeof Mock.connect, typeof redirect);")

    assert run(node, file, folder=tmp_path).stdout == "function function\n"
    assert {name.split("/")[0] for name in names} == {"README.md", "package.json", "src", "types"}


@pytest.mark.long
@pytest.mark.parametrize("runner", ["vitest", "jest"])
def test_the_example_passes(runners: Path, understudy_command: str, runner: str) -> None:
    done = run("npm", "run", "--silent", runner, folder=runners, UNDERSTUDY=understudy_command)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Tests:? +[1-9][0-9]* passed", done.stdout + done.stderr)
