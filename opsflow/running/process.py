"""A child process that is kept alive: started again with growing pauses, heard line by line, ended for certain."""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from opsflow.running.child import READY, STOP

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
WELL_AFTER = 60.0
"""Seconds after which a child that runs counts as healthy: its next pause is the shortest again."""
KEPT_LINES = 30


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    sockets: tuple[int, ...] = ()
    """Numbers of the parent's sockets that it gets."""


@dataclass
class Child:
    """One program, through all its lives."""

    program: Program
    folder: Path
    environment: Mapping[str, str]
    heard: Callable[[str, str], None]
    """Gets the program's name and each line that it says."""
    lives: int = 0
    ready: Event = field(default_factory=Event)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    _process: "subprocess.Popen[bytes] | None" = None
    _began: float = 0.0
    _not_before: float = 0.0
    _pause: float = FIRST_PAUSE / 2

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def why(self) -> str:
        """The line that tells best why it ended."""
        named = (line for line in reversed(self.said) if "Error" in line)
        return next(named, self.said[-1] if self.said else "it said nothing").strip().rstrip(".")

    def start(self) -> None:
        """Begin a new life."""
        self.ready = Event()
        self.lives += 1
        self._began = monotonic()
        # A group of its own: Ctrl-C in the terminal reaches the parent alone, which ends its children in their order.
        self._process = subprocess.Popen(  # noqa: S603 - a program of ours, with numbers and names of ours
            [sys.executable, "-m", "opsflow.running.child", self.program.module, *self.program.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=dict(self.environment),
            pass_fds=self.program.sockets,
            start_new_session=True,
        )
        Thread(target=self._hear, args=(self._process, self.ready), daemon=True).start()

    def keep(self) -> bool:
        """Start it again when it is gone and its pause is over; whether it was started."""
        if self.alive:
            return False
        now = monotonic()
        if self._not_before < self._began:  # it has just been found dead
            self._clear()
            well = now - self._began > WELL_AFTER
            self._pause = FIRST_PAUSE if well else min(self._pause * 2, LONGEST_PAUSE)
            self._not_before = now + self._pause
            self.heard(self.program.name, f"ended ({self._how()}); started again in {self._pause:.0f} s")
        if now < self._not_before:
            return False
        self.start()
        return True

    def order(self, word: str) -> None:
        """Say something to it; who has died does not hear it."""
        if self._process is None or self._process.stdin is None or self._process.stdin.closed:
            return
        with suppress(OSError):
            self._process.stdin.write(f"{word}\n".encode())
            self._process.stdin.flush()

    def stop(self, seconds: float) -> None:
        """Ask it to end, and after so long end it with everybody whom it has started."""
        if self._process is None:
            return
        self.order(STOP)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End it now, with everybody whom it has started."""
        self._clear()
        if self._process is not None:
            self._process.wait()

    def _clear(self) -> None:
        """End its process group: runs whose runner is gone would only be in the way of the next one's."""
        if self._process is None or self._process.stdin is None or self._process.stdin.closed:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(OSError):
            self._process.stdin.close()

    def _how(self) -> str:
        code = self._process.returncode if self._process else None
        if code is not None and code < 0:
            return signal.Signals(-code).name
        return f"exit code {code}"

    def _hear(self, process: "subprocess.Popen[bytes]", ready: Event) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for raw in lines:
                line = raw.decode("utf-8", "replace").rstrip()
                if line == READY:
                    ready.set()
                elif line:
                    self.said.append(line)
                    self.heard(self.program.name, line)


def loopback(outer: Mapping[str, str]) -> dict[str, str]:
    """Variables by which a child reaches 127.0.0.1 directly, whatever proxy the shell names, and finds this opsflow."""
    direct = ",".join(filter(None, [outer.get("no_proxy") or outer.get("NO_PROXY"), "127.0.0.1"]))
    source: Sequence[str] = [str(Path(__file__).parents[2]), *filter(None, [outer.get("PYTHONPATH", "")])]
    return {"NO_PROXY": direct, "no_proxy": direct, "PYTHONPATH": os.pathsep.join(source), "PYTHONUTF8": "1"}
