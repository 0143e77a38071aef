"""Generated cases: Schemathesis's phases over the same contract, its failures told by clause.

Every reply is held against the contract by the kit's own oracle (see there) as it passes the gate; what Schemathesis
adds are the cases, and the checks that look at more than one reply or at how a case was made.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from understudy.conformance.evidence.errors import NoReplyError, OutOfScopeError, PrerequisiteError, RunStoppedError
from understudy.conformance.evidence.exchange import Exchange, parse, shorten
from understudy.conformance.evidence.findings import Judgement, Outcome
from understudy.conformance.evidence.matchers import Mismatch
from understudy.conformance.http.wsgi_transport import WsgiTransport
from understudy.conformance.judging.progress import Progress
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import Contract, Operation
from understudy.specs.reading.references import resolve

#: Cases of the fuzzing phase for one operation; walks of the stateful phase in all.
CASES, WALKS = 10, 20
#: Seconds after which no further case is begun.
LONGEST = 120.0
NAME = "generator"
#: Schemathesis's check -> the aspect that `rules/<api>.yaml` maps to clauses. Its `ignored_auth` sends requests again in
#: a way that an application in place of an address cannot take; the scenarios call every operation without a credential.
ASPECTS = {
    "negative_data_rejection": "generated.bad-data-accepted",
    "positive_data_acceptance": "generated.good-data-refused",
    "use_after_free": "generated.use-after-free",
    "ensure_resource_availability": "generated.not-available",
    "unsupported_method": "generated.unsupported-method",
    "missing_required_header": "generated.missing-header",
    "response_headers_conformance": "generated.reply-headers",
}
#: API -> operations that are left to the scenarios: on a target of somebody's they cost money, reach people or leave
#: behind what nobody can remove.
_RISKY: dict[str, frozenset[str]] = {}


def risky(api: str, *operations: str) -> None:
    """Have operations generated on this machine's targets alone."""
    _RISKY[api] = frozenset(operations)


def configuration(contract: Contract, seed: int, writes: bool, headers: dict[str, str]) -> dict[str, Any]:
    """Schemathesis's configuration, as its file would have it: deterministic, and without caches of its own."""
    own = {"generation": {"max-examples": CASES}, "extra-data-sources": {"responses": False}}
    return {
        "seed": seed,
        "cache": {"enabled": False},
        "workers": 1,
        "headers": headers,
        "base-url": "http://127.0.0.1/",
        "analysis": {"constants": {"enabled": False}},
        # Shrinking a failure sends a request a step; the case as found tells enough.
        "generation": {"database": "none", "no-shrink": True, "allow-x00": False, "codec": "utf-8"},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in ASPECTS}},
        "phases": {
            "examples": {"enabled": True, "extra-data-sources": {"responses": False}},
            "coverage": {
                "enabled": True,
                "extra-data-sources": {"responses": False},
                **({} if writes else {"unexpected-methods": []}),
            },
            "fuzzing": {"enabled": True, **own},
            # Only the contract's own links are followed: they lead from what was made to what was made.
            "stateful": {
                "enabled": writes,
                "generation": {"max-examples": WALKS},
                "max-steps": 4,
                "inference": {"algorithms": []},
            },
        },
        # Whether a body that fits its schema is accepted depends on what it names: the scenarios know, a schema does not.
        "operations": [
            {
                "include-method": ["POST", "PUT", "PATCH", "DELETE"],
                "checks": {"positive_data_acceptance": {"enabled": False}},
            }
        ],
    }


def document(contract: Contract, settings: dict[str, str], writes: bool, left_out: Iterable[str]) -> dict[str, Any]:
    """The contract's document as it is generated from: operations that may be called, settings in place of examples."""
    told = deepcopy(contract.document)
    skipped = set(left_out)
    for path, item in list(told["paths"].items()):
        for method in list(item):
            operation = item[method].get("operationId") if isinstance(item[method], dict) else None
            if operation and (operation in skipped or (contract.operations[operation].writes and not writes)):
                del item[method]
        if not any(isinstance(part, dict) and "operationId" in part for part in item.values()):
            del told["paths"][path]
    _drop_links(told)
    for parameter in told.get("components", {}).get("parameters", {}).values():
        if parameter["name"] in settings:
            parameter["example"] = settings[parameter["name"]]
            parameter["schema"] = {"type": "string", "enum": [settings[parameter["name"]]]}
    return told


#: Operation -> members of its body that may have just one value, which is narrower than the contract.
Narrowed = dict[str, dict[str, str]]


def _with_own_ids(told: dict[str, Any], run: Run) -> Narrowed:
    """Have bodies name objects that are there: those with which the scenarios know an operation to succeed.

    A schema says only that a project is named by some text; drawn at random it names none, nothing is ever made, and
    no link is followed.
    """
    ctx = run.context(NAME)
    narrowed: Narrowed = {}
    for item in told["paths"].values():
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
            known = {str(value) for value in run.settings.values()} | run.cleanup.made | run.places.known
            named = {name: value for name, value in body.items() if isinstance(value, str) and value in known}
            narrowed[operation.id] = named
            for content in part["requestBody"]["content"].values():
                content["schema"] = _naming(told, content["schema"], named)
                content.pop("examples", None)
                content["example"] = body
    return narrowed


def _naming(told: dict[str, Any], schema: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """The schema of a body in which members that name an object may name just the one that the sample names."""
    named = resolve(told, schema)
    if "properties" not in named:
        return schema
    own: dict[str, Any] = deepcopy(dict(named))
    for name, value in values.items():
        if name in own["properties"]:
            own["properties"][name] = {"type": "string", "enum": [value]}
            for example in ("example", "examples"):
                own.pop(example, None)
    return own


def _drop_links(told: dict[str, Any]) -> None:
    """Take away links to operations that are no longer there."""
    known = {
        part["operationId"]
        for item in told["paths"].values()
        for part in item.values()
        if isinstance(part, dict) and "operationId" in part
    }
    for item in told["paths"].values():
        for part in item.values():
            for reply in part.get("responses", {}).values() if isinstance(part, dict) else ():
                links = reply.get("links", {})
                for name in [name for name, link in links.items() if link.get("operationId") not in known]:
                    del links[name]


def generate(run: Run, progress: Progress) -> None:
    """Send generated cases and record what they show; ends by itself, at the latest after LONGEST seconds."""
    wanted = {
        name for name in run.clauses if any(name in run.mapping.of(aspect) for aspect in (*ASPECTS.values(), "reply.*"))
    }
    schemas = {name for clauses in run.mapping.schemas.values() for name in clauses if name in run.clauses}
    if not wanted and not schemas:
        return
    try:
        import schemathesis
    except ImportError:
        raise RunStoppedError(
            "generated cases need Schemathesis: install understudy[kit], or leave them out with --quick"
        ) from None
    from schemathesis.engine import from_schema
    from schemathesis.engine.events import NonFatalError, PhaseStarted, ScenarioFinished

    def examine(operation: Operation, exchange: Exchange) -> None:
        run.examine(operation, exchange, NAME)

    wsgi_transport = WsgiTransport(run.contract, run.client, run.cleanup, examine)
    credential = run.credential("default")
    headers = {"Authorization": f"{credential.scheme} {credential.token}"} if credential else {}
    skipped = () if run.target.local or run.settings.get("spend") == "yes" else _RISKY.get(run.contract.api, ())
    told = document(run.contract, run.settings, run.profile.writes, skipped)
    narrowed = _with_own_ids(told, run) if run.profile.writes else {}
    config = schemathesis.config.SchemathesisConfig.from_dict(
        configuration(run.contract, run.seed, run.profile.writes, headers)
    )
    schema = schemathesis.openapi.from_dict(told, config=config)
    schema.app = wsgi_transport
    until = time.monotonic() + LONGEST
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = from_schema(schema).execute()
        for event in stream:
            if isinstance(event, PhaseStarted):
                progress.started(f"{NAME}: {event.phase.name.value}", 1, 1)
            elif isinstance(event, NonFatalError):
                told_error = f"{NAME}: {event.label}: {event.info.title}: {event.info.message}"
                run.remarks[run.secrets.text(shorten(told_error))] = None
            elif isinstance(event, ScenarioFinished):
                _record(run, wsgi_transport, event.recorder, narrowed)
            if wsgi_transport.failure is not None or time.monotonic() > until:
                stream.stop()
    if isinstance(wsgi_transport.failure, RunStoppedError):
        raise wsgi_transport.failure


def _record(run: Run, wsgi_transport: WsgiTransport, recorder: Any, narrowed: Narrowed) -> None:
    """Turn the failures of one scenario into broken judgements of the clauses they speak of."""
    for case_id, checks in recorder.checks.items():
        for each in checks:
            info = each.failure_info
            aspect = ASPECTS.get(each.name)
            if info is None or aspect is None:
                continue
            shown = wsgi_transport.exchanges.get(info.failure.case_id or case_id) or wsgi_transport.exchanges.get(
                case_id
            )
            if shown is None or shown.status == 599:
                continue
            if each.name == "negative_data_rejection" and _fits(run, shown, narrowed):
                continue
            chain = [
                wsgi_transport.exchanges[case.id]
                for case in recorder.iter_chain_cases(case_id=case_id)
                if case.id in wsgi_transport.exchanges
            ]
            mismatch = Mismatch(
                f"a reply that passes Schemathesis's {each.name}",
                f"{info.failure.title}: {info.failure.message} ({shown.shortly})",
            )
            for clause in run.mapping.of(aspect):
                if clause in run.clauses and run.speaks_of(clause, [shown.request.operation]):
                    evidence = tuple(dict.fromkeys([*chain, shown]))
                    run.record(Judgement(clause, NAME, Outcome.BROKEN, mismatch.expected, mismatch.actual, evidence))


def _fits(run: Run, exchange: Exchange, narrowed: Narrowed) -> bool:
    """Whether a body is wrong only in that it names another object than the sample: the contract allows that."""
    name = exchange.request.operation or ""
    body, _ = parse(exchange.request.body or b"")
    named = narrowed.get(name, {})
    departs = isinstance(body, dict) and any(body.get(member) != value for member, value in named.items())
    return departs and run.response_validator.allows(run.contract.operations[name], exchange.request)
