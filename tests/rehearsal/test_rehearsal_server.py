"""Prefect's API of a rehearsal: a child of its own, gone with its parent, that touches nothing of the user's."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.rehearsal.troupe import SAMPLES, C

PLAY = """
import json, os, sys, time, urllib.request
from opsflow.rehearsal.server import prefect_api
from prefect.settings import PREFECT_API_URL
before = PREFECT_API_URL.value()
with prefect_api() as api:
    url = api.url
    status = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "/health").status
    told = {"url": url, "status": status, "points_at": PREFECT_API_URL.value(), "before": before}
    print(json.dumps(told), flush=True)
    time.sleep(float(sys.argv[1]))
print(json.dumps({"after": PREFECT_API_URL.value()}), flush=True)
"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def play(seconds: float, temporary: Path, **environment: str) -> "subprocess.Popen[str]":
    place = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), **environment}
    command = [sys.executable, "-c", PLAY, str(seconds)]
    return subprocess.Popen(
        command, env=place, cwd=temporary, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def children_of(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[1]) == parent:
            found.append(int(status.parent.name))
    return found


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_api_answers_on_loopback_and_the_settings_come_back(tmp_path: Path) -> None:
    stranger = "http://127.0.0.1:9/api"
    process = play(0, tmp_path, PREFECT_API_URL=stranger, HTTP_PROXY="http://127.0.0.1:9", PREFECT_API_KEY="secret")
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    during, after = (json.loads(line) for line in out.splitlines())
    assert during["status"] == 200
    assert during["points_at"] == during["url"] != stranger
    assert during["before"] == after["after"] == stranger
    assert [path.name for path in tmp_path.glob("opsflow-*")] == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up under /proc")
def test_a_rehearsal_that_is_killed_leaves_no_child_and_no_folder(tmp_path: Path) -> None:
    place = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "opsflow.cli.main", "rehearse", str(SAMPLES / f"{C}.yaml"), "--out", "out"]
    process = subprocess.Popen(command, env=place, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while not re.match(r"\d{4}-\d\d-\d\d ", process.stderr.readline()):  # until a stage has run
        assert process.poll() is None
    children = children_of(process.pid)
    assert len(children) == 1
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 5
    while is_alive(children[0]) and time.monotonic() < deadline:
        os.sched_yield()
    assert not is_alive(children[0])
    assert list(tmp_path.iterdir()) == []
