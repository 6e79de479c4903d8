"""Prefect's API for one rehearsal: a child process in its own temporary PREFECT_HOME, gone when the rehearsal is."""

import logging
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi
from prefect.events.worker import EventsWorker
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_KEY,
    PREFECT_API_SSL_CERT_FILE,
    PREFECT_API_URL,
    PREFECT_CLIENT_CSRF_SUPPORT_ENABLED,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    PREFECT_LOGGING_TO_API_ENABLED,
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
    temporary_settings,
)

from opsflow.kernel.errors import PortFailed
from opsflow.rehearsal.child import LOG
from opsflow.rehearsal.loopback import loopback_up

SERVICES = (
    "CANCELLATION_CLEANUP",
    "EVENT_LOGGER",
    "EVENT_PERSISTER",
    "FOREMAN",
    "LATE_RUNS",
    "PAUSE_EXPIRATIONS",
    "REPOSSESSOR",
    "SCHEDULER",
    "TASK_RUN_RECORDER",
    "TRIGGERS",
)
"""Nothing is scheduled, late, paused or triggered in a rehearsal, and events on SQLite cost 503s (performance.md, 2)."""
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
READY_SECONDS = 120
STOP_SECONDS = 5
DRAIN_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Api:
    """The API that was started."""

    url: str
    folder: Path
    """Goes when the child goes, even when this process is killed: the place for whatever else a rehearsal keeps."""


@contextmanager
def prefect_api() -> Iterator[Api]:
    """Start the API, point this process at it, and stop it at the end. PortFailed: it did not come up."""
    with _child() as api, _pointed_at(api.url, api.folder), _quiet_logs():
        yield api


@contextmanager
def _child() -> Iterator[Api]:
    if not loopback_up():
        raise PortFailed("127.0.0.1 is down in this network namespace: bring it up with `ip link set lo up`.")
    child = subprocess.Popen(
        [sys.executable, "-m", "opsflow.rehearsal.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=_environment(os.environ),
    )
    folder: Path | None = None
    try:
        # The child makes the folder: were it made here, a kill before the child began would leave it for ever.
        folder = _folder(child)
        yield Api(_wait(child, folder / LOG), folder)
    finally:
        _stop(child)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(child: "subprocess.Popen[bytes]") -> Path:
    assert child.stdout is not None
    told = child.stdout.readline().decode().rstrip("\n")
    if not told:
        raise _did_not_start(None)
    return Path(told)


def _environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The environment without any of the user's Prefect settings: no server, profile or database of theirs is reached."""
    own = {name: value for name, value in outer.items() if not name.startswith("PREFECT_")}
    own |= {f"PREFECT_SERVER_SERVICES_{service}_ENABLED": "false" for service in SERVICES}
    source = str(Path(__file__).parents[2])
    return own | {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
        # The child stands elsewhere, so a checkout that is not installed must be found by name.
        "PYTHONPATH": os.pathsep.join([source, *filter(None, [own.get("PYTHONPATH", "")])]),
    }


def _wait(child: "subprocess.Popen[bytes]", log: Path) -> str:
    assert child.stdout is not None
    port = child.stdout.readline().decode().strip()
    if not port:
        raise _did_not_start(log)
    url = f"http://127.0.0.1:{port}/api"
    # A proxy of the environment has no business between two of our own processes.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        direct.open(f"{url}/health", timeout=READY_SECONDS).close()
    except (OSError, urllib.error.URLError) as error:
        raise _did_not_start(log) from error
    return url


def _did_not_start(log: Path | None) -> PortFailed:
    lines = log.read_text("utf-8", "replace").strip().splitlines() if log is not None and log.is_file() else []
    return PortFailed(
        f"Prefect's API did not start for the rehearsal: {lines[-1] if lines else 'it said nothing'}. "
        "`prefect server start` shows what is wrong with the installation."
    )


def _stop(child: "subprocess.Popen[bytes]") -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    child.stdout.close()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextmanager
def _pointed_at(url: str, folder: Path) -> Iterator[None]:
    settings = {
        PREFECT_API_URL: url,
        PREFECT_API_KEY: None,
        PREFECT_API_AUTH_STRING: None,
        PREFECT_HOME: folder / "prefect",
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False,
        PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False,
        # In-process runs would join the heartbeat thread for a full second each (performance.md, finding 1), and a
        # server that stops before the log queue is empty adds a minute.
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_LOGGING_TO_API_ENABLED: False,
        # Each run loads every root certificate, for 17 ms, though plain HTTP asks for none.
        PREFECT_API_SSL_CERT_FILE: str(_one_certificate(folder)),
    }
    with temporary_settings(settings), _direct():
        try:
            yield
        finally:
            # One worker sends the events of a process. Left alone it outlives its API, and at the end of the process
            # waits half a minute for each event that nobody takes any more.
            EventsWorker.drain_all(timeout=DRAIN_SECONDS)


def _one_certificate(folder: Path) -> Path:
    bundle = Path(certifi.where()).read_text("utf-8")
    first, end, _ = bundle[bundle.index(BEGIN) :].partition(END)
    file = folder / "certificate.pem"
    file.write_text(f"{first}{end}\n", "utf-8")
    return file


@contextmanager
def _direct() -> Iterator[None]:
    """Loopback is reached without the environment's proxy, if it names one."""
    was = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    exceptions = ",".join(filter(None, [was["no_proxy"] or was["NO_PROXY"], "127.0.0.1"]))
    os.environ.update(dict.fromkeys(was, exceptions))
    try:
        yield
    finally:
        for name, value in was.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """The runs' own lines are the transcript's matter; what goes wrong ends the rehearsal, and is told there once."""
    loggers = [logging.getLogger(name) for name in ("prefect", "prefect.flow_runs", "prefect.task_runs")]
    was = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, was, strict=True):
            logger.setLevel(level)
