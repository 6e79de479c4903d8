"""Renders a workspace's templates in one long-lived process with limits (reliability.md C1, d6): this side of the pipe.

A template that breaks a limit takes its process down with it; the next job gets a new one.
"""

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from opsflow.documents.faults import BrokenTemplate, Fault, broken
from opsflow.documents.templates import Source, State, sources
from opsflow.documents.wire import PROCESSOR_SECONDS, Job, dumped, loaded

PATIENCE = 60.0
"""Seconds by the clock on the wall: far more than the processor seconds, for a machine that is busy."""
LONGEST_ANSWER = 8 << 20


class Confined:
    """The process and what it knows; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._sent: dict[tuple[str, str], State] = {}

    def filled(self, state: State, job: Job, facts: Mapping[str, Any]) -> str:
        """The template of a job filled; BrokenTemplate names the mistake or the limit it broke."""
        known = sources(state)
        with self._lock:
            answer = self._ask(state, known, job, facts)
            if "limit" in answer:
                self._end()
        if "text" in answer:
            return str(answer["text"])
        raise _broken(job, answer, known)

    def close(self) -> None:
        """End the process; the next job would start another."""
        with self._lock:
            self._end()

    @property
    def process_id(self) -> int | None:
        """Of the process that waits for a job; None when there is none."""
        return self._process.pid if self._process else None

    def _ask(self, state: State, known: tuple[Source, ...], job: Job, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        process = self._started()
        place = (job.language, job.form)
        fields = [[one.name, one.file, one.text, one.fault] for one in known]
        request = {"job": list(job), "sources": None if self._sent.get(place) == state else fields, "facts": facts}
        line = dumped(request).encode(errors="replace") + b"\n"
        self._sent[place] = state
        answer = _exchange(process, line)
        return loaded(answer) if answer.endswith(b"\n") else {"limit": _last_words(process)}

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "opsflow.documents.confined_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # Nothing of this process's environment: a database's password stands there.
            env={"PYTHONPATH": os.pathsep.join(str(Path(place).absolute()) for place in sys.path), "PYTHONUTF8": "1"},
        )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        self._sent.clear()
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # what was not read by the process that ended


def confined() -> Confined:
    """The process of this process: a fork has its own."""
    return _confined(os.getpid())


@cache
def _confined(_pid: int) -> Confined:
    made = Confined()
    atexit.register(made.close)
    return made


def _exchange(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """Send a line and wait for the answer; without an end of line: there is none."""
    assert process.stdin is not None
    assert process.stdout is not None
    watch = Timer(PATIENCE, process.kill)
    watch.start()
    try:
        process.stdin.write(line)
        process.stdin.flush()
        return process.stdout.readline(LONGEST_ANSWER)
    except BrokenPipeError:
        return b""
    finally:
        watch.cancel()


def _last_words(process: subprocess.Popen[bytes]) -> str:
    process.kill()
    code = process.wait()
    if code == -signal.SIGPROF:
        return f"it needs more than {PROCESSOR_SECONDS} s of processor time"
    return f"the process that rendered it ended ({signal.strsignal(-code) if code < 0 else f'exit code {code}'})"


def _broken(job: Job, answer: Mapping[str, Any], known: tuple[Source, ...]) -> BrokenTemplate:
    file = next((source.file for source in known if source.name == job.name), job.name)
    if "limit" in answer:
        return broken(job.name, Fault(str(answer["limit"]), file, 0), known)
    return broken(job.name, Fault(str(answer["told"]), str(answer["file"]), int(answer["line"])), known)
