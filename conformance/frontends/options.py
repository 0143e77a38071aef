"""What a run is asked to do: by options, else by a target file, else by default."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.http import auth
from understudy.conformance.http.target import Login, Target
from understudy.conformance.judging.judge import LONGEST
from understudy.conformance.scope import target_file
from understudy.conformance.scope.profile import Profile

#: Members of a target that are taken over as they are.
_PLAIN = ("ca", "insecure", "timeout", "rate", "wait", "paths", "parameters", "bodies", "encoding")
#: Fields of a login that the environment may hold.
_CLIENT = {"client_id": "UNDERSTUDY_CLIENT_ID", "client_secret": "UNDERSTUDY_CLIENT_SECRET"}


@dataclass(frozen=True, slots=True)
class Options:
    """One run: what is judged, how, and where the reports go (format -> file)."""

    target: Target
    profile: Profile = field(default_factory=Profile)
    clauses: tuple[str, ...] = ()
    waivers: Path | None = None
    reports: Mapping[str, Path] = field(default_factory=dict)
    seed: int = 1
    quick: bool = False
    fail_fast: bool = False
    limit: float = LONGEST
    later: bool = False


def settled(file: str | Path | None, given: Mapping[str, Any], nowhere: str | None = None) -> Options:
    """What a run does, from the members of a target file and the options that were given, under the same names.

    `given` holds None, or an empty mapping, for an option that was not given. `nowhere` is the address if none is needed.
    Raises UsageError for a file or a value that makes no sense.
    """
    members = target_file.read(file) if file else {}
    for name, value in given.items():
        if name in target_file.MAPPINGS:
            members[name] = target_file.merged(members.get(name) or {}, value or {})
        elif value is not None:
            members[name] = value
    return Options(
        _target(members, nowhere),
        Profile(
            writes=bool(members.get("allow_writes")),
            implied=not members.get("documented_only"),
            strict=bool(members.get("strict")),
            partial=bool(members.get("partial")),
        ),
        tuple(str(clause).upper() for clause in members.get("clauses") or ()),
        Path(members["waivers"]) if members.get("waivers") else None,
        {kind: Path(members[f"report_{kind}"]) for kind in ("json", "junit", "html") if members.get(f"report_{kind}")},
        **{name: members[name] for name in ("seed", "quick", "fail_fast", "limit", "later") if name in members},
    )


def _target(members: Mapping[str, Any], nowhere: str | None) -> Target:
    url = str(members.get("url") or nowhere or "")
    if not url:
        raise UsageError("no address: give --url, or url in the file of --target")
    return Target(
        url,
        tokens=members.get("tokens") or {},
        auth=auth.read(members["auth"]) if members.get("auth") else None,
        login=_login(members.get("login") or {}),
        headers=_texts(members.get("headers") or {}),
        settings=_texts(members.get("settings") or {}),
        **{name: members[name] for name in _PLAIN if members.get(name) is not None},
    )


def _login(members: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Login | None:
    if not members:
        return None
    if "url" not in members:
        raise UsageError("the fields of a login are given, but not its address: give --login, or login.url in the file")
    known = {name: environment[variable] for name, variable in _CLIENT.items() if environment.get(variable)}
    fields = {name: _text(value) for name, value in members.items() if name not in {"url", "basic"}}
    return Login(str(members["url"]), {**known, **fields}, bool(members.get("basic")))


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def bodies(given: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`OPERATION.MEMBER=VALUE` options as members of bodies; a value that is JSON counts as such, any other as text."""
    found: dict[str, dict[str, Any]] = {}
    for text in given:
        place, sign, value = text.partition("=")
        operation, dot, member = place.strip().partition(".")
        if not (sign and dot and operation and member):
            raise UsageError(f"--body {text!r} is not of the form OPERATION.MEMBER=VALUE")
        found.setdefault(operation, {})[member] = target_file.value(value)
    return found
