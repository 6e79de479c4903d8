"""Where a command reads and says things: what is closed is like /dev/null, and who has heard enough ends nothing."""

import io
import os
import sys


class _Listened(io.FileIO):
    """Output that somebody listens to: once they are gone, the rest goes nowhere, and the command is done to its end."""

    lost: type[OSError] = BrokenPipeError

    def write(self, content: "bytes | bytearray | memoryview", /) -> int | None:  # type: ignore[override]
        try:
            return super().write(content)
        except self.lost:
            leave_unsaid(self.fileno())
            return super().write(content)


class _Asides(_Listened):
    """Standard error: where a mistake cannot be told, the exit code still tells of it, so nothing stops for it."""

    lost = OSError


def settle_streams() -> None:
    """Make the three streams of this process such that a command need not think of them.

    A closed one must not stay closed: the next file that is opened, a database even, would take its number, and be what
    this process and its children write to.
    """
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = _settled(sys.stdout, _Listened) if sys.stdout else _nowhere("w")
    sys.stderr = _settled(sys.stderr, _Asides) if sys.stderr else _nowhere("w")


def leave_unsaid(descriptor: int) -> None:
    """Let what is written from now on go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _nowhere(mode: str) -> io.TextIOWrapper:
    # Taken in the order of their numbers, each gets its own: the lowest that is free.
    raw = io.FileIO(os.devnull, mode)
    os.set_inheritable(raw.fileno(), True)
    return io.TextIOWrapper(io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw), encoding="utf-8")


def _settled(stream: object, kind: type[_Listened]) -> io.TextIOWrapper:
    assert isinstance(stream, io.TextIOWrapper)  # as every Python begins, and nothing ran before this
    raw = kind(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        # Python's own -u leaves out the buffer as well.
        raw if stream.write_through else io.BufferedWriter(raw),  # type: ignore[type-var]
        encoding=stream.encoding,
        # A terminal without Chinese characters shows question marks instead of ending the command.
        errors="replace",
        newline=None,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
