"""P7: a whole rehearsal of the S sample against Prefect's own share of it: server start, and as many empty runs."""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.architecture.sources import ROOT
from tests.bench.table import Row, quiet_place

SAMPLE = str(ROOT / "sop_templates" / "samples" / "campaigns" / "double-eleven-2026.yaml")
OPSFLOW = str(Path(sys.executable).parent / "opsflow")
RUNS = re.compile(r"(\d+) Prefect (?:flow )?runs")
MOST_SECONDS = 60
SHARE = """
import ctypes, os, signal, socket, subprocess, sys, time, urllib.request
LAST_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG
def die_together():
    ctypes.CDLL(None).prctl(LAST_WITH_PARENT, signal.SIGKILL)
die_together()  # a bench that is killed leaves neither this process nor its server behind
runs = int(sys.argv[1])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
began = time.perf_counter()
command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
server = subprocess.Popen(command, preexec_fn=die_together, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    api = f"http://127.0.0.1:{port}/api"
    while True:
        try:
            urllib.request.urlopen(f"{api}/health", timeout=5).read()
            break
        except OSError:
            if server.poll() is not None or time.perf_counter() - began > 120:
                raise SystemExit("Prefect's server did not come up.")
            time.sleep(0.1)
    started = time.perf_counter()
    os.environ["PREFECT_API_URL"] = api
    from prefect import flow
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    @flow(name="empty")
    def empty():
        return None
    imported = time.perf_counter()
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        for _ in range(runs):
            empty()
    print("share", started - began, time.perf_counter() - imported)
finally:
    server.terminate()
    server.wait(60)
"""


def measure() -> list[Row]:
    """Rehearses once, then lets Prefect do its share alone on an empty home of its own."""
    whole, runs = _rehearse()
    start, empty = _prefects_share(runs)
    print(f"P7: {runs} Prefect runs; server start {start:.1f} s, empty runs {empty:.1f} s")
    return [
        Row("rehearsal of S", whole, MOST_SECONDS, 1, "s"),
        Row("rehearsal of S / Prefect's own share", whole, start + empty, 2, "s"),
        Row("Prefect runs of a rehearsal of S", runs, 300, 1, "runs"),
    ]


def _rehearse() -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder:
        command = [OPSFLOW, "rehearse", SAMPLE, "--seed", "11", "--out", f"{folder}/out", "--force"]
        began = time.perf_counter()
        done = subprocess.run(command, env=quiet_place(), capture_output=True, text=True, check=False)
        whole = time.perf_counter() - began
    told = RUNS.search(done.stdout + done.stderr)
    if done.returncode or not told:
        why = f"ended with {done.returncode}" if done.returncode else "does not say '<n> Prefect runs'"
        raise SystemExit(f"opsflow rehearse {why}:\n{done.stdout}{done.stderr}")
    return whole, int(told.group(1))


def _prefects_share(runs: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-c", SHARE, str(runs)]
        place = quiet_place(PREFECT_HOME=home, PREFECT_LOGGING_LEVEL="ERROR")
        done = subprocess.run(command, cwd=home, env=place, capture_output=True, text=True, check=False)
    told = re.search(r"^share ([\d.]+) ([\d.]+)$", done.stdout, re.MULTILINE)
    if done.returncode or not told:
        raise SystemExit(f"Prefect's own share could not be measured:\n{done.stdout}{done.stderr}")
    return float(told.group(1)), float(told.group(2))
