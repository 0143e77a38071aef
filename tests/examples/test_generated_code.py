"""Generators and linters take the served documents: types compile, clients are complete, nothing is an error."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import generators
import httpx
import pytest
from generators import Body, exemplary, misspelt, printed, schema_of
from packages import PATIENCE

from understudy.mock_server.http.validation_errors import Schemas
from understudy.specs import apis, load
from understudy.specs.reading.references import component_name

pytestmark = pytest.mark.long

KITS = ("participant-kit", "consent-kit")
#: Reads types that belong to an operation out of what openapi-typescript writes.
TYPES = """
type Content<T> = T extends { content: infer C } ? C[keyof C] : never;
type Request<O extends keyof operations> = Content<NonNullable<operations[O]["requestBody"]>>;
type Reply<O extends keyof operations, S extends keyof operations[O]["responses"]> =
  Content<operations[O]["responses"][S]>;
"""
COMPILER = {
    "strict": True,
    "noEmit": True,
    "skipDefaultLibCheck": True,
    "target": "es2022",
    "lib": ["es2022", "dom", "dom.iterable"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": [],
}


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.fixture(scope="module")
def node() -> Path:
    return generators.npm_folder()


@pytest.fixture(scope="module")
def python() -> Path:
    return generators.python_folder()


@pytest.fixture(scope="module")
def documents(mock_address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the served document of each API, `NAME.json`."""
    folder = tmp_path_factory.mktemp("documents")
    for api in apis():
        (folder / f"{api}.json").write_text(httpx.get(f"{mock_address}/_mock/openapi/{api}.json").text)
    return folder


@cache
def bodies(api: str) -> list[Body]:
    return [*printed(api), *exemplary(load(api))]


def type_of(operation: str, part: str) -> str:
    return f'Request<"{operation}">' if part == "request" else f'Reply<"{operation}", {part}>'


def right(api: str) -> list[str]:
    """Every body that is printed, with its type."""
    return [
        f'import type {{ operations }} from "./{api}";',
        TYPES,
        *(
            f"export const body{number}: {type_of(operation, part)} = {json.dumps(body)};"
            for number, (operation, part, body) in enumerate(bodies(api))
        ),
    ]


def wrong(api: str) -> list[str]:
    """The same bodies with a misspelt member, each of which the compiler has to refuse."""
    contract = load(api)
    return [
        f'import type {{ operations }} from "./{api}";',
        TYPES,
        *(
            f"// @ts-expect-error\nexport const body{number}_{place}: {type_of(operation, part)} = {json.dumps(each)};"
            for number, (operation, part, body) in enumerate(bodies(api))
            for place, each in enumerate(misspelt(contract, schema_of(contract, operation, part), body))
        ),
    ]


def fetched(api: str) -> list[str]:
    """Every request as a call of openapi-fetch, and those that it has to refuse."""
    contract = load(api)
    lines = [f'import createClient from "openapi-fetch";\nimport type {{ paths }} from "./{api}";']
    lines.append('const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8000" });')
    for name, part, body in bodies(api):
        operation = contract.operations[name]
        if part != "request":
            continue
        path = dict.fromkeys(operation.path_parameters, "x")
        options: dict[str, Any] = {"params": {"path": path}} if path else {}
        for prefix, each in [("", body), *(("// @ts-expect-error\n", one) for one in wrong_ones(api, name, body))]:
            call = json.dumps({**options, "body": each})
            lines.append(f'{prefix}client.{operation.method}("{operation.path}", {call});')
    return lines


def wrong_ones(api: str, operation: str, body: Any) -> list[Any]:
    """Misspelt bodies that lack a required member: openapi-fetch does not look for members that are too much."""
    contract = load(api)
    schema = schema_of(contract, operation, "request")
    validator = Schemas(contract.uri, contract.schemas).compile(schema)
    return [each for each in misspelt(contract, schema, body) if not validator.is_valid(each)]


#: Queries of a list of the Kits, whose page is a number or any text.
QUERIES = ("{ limit: 2, page: 2 }", '{ limit: "2", page: "x" }', "{ page: 2 }")


def paged(api: str) -> list[str]:
    """Calls of openapi-fetch for a page of a Kit."""
    return [
        f'import createClient from "openapi-fetch";\nimport type {{ paths }} from "./{api}";',
        'const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8000" });',
        *(f'client.GET("/v1/projects", {{ params: {{ query: {query} }} }});' for query in QUERIES),
        '// @ts-expect-error\nclient.GET("/v1/projects", { params: { query: { pages: 2 } } });',
    ]


#: What is compiled of every API: a part of a file's name, and what writes its lines.
SOURCES: dict[str, Callable[[str], list[str]]] = {"bodies": right, "wrong": wrong, "fetch": fetched, "page": paged}


def test_what_is_right_compiles_and_what_is_misspelt_does_not(node: Path, documents: Path) -> None:
    """One test of all APIs: most of what a compiler does is to start, and to read its own libraries."""
    (documents / "node_modules").symlink_to(node / "node_modules")
    named = {api: {"root": f"{api}.json", "x-openapi-ts": {"output": f"{api}.d.ts"}} for api in apis()}
    (documents / "redocly.yaml").write_text(json.dumps({"apis": named}))
    made = run(node / "node_modules" / ".bin" / "openapi-typescript", folder=documents)
    assert made.returncode == 0, made.stderr

    names = [f"{api}-{kind}.ts" for kind in SOURCES for api in (KITS if kind == "page" else apis())]
    for name in names:
        api, _, kind = name.removesuffix(".ts").rpartition("-")
        (documents / name).write_text("\n".join(SOURCES[kind](api)))
    (documents / "tsconfig.json").write_text(json.dumps({"compilerOptions": COMPILER, "files": names}))
    compiled = run(node / "node_modules" / ".bin" / "tsc", "--project", "tsconfig.json", folder=documents)

    assert all(len(wrong(api)) > 20 for api in apis())
    assert (compiled.stdout, compiled.returncode) == ("", 0)


@pytest.mark.parametrize("api", KITS)
def test_openapi_fetch_reads_a_page_of_the_kits(node: Path, tmp_path: Path, api: str, mock_address: str) -> None:
    (tmp_path / "node_modules").symlink_to(node / "node_modules")
    script = (
        'import createClient from "openapi-fetch";\n'
        f"const client = createClient({{ baseUrl: '{mock_address}/{api}', "
        "headers: { Authorization: 'Bearer mock-token' } });\n"
        f"const reply = await client.GET('/v1/projects', {{ params: {{ query: {QUERIES[0]} }} }});\n"
        "console.log(reply.data.data.length);\n"
    )
    (tmp_path / "page.mjs").write_text(script)

    assert run("node", "page.mjs", folder=tmp_path).stdout == "2\n"


def test_spectral_finds_no_error(node: Path, documents: Path) -> None:
    (documents / "spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    command = [node / "node_modules" / ".bin" / "spectral", "lint", "--ruleset", "spectral.yaml"]

    linted = run(
        *[*command, "--fail-severity", "error", "--display-only-failures"],
        *(f"{api}.json" for api in apis()),
        folder=documents,
    )

    assert linted.returncode == 0, linted.stdout


def test_redocly_finds_no_error(node: Path, documents: Path) -> None:
    # Paths are the vendor's own, with their last slash.
    command = [node / "node_modules" / ".bin" / "redocly", "lint", "--extends", "recommended"]
    linted = run(
        *[*command, "--skip-rule", "no-path-trailing-slash"], *(f"{api}.json" for api in apis()), folder=documents
    )

    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert linted.stderr.count(": validated in ") == len(apis())


#: Reads bodies with the models of a client that openapi-python-client made, and writes them again.
ROUND_TRIP = """
import importlib, json, sys
models = importlib.import_module(f"{sys.argv[1]}.models")
for name, body in json.load(open(sys.argv[2])):
    again = getattr(models, name).from_dict(body).to_dict()
    assert again == body, (name, body, again)
print("the same")
"""


@pytest.mark.parametrize("api", apis())
def test_openapi_python_client_drops_nothing(python: Path, documents: Path, tmp_path: Path, api: str) -> None:
    (tmp_path / "settings.yaml").write_text("post_hooks: []\n")
    package = f"client_{api.replace('-', '_')}"
    made = run(
        *[python / "bin" / "openapi-python-client", "generate", "--path", documents / f"{api}.json", "--meta", "none"],
        *["--config", tmp_path / "settings.yaml", "--output-path", tmp_path / package, "--fail-on-warning"],
        folder=tmp_path,
    )
    assert made.returncode == 0, made.stdout + made.stderr

    modules = {file.stem for file in (tmp_path / package / "api").glob("*/*.py")}
    assert set(load(api).operations) <= modules
    (tmp_path / "bodies.json").write_text(json.dumps(named_requests(api)))
    again = run(python / "bin" / "python", "-c", ROUND_TRIP, package, "bodies.json", folder=tmp_path)
    assert again.stdout == "the same\n", again.stderr


def named_requests(api: str) -> list[tuple[str, Any]]:
    """The requests whose schema is one object, by its name."""
    contract = load(api)
    found = []
    for operation, part, body in bodies(api):
        if part != "request":
            continue
        name = component_name(schema_of(contract, operation, part)["$ref"])
        if "oneOf" not in contract.schemas["components"]["schemas"][name]:
            found.append((name, body))
    return found


#: Validates bodies with the models that datamodel-code-generator made, and refuses those that lack a required member.
VALIDATED = """
import importlib, json, sys
models = importlib.import_module(sys.argv[1])
for name, body, right in json.load(open(sys.argv[2])):
    try:
        getattr(models, name).model_validate(body)
    except ValueError as error:
        assert not right, (name, body, error)
    else:
        assert right, (name, body)
print("as expected")
"""


@pytest.mark.parametrize("api", apis())
def test_datamodel_code_generator_names_every_model(python: Path, documents: Path, tmp_path: Path, api: str) -> None:
    module = f"models_{api.replace('-', '_')}"
    made = run(
        *[python / "bin" / "datamodel-codegen", "--input", documents / f"{api}.json", "--input-file-type", "openapi"],
        *[
            "--output-model-type",
            "pydantic_v2.BaseModel",
            "--formatters",
            "builtin",
            "--output",
            tmp_path / f"{module}.py",
        ],
        folder=tmp_path,
    )
    assert made.returncode == 0, made.stderr

    assert re.findall(r"^class \w*[0-9]\(", (tmp_path / f"{module}.py").read_text(), re.MULTILINE) == []
    contract = load(api)
    cases = []
    for name, body in named_requests(api):
        cases.append((name, body, True))
        cases += [
            (name, {f"{key}_" if key == member else key: each for key, each in body.items()}, False)
            for member in contract.required(contract.schemas["components"]["schemas"][name])
        ]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    judged = run(python / "bin" / "python", "-c", VALIDATED, module, "cases.json", folder=tmp_path)
    assert judged.stdout == "as expected\n", judged.stderr
