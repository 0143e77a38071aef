"""The wheel, installed beside a project that has packages called `specs`, `mock_server`, `conformance` and `tests`.

The fresh environment sees the dependencies of the running one by a `.pth` file: that needs no index and no download.
The running environment's own installation of understudy stays hidden, because `.pth` files in a folder that was itself
added by one are not read, and the environment's own distributions come first.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import threading
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
#: What the build reads.
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "src", "specs", "mock_server", "conformance")
#: Packages of the project that understudy is installed beside.
OWN = ("specs", "mock_server", "conformance", "tests")
PATIENCE = 180

TEST_OWN = """
import conformance, mock_server, specs, tests

def test_own_packages():
    assert [each.OWNER for each in (conformance, mock_server, specs, tests)] == ["project"] * 4
"""
TEST_MOCK = """
import understudy as package

def test_mock(understudy):
    assert understudy.client("consent-kit").get("/v1/projects").status_code == 200
    assert "site-packages" in package.__file__
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources, so that the build leaves nothing in them."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source)
    _run(sys.executable, *["-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir"], out, source)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of a fresh environment with the wheel."""
    folder = tmp_path_factory.mktemp("environment")
    builder = venv.EnvBuilder()
    scripts = Path(builder.ensure_directories(folder).bin_path)
    builder.create(folder)
    _run(sys.executable, "-m", "pip", "--python", scripts / "python", "install", "--no-deps", "--no-index", wheel)
    own = next(folder.glob("lib/python*/site-packages"))
    visible = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (own / "dependencies.pth").write_text("\n".join(visible))
    return scripts


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with packages that are called like ours."""
    folder = tmp_path_factory.mktemp("project")
    for name in OWN:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text('OWNER = "project"\n')
    (folder / "tests" / "test_own.py").write_text(TEST_OWN)
    (folder / "tests" / "test_mock.py").write_text(TEST_MOCK)
    return folder


def test_the_wheel_installs_one_package_with_its_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    metadata = next(name.partition("/")[0] for name in names if name.endswith("/METADATA"))

    assert {name.partition("/")[0] for name in names} == {"understudy", metadata}
    assert f"{metadata}/licenses/LICENSE" in names
    assert _data(names) == {
        str(Path("understudy", path.relative_to(ROOT)))
        for package in ("specs", "mock_server", "conformance")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } | {f"understudy/{path.name}" for path in (ROOT / "src" / "understudy").iterdir() if path.is_file()}


def test_the_projects_own_tests_and_the_fixture_run(scripts: Path, project: Path) -> None:
    run = _run(scripts / "python", "-m", "pytest", "-p", "no:cacheprovider", "-v", folder=project)

    assert "tests/test_own.py::test_own_packages PASSED" in run
    assert "tests/test_mock.py::test_mock PASSED" in run
    assert "2 passed" in run


def test_the_package_is_run_as_a_module(scripts: Path, project: Path) -> None:
    listed = _run(scripts / "python", "-m", "understudy", "apis", folder=project)
    usage = _run(scripts / "python", "-m", "understudy", "--help", folder=project)

    assert listed.startswith("consent-kit")
    assert usage.split()[:3] == ["Usage:", "understudy", "[OPTIONS]"]


def test_the_command_serves_and_checks(scripts: Path, project: Path) -> None:
    with _served(scripts, project) as address:
        headers = {"Authorization": "Bearer mock-token"}
        status = httpx.get(f"{address}/v1/projects", headers=headers, trust_env=False).status_code
        report = _run(
            *(scripts / "understudy", "check", "consent-kit", "--url", address, "--token", "mock-token", "--quick"),
            folder=project,
        )

    assert status == 200
    assert "Consent Kit" in report


def _data(names: list[str]) -> set[str]:
    return {name for name in names if name.startswith("understudy/")}


def _environment() -> dict[str, str]:
    """Of the environment, what does not lead to the sources."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHONPATH", "PYTEST_"))}


def _run(*command: str | Path, folder: Path | None = None) -> str:
    run = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@contextmanager
def _served(scripts: Path, folder: Path) -> Iterator[str]:
    """The address of `understudy serve consent-kit`, once it has said that it is ready."""
    process = subprocess.Popen(
        [scripts / "understudy", "serve", "consent-kit", "--port", "0"],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    reader = threading.Thread(target=lambda out: [lines.put(line) for line in out], args=[process.stdout], daemon=True)
    reader.start()
    try:
        ready, _, address = lines.get(timeout=PATIENCE).partition(" ")
        assert ready == "ready"
        yield address.strip()
    finally:
        process.terminate()
        process.wait(PATIENCE)
        reader.join()
        process.stdout.close()
