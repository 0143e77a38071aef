"""Workers that do not behave: what their parent makes of them."""

from __future__ import annotations

import subprocess
import sys

PATIENCE = 20

PROGRAM = """
import os, signal, sys, time
from understudy.mock_server.serving import workers

workers.GRACE = 0.3
workers.MIN_UPTIME = 0.2

def fails(link):
    sys.exit(3)

def one_fails(link):
    try:
        os.read(token, 1)
    except BlockingIOError:
        link.announce()
        time.sleep(60)
    sys.exit(3)

def never_ends(link):
    for each in workers.STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    link.announce()
    time.sleep(60)

def raises(link):
    raise RuntimeError("out of order")

def dies_early(link):
    link.announce()
    if time.monotonic() - born < 1.0:
        os._exit(9)
    time.sleep(60)

def ready():
    print("ready", flush=True)

def end_soon():
    ready()
    os.kill(os.getpid(), signal.SIGTERM)

token, given = os.pipe()  # there is one for all of them
os.set_blocking(token, False)
os.write(given, b"x")
born = time.monotonic()
sys.exit(workers.supervise({count}, {serve}, {announce}))
"""


def supervised(serve: str, announce: str = "ready", count: int = 2) -> subprocess.CompletedProcess[str]:
    """A parent with such workers, run to its end."""
    text = PROGRAM.replace("{count}", str(count)).replace("{serve}", serve).replace("{announce}", announce)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_worker_that_fails_at_the_start_ends_everything() -> None:
    done = supervised("fails")

    assert (done.returncode, done.stdout) == (1, "")
    assert "exit code 3" in done.stderr


def test_one_that_fails_takes_the_others_with_it_and_nothing_is_announced() -> None:
    done = supervised("one_fails", count=3)

    assert (done.returncode, done.stdout) == (1, "")


def test_an_exception_of_a_worker_is_told() -> None:
    done = supervised("raises")

    assert done.returncode == 1
    assert "out of order" in done.stderr


def test_a_worker_that_does_not_end_is_ended() -> None:
    done = supervised("never_ends", "end_soon")

    assert (done.returncode, done.stdout) == (1, "ready\n")


def test_workers_that_keep_dying_are_not_forked_without_a_pause() -> None:
    program = "dies_early"
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            PROGRAM.replace("{count}", "1").replace("{serve}", program).replace("{announce}", "ready"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        try:
            parent.wait(1.5)
        except subprocess.TimeoutExpired:
            parent.terminate()
        _, complaints = parent.communicate(timeout=PATIENCE)

    assert parent.returncode == 0
    assert 2 <= complaints.count("another one is started") <= 8
