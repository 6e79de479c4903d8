"""P5: writing a document, held against the same template precompiled in a bare Jinja environment.

Both sides get the same dossier; building it is timed in neither. The limit has no sandbox, no strict undefined, and its
dossier is escaped before the clock starts: what opsflow adds is all between the two. docxtpl is not among what we install,
so the ratio to it (performance.md) is not measured here.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader

from opsflow.documents.escaping import escaped
from opsflow.documents.model import Dossier
from opsflow.documents.render import render, tidy
from opsflow.documents.sandbox import environment
from opsflow.settings import SHIPPED
from tests.bench.table import Row
from tests.documents.dossiers import complete

DOCUMENT, FOLDER = "runbook", SHIPPED / "documents" / "en"
SIZES = (6, 60, 600)
ROUNDS = 11
PRECOMPILED, COMPILED_ANEW = 1.15, 1 / 8
"""The bars of performance.md."""


def measure() -> list[Row]:
    """The runbook of a campaign, at three sizes."""
    print(f"P5: {DOCUMENT}, whose table has a line per task; docxtpl is not installed: left out.")
    return [row for size in SIZES for row in _rows(size)]


def _rows(size: int) -> Iterator[Row]:
    dossier = _dossier(size)
    bare = _bare()
    limit, plain = bare.get_template(f"{DOCUMENT}.md.j2"), _plain(escaped(dossier))
    text = render((SHIPPED,), DOCUMENT, dossier)
    if tidy(limit.render(plain)) != text:
        raise SystemExit("The limit writes another document than opsflow does: it measures nothing.")
    ours, precompiled, anew = _in_turn(
        max(1, 300 // size),
        # Escaped texts are remembered between documents, as they are in a long-lived process; the facts are not.
        lambda: render((SHIPPED,), DOCUMENT, dossier),
        lambda: limit.render(plain),
        lambda: _bare().get_template(f"{DOCUMENT}.md.j2").render(plain),
    )
    lines = text.count("\n")
    yield Row(f"{size} tasks, {lines} lines / precompiled template", ours, precompiled, PRECOMPILED, "us")
    if size <= 60:  # of long documents the compiling is a small part, whoever does it
        yield Row(f"{size} tasks, {lines} lines / template compiled for each", ours, anew, COMPILED_ANEW, "us")


def _dossier(size: int) -> Dossier:
    """The dossier of the documents' own tests, with so many tasks of the execution stage."""
    full = complete("en")
    work = [task for task in full["tasks"] if task["stage"] == "execution" and task["kind"] == "work"]
    tasks = [
        {**work[n % len(work)], "id": f"EX{n:03}", "title": f"{work[n % len(work)]['title']} {n}"} for n in range(size)
    ]
    return cast(Dossier, {**full, "tasks": tasks, "overdue": []})


def _bare() -> Environment:
    """Jinja as it comes, with the words, and only the words, of opsflow's own environment."""
    ours = environment((FOLDER,), "en")
    made = Environment(loader=FileSystemLoader(FOLDER), auto_reload=False, finalize=ours.finalize)
    made.trim_blocks = made.lstrip_blocks = made.keep_trailing_newline = True
    made.globals.update(ours.globals)
    made.filters.update(ours.filters)
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _in_turn(times: int, *cases: Callable[[], object]) -> list[float]:
    """The best of some rounds, in microseconds of processor time per call; a round runs every case."""
    spent = [[_timed(case, times) for case in cases] for _ in range(ROUNDS + 1)][1:]
    return [min(column) * 1e6 for column in zip(*spent, strict=True)]


def _timed(case: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        case()
    return (time.process_time() - began) / times
