"""Studies with participants that a check may use up: its own on a mock of ours, elsewhere those that a setting names.

The API has no way to make a submission, so that approving, paying or returning one would act on somebody's work. A mock
of ours lets participants in by its control operations; on other targets `--set submissions=ID,ID` names submissions that
may be used up, and without it the clauses are not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.http.client import as_json
from understudy.conformance.judging.context import CheckContext

#: Participants that a study for a check can take.
PLACES = 9
#: The balance of a workspace for a check, in the smaller unit of its currency.
FUNDS = 1_000_000
WAITING = "AWAITING REVIEW"
NAME_SOME = "name some that may be used up with --set submissions=ID,ID"


def control(ctx: CheckContext) -> str | None:
    """The address of the control operations, if the target is a mock of ours."""

    def find() -> str | None:
        url = ctx.run.target.url
        # A mock of several APIs has each below its own name.
        for root in (url, url.rpartition("/")[0]) if urlsplit(url).path else (url,):
            health = _send(ctx, "GET", f"{root}/_mock/health").json
            served = health.get("apis") if isinstance(health, Mapping) else None
            if isinstance(served, Mapping) and served.get(ctx.contract.api, "").strip("/") == url.removeprefix(
                root
            ).strip("/"):
                return f"{root}/_mock/{ctx.contract.api}"
        return None

    found: str | None = ctx.recall("control", find)
    return found


def act(ctx: CheckContext, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Carry out a control operation of the mock and return its reply."""
    done = _send(ctx, "POST", f"{control(ctx)}/{path}", body or {})
    ctx.rely(done.succeeded, f"{done.label} is not successful: {done.summary}", done)
    return done.json


def _send(ctx: CheckContext, method: str, url: str, body: Mapping[str, Any] | None = None) -> Exchange:
    content = None if body is None else as_json(body)
    headers = [] if body is None else [("Content-Type", "application/json")]
    request = replace(ctx.run.client.request(method, "/", headers=headers, body=content), url=url)
    exchange = ctx.run.client.send(request)
    ctx.exchanges.append(exchange)
    return exchange


def record(ctx: CheckContext, resource: str, name: str) -> Mapping[str, Any]:
    """A record of the mock as it keeps it; empty on other targets."""
    address = control(ctx)
    if address is None:
        return {}
    root = address.removesuffix(f"/{ctx.contract.api}")
    found = _send(ctx, "GET", f"{root}/resources/{ctx.contract.api}/{resource}/{name}").find("record")
    return found if isinstance(found, Mapping) else {}


def enter(ctx: CheckContext, study: str) -> str:
    """Let a participant of the mock into a study and return the id of the submission."""
    study_url = f"studies/{study}/participants"
    came = _send(ctx, "POST", f"{control(ctx)}/{study_url}", {})
    if not came.succeeded:
        newcomer = act(ctx, "participants")["id"]
        return str(act(ctx, study_url, {"participant_id": newcomer})["id"])
    return str(came.at("id"))


def complete(ctx: CheckContext, submission: str, code: str) -> str:
    """Let the participant complete a submission with a code; it then awaits review."""
    act(ctx, f"submissions/{submission}/complete", {"code": code})
    return submission


def named(ctx: CheckContext, status: str) -> list[Any]:
    """The submissions that a setting names, in full, which have a status and which this check has not used yet."""
    ids = [each.strip() for each in ctx.run.settings.get("submissions", "").split(",") if each.strip()]
    used: set[str] = ctx.once("used", set)
    shown = [ctx.call("get_submission", path={"id": each}, fresh=True).json for each in ids if each not in used]
    return [each for each in shown if isinstance(each, Mapping) and each.get("status") == status]
