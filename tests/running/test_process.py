"""A child is started again when it ends, says what it says to a log, and never outlives its parent, nor do its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from opsflow.running.child import CHECK
from opsflow.running.process import Child, Program, loopback
from tests.architecture.sources import ROOT
from tests.flows.underway import until

HEARD_WITHIN = 20.0
PARENT = """
import os, sys
from pathlib import Path
from opsflow.running.process import Child, Program
child = Child(Program("stays", "tests.running.programs", ("stays",)), Path.cwd(), os.environ, lambda _, line: print(line, flush=True))
child.start()
child.ready.wait()
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def children(tmp_path: Path, said: list[str]) -> Iterator[dict[str, Child]]:
    environment = dict(os.environ) | loopback(os.environ)

    def heard(_name: str, line: str) -> None:
        said.append(line)

    made = {
        what: Child(Program(what, "tests.running.programs", (what,)), tmp_path, environment, heard)
        for what in ("dies", "stays", "deaf")
    }
    yield made
    for child in made.values():
        child.kill()


def alive(pid: int) -> bool:
    """Whether there is such a process that is not only waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(*pids: int) -> None:
    until(lambda: [pid for pid in pids if alive(pid)], lambda left: left == [], seconds=HEARD_WITHIN)


def test_a_child_that_ends_is_started_again_after_pauses_that_grow(children: dict[str, Child], said: list[str]) -> None:
    child = children["dies"]
    child.start()
    until(lambda: (child.keep(), child.lives), lambda found: found[1] == 3, seconds=HEARD_WITHIN)
    assert [line for line in said if line.startswith("ended")] == [
        "ended (exit code 3); started again in 1 s",
        "ended (exit code 3); started again in 2 s",
    ]
    assert child.why == "there is no engine"


def test_a_child_that_has_ended_is_told_nothing_and_nobody_minds(children: dict[str, Child]) -> None:
    """Prefect's server and the motor end together, and the server is back first: the motor was to be told so."""
    child = children["dies"]
    child.start()
    until(lambda: child.alive, lambda alive: not alive, seconds=HEARD_WITHIN)
    assert not child.keep()
    child.order(CHECK)


def test_a_child_that_is_told_to_stop_ends_with_those_whom_it_has_started(
    children: dict[str, Child], said: list[str]
) -> None:
    child = children["stays"]
    child.start()
    assert child.ready.wait(HEARD_WITHIN)
    assert child.pid is not None
    began = monotonic()
    child.stop(HEARD_WITHIN)
    assert monotonic() - began < HEARD_WITHIN / 2
    gone(child.pid, int(said[0]))


def test_one_that_does_not_hear_is_killed_when_its_time_is_over(children: dict[str, Child], said: list[str]) -> None:
    child = children["deaf"]
    child.start()
    assert child.ready.wait(HEARD_WITHIN)
    child.stop(0.2)
    assert not child.alive
    gone(int(said[0]))


def test_nobody_outlives_a_parent_that_is_killed() -> None:
    place = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", PARENT], env=place, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    gone(*map(int, done.stdout.split()))
