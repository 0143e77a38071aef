"""Generated cases: Schemathesis's phases over the same contract, with its failures reported by clause.

Every reply is validated by the kit's own ResponseValidator as it passes the WsgiTransport; Schemathesis adds the cases,
and the checks that look at more than one reply or at how a case was generated.
"""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, cast
from urllib.parse import unquote

from understudy.conformance.evidence.errors import NoReplyError, OutOfScopeError, PrerequisiteError, RunStoppedError
from understudy.conformance.evidence.exchange import SAFE_METHODS, Exchange, shorten
from understudy.conformance.evidence.findings import Judgement, Outcome
from understudy.conformance.evidence.matchers import Mismatch
from understudy.conformance.http.wsgi_transport import CREDENTIAL, WsgiTransport
from understudy.conformance.judging.scenario_runner import Progress, Run
from understudy.conformance.judging.unprepared.register import not_ours
from understudy.conformance.scope.mapping import GENERATED
from understudy.specs import Contract, Operation
from understudy.specs.reading.references import resolve

#: Cases of the fuzzing phase for one operation, beside those of the coverage phase: ten found the same planted defects.
#: Scenarios of the stateful phase in all.
CASES, STATEFUL_CASES = 5, 20
#: Seconds after which no further case is started.
LONGEST = 120.0
#: Objects made since the last search for cyclic garbage, at which the next one begins.
GARBAGE = 50_000
#: Keywords whose schemas say a part of what a value is.
_BRANCHES = ("allOf", "anyOf", "oneOf")
#: Keywords with which an object may have members that its schema does not name.
_OPEN = frozenset(
    {
        *_BRANCHES,
        *("additionalProperties", "patternProperties", "unevaluatedProperties", "minProperties"),
        *("if", "dependentSchemas"),
    }
)
#: The phase whose cases are a list that is worked off, not drawn one by one.
_LISTED = "coverage"
NAME = "generator"
#: What to do where Schemathesis is missing; it comes with the extra `kit`.
INSTALL = "install it with pip install 'understudy[kit]'"
#: API -> operations that are left to the scenarios: on a real target they cost money, reach people or create objects
#: that cannot be removed.
_RISKY: dict[str, frozenset[str]] = {}


def risky(api: str, *operations: str) -> None:
    """Generate cases for operations only on targets on this machine."""
    _RISKY[api] = frozenset(operations)


def configuration(contract: Contract, seed: int, writes: bool, headers: dict[str, str]) -> dict[str, Any]:
    """Schemathesis's configuration, in the form of its configuration file: deterministic, and without caches."""
    own = {"generation": {"max-examples": CASES}, "extra-data-sources": {"responses": False}}
    return {
        "seed": seed,
        "cache": {"enabled": False},
        "workers": 1,
        "headers": headers,
        "base-url": "http://127.0.0.1/",
        "analysis": {"constants": {"enabled": False}},
        # Each step of shrinking a failure sends a request; the case as found says enough.
        "generation": {"database": "none", "no-shrink": True, "allow-x00": False, "codec": "utf-8"},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in GENERATED}},
        "phases": {
            "examples": {"enabled": True, "extra-data-sources": {"responses": False}},
            "coverage": {
                "enabled": True,
                "extra-data-sources": {"responses": False},
                **({} if writes else {"unexpected-methods": []}),
            },
            "fuzzing": {"enabled": True, **own},
            # Only the contract's own links are followed: they lead from created objects to created objects.
            "stateful": {
                "enabled": writes,
                "generation": {"max-examples": STATEFUL_CASES},
                "max-steps": 4,
                "inference": {"algorithms": []},
            },
        },
    }


def document(contract: Contract, settings: dict[str, str], writes: bool, left_out: Iterable[str]) -> dict[str, Any]:
    """The contract's document for generation: only operations that may be called, with settings in place of examples."""
    selected = deepcopy(contract.document)
    skipped = set(left_out)
    for path, item in list(selected["paths"].items()):
        for method in list(item):
            operation = item[method].get("operationId") if isinstance(item[method], dict) else None
            if operation and (operation in skipped or (contract.operations[operation].writes and not writes)):
                del item[method]
        if not any(isinstance(part, dict) and "operationId" in part for part in item.values()):
            del selected["paths"][path]
    _drop_links(selected)
    _close_bodies(selected)
    for parameter in selected.get("components", {}).get("parameters", {}).values():
        if parameter["name"] in settings:
            parameter["example"] = settings[parameter["name"]]
            parameter["schema"] = {"type": "string", "enum": [settings[parameter["name"]]]}
    return selected


def _close_bodies(document: dict[str, Any]) -> None:
    """Let no object in a body have members that its schema does not name.

    Names and values of any kind, at any depth, take longer to draw than everything else, and say the less. Of a closed
    object Schemathesis makes one case with a member too many, which the contract allows (see `only_narrower`).
    """
    found: dict[int, dict[str, Any]] = {}
    branches: set[int] = set()
    parts = [part for item in document["paths"].values() for part in item.values() if isinstance(part, dict)]
    for body in [resolve(document, part["requestBody"]) for part in parts if "requestBody" in part]:
        for media_type, content in body["content"].items():
            # What a form means by a member that comes once, a value or a list of one, its text does not say.
            if "json" in media_type:
                _gather(document, content.get("schema"), found, branches)
    for place, schema in found.items():
        named = schema.get("properties")
        whole = place not in branches and not _OPEN & schema.keys()
        if named and whole and set(schema.get("required", ())) <= set(named):
            schema["additionalProperties"] = False


def _gather(
    document: dict[str, Any], schema: Any, found: dict[int, dict[str, Any]], branches: set[int], branch: bool = False
) -> None:
    """Note a schema and all below it, and which of them say only a part of what an object is."""
    if not isinstance(schema, dict):
        return
    branch = branch or ("$ref" in schema and bool(_OPEN & schema.keys() or "properties" in schema))
    schema = cast(dict[str, Any], resolve(document, schema))
    if branch:
        branches.add(id(schema))
    if id(schema) in found:
        return
    found[id(schema)] = schema
    for below in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]:
        _gather(document, below, found, branches)
    for word in _BRANCHES:
        for below in schema.get(word, ()):
            _gather(document, below, found, branches, branch=True)


def _with_own_ids(document: dict[str, Any], run: Run) -> None:
    """Make bodies name objects that exist: those of the samples with which an operation succeeds.

    A schema says only that the id of a project is a string; a random one names no project, so nothing would ever be
    created and no link followed.
    """
    ctx = run.context(NAME)
    for item in document["paths"].values():
        for method, part in item.items():
            operation = run.contract.operations.get(part.get("operationId", "")) if isinstance(part, dict) else None
            if operation is None or operation.method != method.upper() or not operation.body:
                continue
            try:
                body = ctx.right(operation).get("body")
            except (PrerequisiteError, OutOfScopeError, NoReplyError):
                continue
            if not isinstance(body, dict):
                continue
            known = {str(value) for value in run.settings.values()} | run.cleanup.made | run.finder.known
            named = {name: value for name, value in body.items() if isinstance(value, str) and value in known}
            for content in part["requestBody"]["content"].values():
                content["schema"] = _naming(document, content["schema"], named)
                content.pop("examples", None)
                content["example"] = body


def _naming(document: dict[str, Any], schema: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """The schema of a body, in which members that name an object are limited to the object of the sample."""
    named = resolve(document, schema)
    if "properties" not in named:
        return schema
    own: dict[str, Any] = deepcopy(dict(named))
    for name, value in values.items():
        if name in own["properties"]:
            own["properties"][name] = {"type": "string", "enum": [value]}
            for example in ("example", "examples"):
                own.pop(example, None)
    return own


def _drop_links(document: dict[str, Any]) -> None:
    """Remove links to operations that were removed."""
    known = {
        part["operationId"]
        for item in document["paths"].values()
        for part in item.values()
        if isinstance(part, dict) and "operationId" in part
    }
    for item in document["paths"].values():
        for part in item.values():
            for reply in part.get("responses", {}).values() if isinstance(part, dict) else ():
                links = reply.get("links", {})
                for name in [name for name, link in links.items() if link.get("operationId") not in known]:
                    del links[name]


def printed(value: Any, inside: bool = False) -> Iterator[str]:
    """Every text in the examples of a document."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from printed(part, inside or name in {"example", "examples"})
    elif isinstance(value, list):
        for part in value:
            yield from printed(part, inside)
    elif inside and isinstance(value, str):
        yield value


def generate(run: Run, progress: Progress) -> None:
    """Send generated cases and record their failures; ends after LONGEST seconds at the latest."""
    wanted = {
        name
        for name in run.clauses
        if any(name in run.mapping.of(aspect) for aspect in (*GENERATED.values(), "reply.*"))
    }
    schemas = {name for clauses in run.mapping.schemas.values() for name in clauses if name in run.clauses}
    if not wanted and not schemas:
        return
    try:
        import schemathesis
    except ImportError:
        raise RunStoppedError(f"generated cases need Schemathesis: {INSTALL}, or leave them out with --quick") from None
    from schemathesis.engine import from_schema
    from schemathesis.engine.events import NonFatalError, PhaseStarted, ScenarioFinished

    def examine(operation: Operation, exchange: Exchange) -> None:
        run.examine(operation, exchange, NAME)

    # A target may hold the very objects that the contract shows in its examples.
    existing = run.finder.known | set(printed(run.contract.document))
    caller = run.credential("default")
    wsgi_transport = WsgiTransport(run.contract, run.client, run.cleanup, examine, caller, existing)
    skipped = () if run.target.local or run.settings.get("spend") == "yes" else _RISKY.get(run.contract.api, ())
    left_out = {*skipped, *run.contract.respelt, *not_ours(run.contract), *run.cleanup.nameless}
    selected = document(run.contract, run.settings, run.profile.writes, left_out)
    if run.profile.writes:
        _with_own_ids(selected, run)
    config = schemathesis.config.SchemathesisConfig.from_dict(
        configuration(run.contract, run.seed, run.profile.writes, {"Authorization": CREDENTIAL})
    )
    schema = schemathesis.openapi.from_dict(selected, config=config)
    schema.app = wsgi_transport

    @schema.hook
    def filter_case(context: Any, case: Any) -> bool:
        # Left out before it is made into a request. The other phases would draw another case in its place.
        listed = case.meta is not None and case.meta.phase.name.value == _LISTED
        return not (
            listed and wsgi_transport.spares(case.method, map(unquote, map(str, case.path_parameters.values())))
        )

    @schema.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        # Left out as soon as it is found, since Schemathesis gives up an operation that has failed.
        if "negative_data_rejection" in failure.checks:
            return not only_narrower(run, case, wsgi_transport.exchanges.get(case.id))
        if "positive_data_acceptance" in failure.checks:
            # Whether a body that fits its schema is accepted depends on the objects it names, which no schema knows.
            return case.method in SAFE_METHODS
        return True

    until = time.monotonic() + LONGEST
    with warnings.catch_warnings(), _collected_rarely():
        warnings.simplefilter("ignore")
        stream = from_schema(schema).execute()
        for event in stream:
            if isinstance(event, PhaseStarted):
                progress.started(f"{NAME}: {event.phase.name.value}", 1, 1)
            elif isinstance(event, NonFatalError):
                remark = f"{NAME}: {event.label}: {event.info.title}: {event.info.message}"
                run.remarks[run.secrets.text(shorten(remark))] = None
            elif isinstance(event, ScenarioFinished):
                _record(run, wsgi_transport, event.recorder)
                wsgi_transport.exchanges.clear()
            if wsgi_transport.failure is not None or time.monotonic() > until:
                stream.stop()
    if wsgi_transport.failure is not None:
        raise wsgi_transport.failure


@contextmanager
def _collected_rarely() -> Iterator[None]:
    """Look for cyclic garbage seldom: generation makes many objects that live long, which every search walks again."""
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _record(run: Run, wsgi_transport: WsgiTransport, recorder: Any) -> None:
    """Record the failures of one Schemathesis scenario as broken judgements of the clauses they are about."""
    for case_id, checks in recorder.checks.items():
        for each in checks:
            info = each.failure_info
            aspect = GENERATED.get(each.name)
            if info is None or aspect is None:
                continue
            shown = wsgi_transport.exchanges.get(info.failure.case_id or case_id) or wsgi_transport.exchanges.get(
                case_id
            )
            if shown is None or shown.status == 599:
                continue
            chain = [
                wsgi_transport.exchanges[case.id]
                for case in recorder.iter_chain_cases(case_id=case_id)
                if case.id in wsgi_transport.exchanges
            ]
            mismatch = Mismatch(
                f"a reply that passes Schemathesis's {each.name}",
                f"{info.failure.title}: {info.failure.message} ({shown.summary})",
            )
            for clause in run.mapping.of(aspect):
                if clause in run.clauses and run.concerns(clause, [shown.request.operation]):
                    evidence = tuple(dict.fromkeys([*chain, shown]))
                    run.record(Judgement(clause, NAME, Outcome.BROKEN, mismatch.expected, mismatch.actual, evidence))


def only_narrower(run: Run, case: Any, exchange: Exchange | None) -> bool:
    """Whether nothing but the body is wrong, and the contract allows it.

    The document for generation is narrower: a body names only the object of the sample, and no member that is not listed.
    """
    wrong = [place.value for place, part in case.meta.components.items() if part.mode.is_negative]
    operation = run.contract.operations.get(exchange.request.operation or "") if exchange else None
    if exchange is None or operation is None or wrong != ["body"]:
        return False
    return run.response_validator.allows(operation, exchange.request)
