"""Runs a workspace on one machine: starts its children in their order, keeps them alive, ends them in seconds."""

import logging
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import Event
from time import monotonic

from opsflow.kernel.errors import PortFailed
from opsflow.running.child import CHECK, OURS, SHARED
from opsflow.running.lock import Up, last, say
from opsflow.running.process import Child, Program, loopback

HOST = "127.0.0.1"
PREFECT_PORT, PAGE_PORT = 4200, 8420
NEIGHBOURS = 20
"""How many ports after the usual one are tried before any that is free."""
READY_SECONDS = 300.0
LOOK_SECONDS = 0.2
HEALTH_SECONDS = 5.0
HEALTH_PATIENCE = 10.0
"""Seconds one answer of Prefect's server may take on a busy machine."""
MOST_SILENCES = 4
"""After so many health checks in a row without a good answer the server is started again."""
DRAIN_SECONDS = 6.0
"""How long runs under way may take to end; one takes about three, most of it its start."""
PRESS_SECONDS = 9.0
"""How long presses under way may take: two seconds until they are recorded, then Slack takes the answer; mostly none is."""
STOP_SECONDS = 2.0
LOG_BYTES, LOG_FILES = 5_000_000, 3
LOG = "up.log"
DATABASES = ("PREFECT_API_DATABASE_CONNECTION_URL", "PREFECT_SERVER_DATABASE_CONNECTION_URL")
"""Variables by which a team keeps Prefect's own state elsewhere."""
TITLES = {"prefect": "Prefect's server", "motor": "The motor", "page": "The page"}
OWN_SERVER = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    # In memory they would go with the server, and a sweep that held one would keep out every later sweep.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to run, and where."""

    folder: Path
    """`.opsflow` of the workspace."""
    environment: Mapping[str, str]
    """The shell's, with the workspace and the database by their absolute names."""
    api: str | None
    """Prefect's API of somebody else; None: a server of our own."""
    prefect_port: int | None
    page_port: int | None
    page: str | None
    """The module of pages and listeners; None: there are none."""


@dataclass
class Running:
    """The children of one `opsflow up`."""

    up: Up
    server: Child | None
    motor: Child
    page: Child | None
    file: Path | None
    """Prefect's database, where it is a file of ours."""
    _checked: float = field(default_factory=monotonic)
    _silences: int = 0
    _file: int | None = None
    """Which file the database was when it was last looked at."""

    @property
    def children(self) -> tuple[Child, ...]:
        return tuple(child for child in (self.page, self.motor, self.server) if child is not None)

    def start(self, over: Event) -> None:
        """Start each child when the one that it needs is ready. PortFailed: one did not come up."""
        if self.server is not None:
            self.server.start()
            self._await(self.server, lambda: _answers(self.up.api, LOOK_SECONDS * 5), over)
            self._file = _identity(self.file)
        for child in (self.motor, self.page):
            if child is not None:
                child.start()
        for child in (self.motor, self.page):
            if child is not None:
                self._await(child, child.ready.is_set, over)

    def _await(self, child: Child, ready: Callable[[], bool], over: Event) -> None:
        ends = monotonic() + READY_SECONDS
        while not ready():
            if not child.alive or monotonic() > ends:
                raise PortFailed(
                    f"{TITLES[child.program.name]} did not start: {child.why}. `opsflow doctor` looks for the cause; all that it "
                    f"said is in {LOG} beside the database of the workspace."
                )
            if over.wait(LOOK_SECONDS):
                return

    def watch(self, over: Event) -> None:
        """Until it is over: start again whoever has ended, and the server when it does not answer or lost its database."""
        while not over.wait(LOOK_SECONDS):
            for child in self.children:
                if child.keep() and child is self.server:
                    self._checked, self._silences, self._file = monotonic(), 0, None
                    self.motor.order(CHECK)
            if self.server is not None and self.server.alive and monotonic() - self._checked > HEALTH_SECONDS:
                self._look_at(self.server)

    def stop(self) -> None:
        """End everybody: first who begins new work, the server last."""
        for child, seconds in ((self.page, PRESS_SECONDS), (self.motor, DRAIN_SECONDS), (self.server, STOP_SECONDS)):
            if child is not None:
                child.stop(seconds)

    def _look_at(self, server: Child) -> None:
        self._silences = 0 if _answers(self.up.api, HEALTH_PATIENCE) else self._silences + 1
        self._checked = monotonic()
        file = _identity(self.file)
        lost = self._file not in (None, file)
        self._file = file
        if lost or self._silences >= MOST_SILENCES:
            server.heard("opsflow", "Prefect's database is gone" if lost else "Prefect's server does not answer")
            server.kill()


@contextmanager
def running(wanted: Wanted, *, over: Event) -> Iterator[Running]:
    """Everything started and ready. PortFailed: a child did not come up, and none is left."""
    former = last(wanted.folder)
    home = wanted.folder / "prefect"
    home.mkdir(exist_ok=True)
    with ExitStack() as opened:
        prefect, page = None, None
        if wanted.api is None:
            prefect = opened.enter_context(_listening(wanted.prefect_port, former.port if former else 0, PREFECT_PORT))
        if wanted.page is not None:
            page = opened.enter_context(_listening(wanted.page_port, former.page_port if former else 0, PAGE_PORT))
        started = _made(wanted, prefect, page, home)
        try:
            started.start(over)
            say(wanted.folder, started.up)
            yield started
        finally:
            started.stop()


def _made(wanted: Wanted, prefect: socket.socket | None, page: socket.socket | None, home: Path) -> Running:
    port, page_port = _port(prefect), _port(page)
    api = wanted.api or f"http://{HOST}:{port}/api"
    environment = dict(wanted.environment) | loopback(wanted.environment) | {"PREFECT_API_URL": api}
    if prefect is not None:
        environment |= OWN_SERVER | {"PREFECT_HOME": str(home), "PREFECT_UI_API_URL": api}
        # Prefect would write its pages into the installed package.
        environment |= {"PREFECT_UI_STATIC_DIRECTORY": str(home / "ui")}
    heard = _log(wanted.folder)

    def child(name: str, module: str, *arguments: str, sockets: tuple[int, ...] = ()) -> Child:
        return Child(Program(name, module, arguments, sockets), home, environment, heard)

    served = prefect.fileno() if prefect is not None else None
    shown = page.fileno() if page is not None else None
    return Running(
        Up(os.getpid(), api, port, f"http://{HOST}:{page_port}/" if page_port else None, page_port),
        child("prefect", "opsflow.running.server", str(served), sockets=(served,)) if served is not None else None,
        child("motor", "opsflow.running.motor", SHARED if served is None else OURS),
        child("page", wanted.page, str(shown), sockets=(shown,)) if shown is not None and wanted.page else None,
        home / "prefect.db" if prefect is not None and not set(DATABASES) & set(environment) else None,
    )


def _port(listening: socket.socket | None) -> int:
    return 0 if listening is None else int(listening.getsockname()[1])


@contextmanager
def _listening(asked: int | None, former: int, usual: int) -> Iterator[socket.socket]:
    """A socket on the port that is asked for; else the former one or the usual one, or the next that is free."""
    ports = [asked] if asked else [*filter(None, [former]), *range(usual, usual + NEIGHBOURS), 0]
    for port in ports:
        # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an acknowledgement.
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((HOST, port))
            opened.listen(256)
        except OSError as error:
            opened.close()
            if asked:
                raise PortFailed(
                    f"Port {asked} of {HOST} cannot be used: {error.strerror}. Name another one, or leave the option out."
                ) from error
            continue
        with opened:
            yield opened
        return
    raise PortFailed(f"No port of {HOST} is free.")


def _answers(api: str, seconds: float) -> bool:
    """Whether the server answers, and from its database: deployments are counted there."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(  # noqa: S310 - our own server, by http
        f"{api}/deployments/count", b"{}", {"Content-Type": "application/json"}
    )
    try:
        with direct.open(asked, timeout=seconds):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500  # who asks for a password is there
    except (OSError, ValueError):
        return False


def _identity(file: Path | None) -> int | None:
    if file is None:
        return None
    try:
        return file.stat().st_ino
    except OSError:
        return 0


def _log(folder: Path) -> Callable[[str, str], None]:
    """Writes what the children say into one file that does not grow for ever."""
    log = logging.getLogger("opsflow.up")
    log.propagate = False
    log.setLevel(logging.INFO)
    handler = RotatingFileHandler(folder / LOG, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    return lambda name, line: log.info("%-7s %s", name, line)
