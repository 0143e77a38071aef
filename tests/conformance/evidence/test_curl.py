"""The scripts of findings, run by a shell against the same target, reproduce what was found."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Iterator

import pytest
from defects.catalogue import APIS, defects
from defects.proving import Bench, bench
from defects.spoiler import Defect

from understudy.conformance.evidence.curl import script
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.evidence.findings import Verdict
from understudy.conformance.evidence.matchers import names_in
from understudy.conformance.evidence.secrets import Secrets, variable

FOUND = {Verdict.FAIL, Verdict.WARNING}
#: Every so many of an API's defects is looked for and its findings are repeated.
STEP = {"participant-kit": 13, "consent-kit": 13, "prolific": 28, "lookit": 17, "forsta": 17}


@pytest.fixture(scope="module", params=APIS)
def stand(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with bench(request.param) as ready:
        yield ready


def test_a_shell_repeats_what_was_found(stand: Bench) -> None:
    api = stand.contract.api
    differing = []
    count = 0
    for defect in itertools.islice(defects(api), 3, None, STEP[api]):
        for name, wanted, got in repeated(stand, defect):
            count += 1
            if wanted != got:
                differing.append((defect.name, name, wanted, got))

    assert differing == []
    assert count > 3


def repeated(stand: Bench, defect: Defect) -> Iterator[tuple[str, object, object]]:
    """The script of each finding, with what the kit saw and what a shell sees."""
    session = f"shell-{defect.name}"
    stand.spoiler.plant(session, defect)
    run = stand.run(session, defect.breaks)
    for result in run.results():
        if result.verdict in FOUND and result.curl and result.exchanges:
            seen = result.exchanges[-1].reply
            status, _, rest = seen.partition("\n")
            body = rest.partition("\n\n")[2]
            wanted, got = _shape(int(status), body), _played(stand, result.curl)
            if "characters more" in body:
                # A report keeps the beginning of a long reply, which is not JSON.
                wanted, got = (wanted[0], []), (got[0], [])
            yield f"{result.clause}\n{result.curl}", wanted, got


def _played(stand: Bench, shell: str) -> tuple[int, list[str]]:
    environment = {variable(role): token for role, token in stand.tokens.items()}
    roles = [caller["role"] for caller in stand.contract.seed["callers"]]
    environment["TOKEN"] = stand.tokens[roles[0]]
    played = subprocess.run(
        ["bash", "-c", shell], env={**os.environ, **environment}, capture_output=True, timeout=60, check=False
    )
    head, _, body = played.stdout.decode("utf-8", "replace").partition("\r\n\r\n")
    found = re.match(r"HTTP/[\d.]+ (\d+)", head)
    return _shape(int(found[1]), body) if found else (0, [played.stderr.decode()])


def _shape(status: int, body: str) -> tuple[int, list[str]]:
    """What of a reply stays the same when it is asked for again: its status and the names in it."""
    try:
        return status, sorted(names_in(json.loads(body)))
    except ValueError:
        return status, []


def exchange(
    number: int, method: str, url: str, sent: str | None = None, status: int = 200, got: str = "{}"
) -> Exchange:
    body = None if sent is None else sent.encode()
    headers = (("Authorization", "Bearer s3cret-token"), ("Content-Type", "application/json")) if body else ()
    return Exchange(number, Request(method, url, headers, body), Reply(status, (), got.encode()))


def written(*exchanges: Exchange) -> str:
    return script(exchanges[-1:], exchanges, Secrets({"default": "s3cret-token"}), "u1234abcd")


def test_an_id_that_a_step_creates_is_kept_in_a_variable() -> None:
    made = exchange(1, "POST", "http://h/v1/studies", '{"name": "x"}', 201, '{"data": {"id": "stu_abc123"}}')
    shown = written(made, exchange(2, "GET", "http://h/v1/studies/stu_abc123"))

    assert (
        "ID1=$(printf %s \"$REPLY\" | python3 -c \"import json,sys; print(json.load(sys.stdin)['data']['id'])\")"
        in shown
    )
    assert '"http://h/v1/studies/${ID1}"' in shown


def test_a_step_that_has_nothing_to_do_with_the_finding_is_left_out() -> None:
    other = exchange(1, "POST", "http://h/v1/panels", "{}", 201, '{"id": "pan_other1"}')

    assert "panels" not in written(other, exchange(2, "GET", "http://h/v1/studies/stu_abc123"))


def test_the_credential_is_a_variable() -> None:
    shown = written(exchange(1, "POST", "http://h/v1/x", '{"token": "s3cret-token"}'))

    assert "s3cret-token" not in shown
    assert '"Authorization: Bearer $TOKEN"' in shown


def test_the_mark_of_the_run_differs_each_time() -> None:
    shown = written(exchange(1, "POST", "http://h/v1/x", '{"name": "study u1234abcd-7"}'))

    assert shown.startswith("MARK=")
    assert "study ${MARK}-7" in shown


@pytest.mark.parametrize("body", ["it's", 'say "hi"', "$HOME `id` $(id) \\ !!", "new\nline", "\u2603"])
def test_a_shell_reads_a_body_as_it_was_sent(body: str) -> None:
    shown = written(exchange(1, "POST", "http://h/v1/x", f"{body} u1234abcd"))
    command = shown.replace("curl -sS -i", "printf '%s|'", 1)
    played = subprocess.run(["bash", "-c", command], env={"MARK": "m"}, capture_output=True, text=True, check=True)

    assert f"|{body} m" in played.stdout


def test_a_body_that_is_not_text_is_written_as_bytes() -> None:
    sent = Exchange(1, Request("POST", "http://h/x", (), b"\xff\x00a"), Reply(400, (), b""))

    assert r"--data-binary $'\xff\x00\x61'" in script([sent], [sent], Secrets({}), "u1")
