"""A Prefect API for tests, as the rehearsal starts it: a child on a free port with a home of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prefect import get_client
from prefect.settings import PREFECT_LOGGING_TO_API_BATCH_INTERVAL, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

from opsflow.kernel.terms import Stage
from opsflow.rehearsal import server
from opsflow.rehearsal.child import LOG


@dataclass(frozen=True)
class Api:
    """Where the API answers, and the folder that is its own."""

    url: str
    folder: Path


@contextmanager
def running_api() -> Iterator[Api]:
    """The API alone: this process is not pointed at it."""
    with server._child() as api:
        yield Api(api.url, api.folder)


@contextmanager
def team_api() -> Iterator[Api]:
    """The API with all its services, its scheduler among them, as a team runs it."""
    place = server._environment(os.environ)
    whole = {name: value for name, value in place.items() if not name.startswith("PREFECT_SERVER_SERVICES_")}
    command = [sys.executable, "-m", "opsflow.rehearsal.child"]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env=whole
    )
    folder: Path | None = None
    try:
        folder = server._folder(child)
        yield Api(server._wait(child, folder / LOG), folder)
    finally:
        server._stop(child)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def pointed_at(api: Api) -> Iterator[None]:
    """Flow runs and clients of this process use that API, and send it their log lines."""
    shipped_at_once = {PREFECT_LOGGING_TO_API_ENABLED: True, PREFECT_LOGGING_TO_API_BATCH_INTERVAL: 0.1}
    with server._pointed_at(api.url, api.folder), temporary_settings(shipped_at_once):
        yield


def deploy_unscheduled(stages: Iterable[Stage]) -> None:
    """Deployments that runs can be created of, and that nobody works off."""
    with get_client(sync_client=True) as client:
        for stage in stages:
            client.create_deployment(client.create_flow_from_name(stage), name=stage)
