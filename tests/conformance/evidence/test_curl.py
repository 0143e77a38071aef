"""The scripts of findings, run by a shell against the same target, reproduce what was found."""

from __future__ import annotations

import itertools
import json
import os
import re
import string
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from defects.catalogue import APIS, defects
from defects.proving import Bench, bench
from defects.spoiler import Defect
from hypothesis import example, given, settings
from hypothesis import strategies as st

from understudy.conformance import Profile, Target
from understudy.conformance.evidence.curl import script
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.evidence.findings import Verdict
from understudy.conformance.evidence.matchers import names_in
from understudy.conformance.evidence.secrets import Secrets, basic, variable
from understudy.conformance.http.client import Client, Credential, as_json

FOUND = {Verdict.FAIL, Verdict.WARNING}
#: Every so many of an API's defects is looked for and its findings are repeated.
STEP = {"participant-kit": 13, "consent-kit": 13, "prolific": 28, "lookit": 17, "forsta": 17}
#: The API whose findings are repeated always; the others take a second or more each.
ALWAYS = "participant-kit"


@pytest.fixture(scope="module", params=[pytest.param(api, marks=[pytest.mark.long] * (api != ALWAYS)) for api in APIS])
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
            if re.search(r"… \d+ characters? (before|more)", body):
                # A report keeps a part of a long reply, which is not JSON.
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
        'ID1=$(printf %s "$REPLY" | python3 -c \'import json,sys; print(json.load(sys.stdin)["data"]["id"])\')' in shown
    )
    assert '"http://h/v1/studies/${ID1}"' in shown


def test_a_step_that_has_nothing_to_do_with_the_finding_is_left_out() -> None:
    other = exchange(1, "POST", "http://h/v1/panels", "{}", 201, '{"id": "pan_other1"}')

    assert "panels" not in written(other, exchange(2, "GET", "http://h/v1/studies/stu_abc123"))


def test_a_refused_step_leads_to_what_a_list_shows_after_it() -> None:
    refused = exchange(1, "POST", "http://h/v1/studies", '{"name": "x"}', 400)
    elsewhere = exchange(2, "POST", "http://h/v1/panels", '{"name": "y"}', 400)
    shown = written(refused, elsewhere, exchange(3, "GET", "http://h/v1/studies?page=1"))

    assert shown.count("POST") == 1
    assert "panels" not in shown


def test_a_refused_step_does_not_lead_to_another_refusal() -> None:
    refused = exchange(1, "POST", "http://h/v1/studies", '{"name": "x"}', 400)

    assert written(refused, exchange(2, "POST", "http://h/v1/studies", "{}")).count("curl") == 1


def test_an_id_that_was_there_before_is_no_variable() -> None:
    listed = exchange(1, "GET", "http://h/v1/projects", got='{"data": [{"id": "prj_abc123"}]}')
    made = exchange(
        2, "POST", "http://h/v1/studies", "{}", 201, '{"id": "stu_abc123", "project": {"id": "prj_abc123"}}'
    )
    read = exchange(3, "PUT", "http://h/v1/studies/stu_abc123", '{"project_id": "prj_abc123"}')
    shown = written(listed, made, read)

    assert shown.count("ID1=") == 1
    assert "ID2" not in shown
    assert '"project_id": "prj_abc123"' in shown.replace("\\", "")


def test_a_word_that_is_no_id_is_no_variable() -> None:
    made = exchange(1, "POST", "http://h/v1/studies", "{}", 201, '{"id": "stu_abc123", "status": "active"}')
    shown = written(made, exchange(2, "GET", "http://h/v1/studies/stu_abc123?status=active"))

    assert "status=active" in shown


def test_what_a_reading_shows_is_no_variable() -> None:
    listed = exchange(1, "GET", "http://h/v1/projects", got='{"data": [{"id": "prj_abc123"}]}')
    shown = script([listed, exchange(2, "GET", "http://h/v1/projects/prj_abc123")], [], Secrets({}), "u1234abcd")

    assert "ID1" not in shown
    assert "http://h/v1/projects/prj_abc123" in shown


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

    assert script([sent], [sent], Secrets({}), "u1").startswith(r"printf '\377\000\141' | curl -sS -i -X POST")


# --- what came over the wire is data ----------------------------------------------------------------------------------


class Heard(NamedTuple):
    """What a server was sent, as far as an exchange records it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None


class Listener(ThreadingHTTPServer):
    """Keeps every request and gives the prepared answers in turn."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Listening)
        self.heard: list[Heard] = []
        self.answers: list[tuple[int, bytes]] = []


class _Listening(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Listener

    def _answer(self) -> None:
        length = self.headers.get("Content-Length")
        body = None if length is None else self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        # Every client has these of its own.
        kept = {n: v for n, v in headers.items() if n not in {"host", "content-length", "user-agent", "connection"}}
        self.server.heard.append(Heard(self.command, self.path, kept, body))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, b"{}")
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer

    def log_message(self, *arguments: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    server = Listener()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


#: Texts with which a target may try to leave the quotes of a shell, of Python or of curl.
ATTACKS = (
    "$(touch taken)",
    "`touch taken`",
    "'$(touch taken)'",
    '"; touch taken; "',
    "'; touch taken; '",
    "\ntouch taken\n",
    "\\",
    "!!",
    "!touch",
    "$TOKEN",
    "${TOKEN_OTHER}",
    "$ID1",
    "${MARK}",
    "-o taken",
    "--output=taken",
    "@/etc/passwd",
    "%s%n",
    "']); open('taken','w'); ([\"",
    '"]); open("taken","w"); (["',
    "\r\x1b[201~\x03touch taken\r",
    "\x000\x00",
    "[1-3]",
    "{a,b}",
    "\u202e\u2028\x85é😀",
    "s3cret-token",
    "u1234abcd",
)
HOSTILE = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=4), min_size=1, max_size=4).map("".join)
#: What HTTP can carry in a header.
VALUES = HOSTILE.map(lambda text: re.sub(r"[^\t\x20-\x7e\xa0-\xff]", "", text).strip()).filter(bool)
#: What is left as it is in an address, although some of it should be encoded.
PRINTABLE = string.digits + string.ascii_letters + string.punctuation.replace("?", "")
IDS = st.from_regex(r"[A-Za-z0-9_.-]{6,12}", fullmatch=True) | HOSTILE
#: What a target may have sent, and what is sent to it.
ANYTHING = given(name=HOSTILE, made=IDS, header=VALUES, body=HOSTILE | st.binary(max_size=20), path=HOSTILE)


@pytest.mark.parametrize("shell", ["bash", "sh"])
@ANYTHING
@settings(max_examples=4)
@example(
    name="$(touch taken)", made="stu_abc123", header="$(touch taken)", body="$(touch taken)", path="$(touch taken)"
)
@example(name="'\"`$", made="$(touch taken)x", header="é \xff", body="@/etc/passwd", path="/../[1-3]{a,b}")
@example(name="id", made="u1234abcd", header="$TOKEN s3cret-token", body=b"\xff\x00u1234abcd", path="s3cret-token0")
@example(name="0", made="abc123", header="x", body="abc123 0 \x000\x00 1\x001", path="s3cret-tokenu1234abcd")
def test_a_shell_sends_exactly_what_was_recorded(
    shell: str,
    name: str,
    made: str,
    header: str,
    body: str | bytes,
    path: str,
    listener: Listener,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    _sent_alike(shell, name, made, header, body, path, listener, tmp_path_factory.mktemp("shell"))


@pytest.mark.long
@pytest.mark.parametrize("shell", ["bash", "sh"])
@ANYTHING
def test_a_shell_sends_exactly_what_was_recorded_of_anything(
    shell: str,
    name: str,
    made: str,
    header: str,
    body: str | bytes,
    path: str,
    listener: Listener,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    _sent_alike(shell, name, made, header, body, path, listener, tmp_path_factory.mktemp("shell"))


def _sent_alike(
    shell: str, name: str, made: str, header: str, body: str | bytes, path: str, listener: Listener, place: Path
) -> None:
    address = f"http://127.0.0.1:{listener.server_port}"
    answers = [(201, as_json({name: {"id": made}, "ids": [0, made]})), (200, b"{}")]
    client = Client(
        Target(address, tokens={"default": "s3cret-token", "other": "another-token"}, headers={"X-Tenant": header}),
        Profile(writes=True),
    )
    listener.heard.clear()
    listener.answers = list(answers)
    credential = Credential("Bearer", "s3cret-token")
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
    exchanges = [
        client.send(client.request("POST", "/v1/studies", body=b"{}", credential=credential)),
        client.send(
            client.request(
                "PATCH",
                quote(f"/v1/{path}/{made}", safe=PRINTABLE),
                query={name: made},
                body=raw,
                credential=credential,
            )
        ),
    ]
    client.close()
    recorded = list(listener.heard)
    shown = script(
        exchanges[-1:], exchanges, Secrets({"default": "s3cret-token", "other": "another-token"}), "u1234abcd"
    )

    listener.heard.clear()
    listener.answers = list(answers)
    tokens = {"TOKEN": "s3cret-token", "TOKEN_OTHER": "another-token", "MARK": "u1234abcd"}
    played = subprocess.run(
        [shell, "-c", shown], env={**os.environ, **tokens}, cwd=place, capture_output=True, timeout=30, check=False
    )

    assert played.returncode == 0, (played.stderr, shown)
    assert list(place.iterdir()) == []
    # A write that gave no id to later steps is not needed.
    assert listener.heard == recorded[-len(listener.heard) :]
    assert listener.heard[-1].target == exchanges[-1].request.url.removeprefix(address)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", shown)


@pytest.mark.parametrize("token", ["me:s3cret word", "s3cret-user"])
def test_basic_authentication_is_repeated_with_the_credential_in_its_variable(token: str, listener: Listener) -> None:
    address, value = f"http://127.0.0.1:{listener.server_port}/x", f"Basic {basic(token)}"
    sent = Exchange(1, Request("GET", address, (("Authorization", value),)), Reply(401, (), b""))
    shown = script([sent], [sent], Secrets({"default": token}), "u1234abcd")
    listener.heard.clear()
    subprocess.run(["sh", "-c", shown], env={**os.environ, "TOKEN": token}, check=True, capture_output=True)

    assert token not in shown
    assert basic(token) not in shown
    assert listener.heard[0].headers["authorization"] == value


def test_a_long_body_is_not_an_argument(listener: Listener) -> None:
    sent = exchange(1, "POST", f"http://127.0.0.1:{listener.server_port}/x", '"' + "a $b" * 60_000 + '"', 400)
    listener.heard.clear()
    subprocess.run(
        ["sh"], input=written(sent), env={**os.environ, "TOKEN": "t"}, check=True, text=True, capture_output=True
    )

    assert listener.heard[0].body == sent.request.body
