"""Public clients of Prolific, installed as they are and pointed at the mock; skipped where no index can be reached."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import running
from packages import not_installed
from prolific_play import REDS, STUDY, WORKSPACE

from understudy.mock_server import create_app

pytestmark = pytest.mark.long

#: Seconds for an installation; where there is no package index it fails at once.
PATIENCE = 120

#: A client of its own description of the API, generated: it reads each reply into typed objects.
PYROLIFIC = """
import json, sys
from pyrolific import AuthenticatedClient
from pyrolific.api.studies import get_studies, get_study, get_study_cost, get_study_submissions
from pyrolific.api.users import get_user
from pyrolific.api.workspaces import get_workspaces, get_workspace_balance
url, study, workspace, other = sys.argv[1:5]
client = AuthenticatedClient(base_url=url, token="mock-token", prefix="Token", raise_on_unexpected_status=True)
more = {"client": client, "authorization": "Token mock-token"}
cost = get_study_cost.sync(study, **more)
found = get_study_submissions.sync(other, **more)
print(json.dumps({
    "name": get_study.sync(study, **more).name,
    "studies": len(get_studies.sync(**more).results),
    "cost": sum(getattr(cost.rewards, each).amount for each in ("rewards", "fees", "tax")),
    "statuses": sorted({str(each.status.value) for each in found.results}),
    "email": get_user.sync(**more).email,
    "workspaces": len(get_workspaces.sync(**more).results),
    "currency": get_workspace_balance.sync(workspace, **more).currency_code,
}))
"""

#: A client for crowd work, read from its file, since the rest of its package needs a server of its own.
POTATO = """
import importlib.util, json, sys
from pathlib import Path
url, workspace = sys.argv[1:3]
place = next(Path(entry) / "potato/crowdsourcing/prolific_api.py" for entry in sys.path
             if (Path(entry) / "potato/crowdsourcing/prolific_api.py").is_file())
spec = importlib.util.spec_from_file_location("prolific_api", place)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
client = module.ProlificClient("mock-token", base_url=url + "/api/v1")
code = {"code": "C1", "code_type": "COMPLETED", "actor": "participant", "actions": [{"action": "MANUALLY_REVIEW"}]}
draft = client.create_study({"name": "Labels", "description": "Label them.", "external_study_url": "https://a.example/",
    "prolific_id_option": "url_parameters", "completion_codes": [code], "total_available_places": 2,
    "estimated_completion_time": 5, "reward": 100})
published = client.publish_study(draft["id"])
more = client.increase_places(draft["id"], 3)
out = {"completion_option": draft["completion_option"], "published": published["status"],
       "cost": sorted(client.study_cost(draft["id"])), "events": len(client.list_hook_event_types()["results"]),
       "paused": client.pause_study(draft["id"])["status"], "stopped": client.stop_study(draft["id"])["status"],
       "balance": client.workspace_balance(workspace)["currency_code"]}
print(json.dumps(out))
"""

#: A client with the address of the live API in each call; its one `completion_code` is older than the source.
AUTORA = """
import contextlib, io, json, sys, time
import requests
from autora.experiment_runner.recruitment_manager import prolific
here, other = sys.argv[1:3]
send, codes, refused = requests.Session.request, [], []
def redirected(self, method, url, **more):
    if "completion_code" in (more.get("json") or {}):
        more["json"] = {**more["json"], **dict(codes)}
    reply = send(self, method, url.replace("https://api.prolific.com", here), **more)
    refused.extend([reply.text] if reply.status_code >= 400 else [])
    return reply
def named(seconds):
    code = {"code": "C1", "code_type": "COMPLETED", "actions": [{"action": "MANUALLY_REVIEW"}]}
    codes.append(("completion_codes", [code]))
requests.Session.request, time.sleep = redirected, named
with contextlib.redirect_stdout(io.StringIO()):
    made = prolific.setup_study("Words", "Read them.", "https://a.example/", 5, "mock-token", reward=100,
                                total_available_places=3)["id"]
    out = {"published": prolific.publish_study(made, "mock-token")["status"],
           "paused": prolific.pause_study(made, "mock-token")["status"],
           "started": prolific.start_study(made, "mock-token")["status"],
           "status": prolific.check_prolific_status(made, "mock-token"),
           "finished": prolific.check_prolific_status(other, "mock-token")["number_of_submissions_finished"],
           "incomplete": len(prolific.get_submissions_incompleted(made, "mock-token")), "refused": refused}
print(json.dumps(out))
"""

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A throw-away environment for clients."""
    folder = tmp_path_factory.mktemp("clients")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=PATIENCE)
    return folder


@pytest.fixture
def installed(environment: Path) -> Client:
    """Installs a package, with all that it needs or with one other alone, and runs a script whose last line is JSON."""

    def run(package: str, script: str, *arguments: str, alone_with: str = "") -> Any:
        python = environment / "bin" / "python"
        pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--retries", "0"]
        commands = [[*pip, alone_with], [*pip, "--no-deps", package]] if alone_with else [[*pip, package]]
        try:
            for command in commands:
                subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
        except subprocess.SubprocessError as error:
            not_installed("pip", f"{package} cannot be installed: {error}")
        alone = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        done = subprocess.run(
            [str(python), "-c", script, *arguments], capture_output=True, text=True, timeout=PATIENCE, env=alone
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    with running(create_app(["prolific"], later=getattr(request, "param", False))) as url:
        yield url


def test_pyrolific_reads_every_reply(installed: Client, address: str) -> None:
    seen = installed("pyrolific==1.5.1", PYROLIFIC, address, STUDY, WORKSPACE, REDS)
    with httpx.Client(base_url=address, headers={"Authorization": "Token mock-token"}) as client:
        study = client.get(f"/api/v1/studies/{STUDY}/").json()

    assert (seen["name"], seen["email"]) == (study["name"], "rosa.okafor@example.com")
    assert seen["cost"] > 0
    # It takes the printed slip TIME-OUT for the name of that status, so that it reads no list with a TIMED-OUT in it.
    assert seen["statuses"] == ["APPROVED"]
    assert (seen["currency"], seen["studies"]) == ("GBP", 20)
    assert seen["workspaces"] > 1


@pytest.mark.parametrize("address", [True], indirect=True, ids=["later"])
def test_potato_annotation_runs_a_study_as_the_live_api_takes_it(installed: Client, address: str) -> None:
    seen = installed("potato-annotation==2.12.1", POTATO, address, WORKSPACE, alone_with="requests")

    assert (seen["completion_option"], seen["published"]) == ("url", "ACTIVE")
    assert (seen["paused"], seen["stopped"], seen["balance"]) == ("PAUSED", "COMPLETED", "GBP")
    assert {"rewards", "bonuses"} <= set(seen["cost"])
    assert seen["events"] > 0


def test_autora_sets_up_a_study_and_runs_it(installed: Client, address: str) -> None:
    seen = installed(
        "autora-experiment-runner-recruitment-manager-prolific==1.0.1", AUTORA, address, REDS, alone_with="requests"
    )

    (refusal,) = seen["refused"]
    assert "completion_codes" in refusal
    assert (seen["published"], seen["paused"], seen["started"]) == ("ACTIVE", "PAUSED", "ACTIVE")
    assert (seen["status"]["total_available_places"], seen["status"]["number_of_submissions"]) == (3, 0)
    # It counts what it finds behind the link from the study, and behind each link to the next page of that list.
    assert seen["finished"] > 0
    assert seen["incomplete"] == 0
