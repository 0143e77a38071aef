"""Clients as they are installed: curl in every version of HTTP that it speaks, Node's fetch, and Java's own client."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PATIENCE = 60
BODY = {"name": "From a real client", "project_id": "prj_m07wbpskb2ml"}
SESSION = "/_session/real-clients"

JAVA = """
import java.net.URI;
import java.net.http.*;
public class Make {
  public static void main(String[] given) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(given[0] + "/v1/studies"))
        .header("Authorization", "Bearer mock-token").header("Content-Type", "application/json")
        .POST(given[2].equals("chunked")
            ? HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(given[1].getBytes()))
            : HttpRequest.BodyPublishers.ofString(given[1])).build();
    var client = HttpClient.newHttpClient();
    for (int time = 0; time < 2; time++) {
      var reply = client.send(request, HttpResponse.BodyHandlers.ofString());
      System.out.println(reply.statusCode() + " " + reply.body());
    }
  }
}
"""

NODE = """
const [base, body] = process.argv.slice(1);
const headers = { Authorization: "Bearer mock-token", "Content-Type": "application/json" };
const made = await fetch(`${base}/v1/studies`, { method: "POST", headers, body });
const { id } = await made.json();
const lower = await fetch(`${base}/v1/studies/${id}`, { method: "patch", headers, body });
const upper = await fetch(`${base}/v1/studies/${id}`, { method: "PATCH", headers, body });
console.log(JSON.stringify([made.status, lower.status, (await lower.json()).error.message, upper.status]));
"""


def run(*command: str | Path) -> str:
    """What a program prints. Skips the test when it is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout


@pytest.fixture
def base(addresses: Callable[[str], str]) -> str:
    """The address of a server of one API, in a session."""
    return addresses("participant-kit") + SESSION


@pytest.mark.parametrize(
    ("version", "framing"),
    [
        (version, framing)
        for version in ("--http1.0", "--http1.1", "--http2")
        for framing in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"])
        # HTTP/1.0 has no chunks.
        if (version, framing[1:]) != ("--http1.0", ["Transfer-Encoding: chunked"])
    ],
)
def test_curl_sends_a_body_in_every_version(base: str, version: str, framing: list[str]) -> None:
    sent = ["-H", "Authorization: Bearer mock-token", "-H", "Content-Type: application/json", "-d", json.dumps(BODY)]

    said = run("curl", "-s", "--noproxy", "*", version, "-w", "\n%{http_code}", *sent, *framing, f"{base}/v1/studies")

    body, _, status = said.rpartition("\n")
    assert (status, json.loads(body)["name"]) == ("201", BODY["name"])


@pytest.mark.parametrize("framing", [pytest.param("length", marks=pytest.mark.long), "chunked"])
def test_javas_client_asks_for_another_protocol_and_keeps_its_body(base: str, framing: str, tmp_path: Path) -> None:
    (tmp_path / "Make.java").write_text(JAVA)

    said = run("java", tmp_path / "Make.java", base, json.dumps(BODY), framing)

    assert [line.partition(" ")[0] for line in said.splitlines()] == ["201", "201"]
    assert all(json.loads(line.partition(" ")[2])["name"] == BODY["name"] for line in said.splitlines())


def test_fetch_is_told_why_a_method_in_lower_case_is_not_known(base: str) -> None:
    said = run("node", "--input-type=module", "-e", NODE, base, json.dumps(BODY))

    assert json.loads(said) == [201, 405, "The method 'patch' is not known; methods are case-sensitive.", 405]
