"""Who may call: tokens, surveys, verbs and the login that neighbouring services have."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

from understudy.conformance.checks.auth import WRONG
from understudy.conformance.evidence.matchers import answers, refuses_somehow, shows
from understudy.conformance.http.client import Credential
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.table import DATA, columns, keyed_body, respondents_with_key

#: Well-formed calls of reading and of each change, which change nothing wherever they are taken.
NOTHING_TO_DO: dict[str, dict[str, Any]] = {
    "list_respondents": {},
    "read_respondent": {},
    "add_respondents": {"body": {"data": []}},
    "update_respondents": {"body": keyed_body(["respid"], ["respid"])},
    "merge_respondents": {"body": keyed_body(["respid"], ["respid"])},
    "delete_respondents": {"body": keyed_body(["respid"], None, {"respid": 987654321})},
}


@check("FO-002")
def respondents_are_read_with_a_token(ctx: CheckContext) -> None:
    """A well-formed call without a token, or with one that nobody was given, is refused."""
    for name, arguments in NOTHING_TO_DO.items():
        operation = ctx.contract.operations[name]
        if ctx.may(operation):
            ctx.judge("FO-002", ctx.call(operation, role=None, **arguments), refuses_somehow)
            wrong = ctx.call(operation, credential=ctx.run.credential_of(WRONG), **arguments)
            ctx.judge("FO-002", wrong, refuses_somehow)


@check("FO-003", writes=True, roles=("other",))
def a_survey_needs_permission(ctx: CheckContext) -> None:
    """A token without permission for the survey can neither read nor change it."""
    column = columns(ctx)
    for name in ("list_respondents", "read_respondent", "delete_respondents"):
        ctx.judge("FO-003", ctx.call(name, role="other", **NOTHING_TO_DO[name]), refuses_somehow)
    key = ctx.word()
    added = ctx.call("add_respondents", body={"data": [{column.key: key}]}, role="other")
    ctx.judge("FO-003", added, refuses_somehow)
    there = respondents_with_key(ctx, key)
    ctx.holds("FO-003", added, not there, "no respondent added", there)


@check("FO-004")
def an_unknown_survey_is_not_found(ctx: CheckContext) -> None:
    """An unknown survey is refused with 404, or 403, by every operation."""
    nowhere = {"surveyId": "p0000000"}
    for name, arguments in NOTHING_TO_DO.items():
        operation = ctx.contract.operations[name]
        path = {**nowhere, "respId": 1} if name == "read_respondent" else nowhere
        if ctx.may(operation):
            ctx.judge("FO-004", ctx.call(operation, **{**arguments, "path": path}), answers(404, 403))
    adding = ctx.contract.operations["add_user_variable"]
    if ctx.may(adding):
        body = {"name": ctx.word(), "dataType": "text"}
        ctx.judge("FO-004", ctx.call(adding, path=nowhere, body=body), answers(404, 403))


@check("FO-014", writes=True)
def the_collection_has_five_verbs(ctx: CheckContext) -> None:
    """The collection supports GET, POST, PUT, PATCH and DELETE, and no other method."""
    for operation in ("add_respondents", "update_respondents", "merge_respondents", "delete_respondents"):
        ctx.judge("FO-014", ctx.call(operation, body={}), answers(400))
    for method in ("COPY", "PROPFIND"):
        ctx.judge("FO-014", ctx.call(DATA, method=method), answers(405, 501))
    refused = ctx.call(DATA, method="COPY")
    listed = set(re.split(r"[\s,]+", refused.header("allow") or "GET, POST, PUT, PATCH, DELETE"))
    five = {"GET", "POST", "PUT", "PATCH", "DELETE"} <= listed
    ctx.holds("FO-014", refused, five, "five methods in Allow", refused.header("allow"))


@check("FO-163", "FO-164", "FO-165", "FO-166", writes=True)
def a_client_logs_in(ctx: CheckContext) -> None:
    """A form, or Basic authentication, returns a token that the other operations accept; other grant types are refused."""
    form = ctx.right("create_token")["form"]
    logged_in = ctx.call("create_token", form=form)
    ctx.need(logged_in.succeeded, f"the target has no such login: {logged_in.summary}", logged_in)
    wanted = {"expires_in": 3600, "token_type": "Bearer"}
    ctx.judge("FO-163", logged_in, shows(wanted))
    pair = b64encode(f"{form['client_id']}:{form['client_secret']}".encode()).decode()
    rest = {name: value for name, value in form.items() if not name.startswith("client_")}
    basic = ctx.call("create_token", form=rest, credential=Credential("Basic", pair))
    ctx.judge("FO-164", basic, shows(wanted))
    token = logged_in.find("access_token")
    ctx.rely(isinstance(token, str), f"the reply has no access_token: {logged_in.summary}", logged_in)
    used = ctx.call(DATA, query={"pageSize": 1}, credential=ctx.run.credential_of(str(token)))
    ctx.holds("FO-165", (logged_in, used), used.status not in {401}, "a token that is accepted", used.summary)
    ctx.judge("FO-166", ctx.call("create_token", form={**form, "grant_type": "password"}), answers(400))
    ctx.judge("FO-166", ctx.call("create_token", form=rest), answers(401))
