"""The frame of every bench: cases timed in turn, figures held against bars, one table, one exit code."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One case: its figure, and the limit times the bar that it must not pass."""

    case: str
    figure: float
    limit: float
    bar: float
    unit: str

    @property
    def ok(self) -> bool:
        return self.figure <= self.limit * self.bar


def quiet_place(**more: str) -> dict[str, str]:
    """The environment of a timed process: nothing is told to anybody, no team's server is reached."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "OPSFLOW_"))}
    return kept | {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", **more}


def interleaved(cases: Mapping[str, Sequence[str]], *, rounds: int, place: dict[str, str]) -> dict[str, float]:
    """Median milliseconds of each command; a round runs every case once, so that a busy minute is shared by all.

    One round more is run first and not counted: it warms the file cache and writes missing .pyc files.
    """
    times: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(rounds + 1):
        for case, command in cases.items():
            spent = seconds(command, place=place) * 1000
            if number:
                times[case].append(spent)
    return {case: statistics.median(spent) for case, spent in times.items()}


def seconds(command: Sequence[str], *, place: dict[str, str], folder: Path | None = None) -> float:
    """How long a command takes; one that fails stops the bench."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=place, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return spent


def render(title: str, rows: Sequence[Row]) -> str:
    """The table as text."""
    head = ("case", "figure", "limit", "bar", "ok")
    lines = [head] + [
        (
            row.case,
            f"{row.figure:.1f} {row.unit}",
            f"{row.limit:.1f} {row.unit}",
            f"{row.bar:g}x",
            "yes" if row.ok else "NO",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([title, table[0], "-" * len(table[0]), *table[1:]])
