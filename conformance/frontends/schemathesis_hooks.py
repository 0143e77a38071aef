"""Hooks for `schemathesis run`: the kit's validator and clause scenarios under Schemathesis's own command.

    SCHEMATHESIS_HOOKS=understudy.conformance.frontends.schemathesis_hooks \\
    schemathesis run openapi.yaml --url http://… -H 'Authorization: …'

Each reply is validated clause by clause; after all phases, the clause scenarios run against the same address.
Environment variables: UNDERSTUDY_DOCUMENT names the document where it is not one of understudy's own. UNDERSTUDY_TOKEN and
UNDERSTUDY_TOKEN_<ROLE> are the credentials of the scenarios, UNDERSTUDY_WRITES=1 lets them write, UNDERSTUDY_SET and
UNDERSTUDY_HEADERS hold settings and headers (`name=value`, separated by blanks).
"""

from __future__ import annotations

import os
from typing import Any

try:
    import schemathesis
except ModuleNotFoundError:
    raise ImportError("these hooks need Schemathesis: install it with pip install 'understudy[kit]'") from None

from understudy.conformance.evidence.errors import KitError
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.evidence.findings import Report, Verdict
from understudy.conformance.evidence.response_validator import ResponseValidator, Violation
from understudy.conformance.evidence.words import several
from understudy.conformance.frontends.contracts import named
from understudy.conformance.http.target import Target, pairs, roles, tokens
from understudy.conformance.judging.judge import run
from understudy.conformance.scope.mapping import ClauseMapping, mapping
from understudy.conformance.scope.profile import Profile
from understudy.specs import Contract
from understudy.specs.loading import load_readable


def contract_of(title: str) -> Contract | None:
    """The contract of the document that the environment names, else that with the title of the schema under test, if any."""
    document = os.environ.get("UNDERSTUDY_DOCUMENT")
    if document:
        return named(document)
    return next((contract for contract in load_readable()[0] if contract.title == title), None)


@schemathesis.check
class understudy_clauses:
    """Validates each reply by the contract's clauses, and runs the clause scenarios at the end."""

    def __init__(self) -> None:
        self._contract: Contract | None = None
        self._validator: ResponseValidator | None = None
        self._address = ""

    def after_response(self, ctx: Any, response: Any, case: Any) -> None:
        """Fail a reply that breaks a clause."""
        schema = case.operation.schema
        if self._contract is None:
            self._contract = contract_of(schema.raw_schema.get("info", {}).get("title", ""))
            self._address = str(schema.get_base_url()).rstrip("/")
            self._validator = ResponseValidator(self._contract) if self._contract else None
        if self._contract is None or self._validator is None:
            return
        name = case.operation.definition.raw.get("operationId") or f"{case.method.upper()} {case.operation.path}"
        operation = self._contract.operations.get(name)
        if operation is None or case.method.upper() != operation.method:
            return
        clause_mapping = mapping(self._contract)
        broken = []
        for violation in self._validator.examine(operation, exchange_of(response)):
            clauses = _clauses(self._contract, clause_mapping, violation, operation.id)
            if clauses or not violation.extra:
                broken.append(
                    f"{', '.join(clauses) or 'no clause'}: expected {violation.expected}, got {violation.actual}"
                )
        if broken:
            raise AssertionError("\n".join(broken))

    def after_run(self, ctx: Any) -> None:
        """Fail the run if a clause fails."""
        if self._contract is None:
            return
        report = judged(self._contract, self._address)
        failures = [
            f"{each.clause}: expected {each.expected}, got {each.actual}\n{each.curl}"
            for each in report.results
            if each.verdict is Verdict.FAIL
        ]
        if failures:
            raise AssertionError(f"{several(len(failures), 'clause')} failed\n\n" + "\n\n".join(failures))
        beside = [
            f"{each.operation}: expected {each.expected}, got {each.actual}\n{each.curl}" for each in report.unwaived
        ]
        if beside:
            raise AssertionError("\n\n".join(["faults that no clause states", *beside]))


def judged(contract: Contract, address: str) -> Report:
    """The report of the clause scenarios on an address, with credentials and settings from the environment."""
    prefix = contract.prefix or str(contract.document["servers"][0]["url"]).rstrip("/")
    settings = pairs(os.environ.get("UNDERSTUDY_SET", "").split(), "UNDERSTUDY_SET")
    headers = pairs(os.environ.get("UNDERSTUDY_HEADERS", "").split(), "UNDERSTUDY_HEADERS")
    target = Target(
        address.removesuffix(prefix) if prefix else address,
        tokens=tokens([], roles(contract)),
        settings=settings,
        headers=headers,
    )
    profile = Profile(writes=os.environ.get("UNDERSTUDY_WRITES") == "1")
    try:
        return run(contract, target, profile, generate=False)
    except KitError as error:
        raise AssertionError(f"the clause scenarios could not run: {error}") from error


def exchange_of(response: Any) -> Exchange:
    """Schemathesis's response as an exchange."""
    sent = response.request
    headers = tuple((name.lower(), value) for name, values in response.headers.items() for value in values)
    request = Request(str(sent.method), str(sent.url), tuple(sent.headers.items()))
    return Exchange(0, request, Reply(response.status_code, headers, response.content))


def _clauses(contract: Contract, clause_mapping: ClauseMapping, violation: Violation, operation: str) -> list[str]:
    if violation.about == "schema":
        found = clause_mapping.of_member(
            violation.component, violation.member, missing=violation.missing, extra=violation.extra
        )
        found = found or (() if violation.extra else clause_mapping.of("reply.schema"))
    else:
        found = clause_mapping.of(f"reply.{violation.about}")
    known = {clause.id: clause for clause in contract.clauses}
    return [name for name in found if known[name].operations == ("*",) or operation in known[name].operations]
