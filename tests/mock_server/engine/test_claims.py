"""Claims: good for a while, and no longer than their process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from understudy.mock_server.engine.claims import LEASE, claim, renewed, seconds_left

_CLAIM = "import json; from understudy.mock_server.engine.claims import claim; print(json.dumps(claim()))"


def test_a_claim_of_this_process_is_good_for_its_lease_and_can_be_renewed() -> None:
    held = claim()

    assert LEASE - 1 < seconds_left(held) <= LEASE
    assert 0 < seconds_left({**held, "until": held["until"] - LEASE / 2}) <= LEASE / 2
    assert seconds_left({**held, "until": held["until"] - LEASE}) == 0
    assert LEASE - 1 < seconds_left(renewed({**held, "until": 0})) <= LEASE
    assert renewed(held)["id"] == held["id"] != claim()["id"]


def test_a_claim_ends_with_its_process() -> None:
    made = subprocess.run([sys.executable, "-c", _CLAIM], capture_output=True, text=True, check=True)

    assert seconds_left(json.loads(made.stdout)) == 0


def test_a_forked_process_has_claims_of_its_own() -> None:
    reading, writing = os.pipe()
    mine = claim()
    pid = os.fork()
    if not pid:
        os.write(writing, claim()["by"].encode())
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        other = pipe.read()

    assert other != mine["by"]
    assert seconds_left({**mine, "by": other}) == 0


def test_a_process_of_before_with_the_same_number_has_ended() -> None:
    held = claim()

    assert seconds_left({**held, "by": held["by"].rpartition("/")[0] + "/0123456789abcdef"}) == 0


def test_a_process_that_cannot_be_seen_has_the_whole_lease() -> None:
    held = claim()

    assert seconds_left({**held, "by": f"elsewhere/{os.getpid()}/0123456789abcdef"}) > LEASE - 1


@pytest.mark.parametrize("value", [None, "x", {}, {"until": "soon"}, {"until": None, "by": 5}])
def test_what_is_no_claim_holds_nothing(value: Any) -> None:
    assert seconds_left(value) == 0
