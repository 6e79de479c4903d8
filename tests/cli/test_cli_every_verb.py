"""Every verb of a campaign with each thing that may be wrong: it says so by name, ends with its code, and writes nothing."""

import shlex
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.lifecycle import cancel
from opsflow.engine.worklist import worklist
from opsflow.incidents.service import close_incident, open_incident
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.text import Text
from opsflow.settings import Settings
from tests.cli.desk import Told, desk_context, said
from tests.engine.driving import People, live
from tests.engine.scene import at
from tests.engine.small import KEY, MODULES, PLANNER, SPONSOR, begin

MINUTES = "## Attendees\n- planner\n## Opinions\n- planner: Begin earlier\n"
STRANGER, OUTSIDER, WHY = "who", "finance-head", Text.both("No supplier")
"""Nobody we know; and somebody who has no part in it."""
VERBS = {
    "task done": ("{c} {t} --evidence x", "executor"),
    "task confirm": ("{c} {t}", "executor"),
    "task reassign": ("{c} {t} --to duty", "manager"),
    "task snooze": ("{c} {t} --until 2026-08-18T14:00", "executor"),
    "task need-help": ("{c} {t} Help", "executor"),
    "task add": ("{c} Title --owner duty --due 2026-08-20 --stage execution --before {t}", "manager"),
    "task waive": ("{c} {t} --reason Why", "manager"),
    "task comment": ("{c} {t} Words", "executor"),
    "stage show": ("{c} coordination", ""),
    "stage approve": ("{c} coordination", "sponsor"),
    "stage reject": ("{c} coordination --reason Why", "sponsor"),
    "stage record-meeting": ("{c} decision {minutes}", "manager"),
    "stage override": ("{c} initial_planning proved --reason Why", "sponsor"),
    "campaign pause": ("{c} --reason Why", "manager"),
    "campaign resume": ("{c}", "manager"),
    "campaign cancel": ("{c} --reason Why", "sponsor"),
    "campaign shorten": ("{c} --last-day 2026-08-25 --apply", "manager"),
    "campaign extend": ("{c} --last-day 2026-08-28 --apply", "manager"),
    "score": (" ".join(["{c}", *(f"{module}=8" for module in MODULES)]), "legal-head"),
    "absence": ("planner --first 2026-08-20 --campaign {c}", "pmo"),
    "handover": ("planner duty --campaign {c}", "pmo"),
    "incident open": ("{c} Title", "planner"),
    "incident plan-b": ("{c} 1", "duty"),
    "incident close": ("{c} 1 --cause Why --done What", "duty"),
    "replan": ("{c} --task {t} --due 2026-08-20 --apply", "manager"),
}
"""What follows each verb, and somebody who may."""
MISTAKES: dict[str, tuple[int, tuple[str, ...]]] = {
    "unknown campaign": (4, ("There is no campaign nope",)),
    "unknown task": (4, ("has no task X9",)),
    "unknown person": (3, ("who is nobody in Company", "who has no vote", "who is not a reviewer")),
    "without the role": (3, ("finance-head cannot", "finance-head has no vote", "finance-head is not a reviewer")),
    "closed work": (5, ("is cancelled", "is closed", "was closed by", "is approved already")),
}
"""Its code, and one of what it may say."""
FOR_EVERYBODY = {"without the role": ("task comment", "incident open"), "closed work": ("task comment", "stage show")}
"""Anybody may say that something is wrong, and put a remark beside what is over."""


def _applies(verb: str, mistake: str) -> bool:
    line, by = VERBS[verb]
    needs = {"unknown task": "{t}" in line, "unknown person": bool(by), "without the role": bool(by)}
    return needs.get(mistake, True) and verb not in FOR_EVERYBODY.get(mistake, ())


CASES = [(verb, mistake) for mistake in MISTAKES for verb in VERBS if _applies(verb, mistake)]


@dataclass(frozen=True)
class Moment:
    """A campaign at an instant, to be copied: living up to it takes a second."""

    folder: Path
    file: Path
    at: datetime


@pytest.fixture(scope="module")
def moments(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    """The proposal is asked for and an incident open; the self-check is open; all is over."""
    folder = tmp_path_factory.mktemp("verbs")
    file = Path(shutil.copy(migrated_file, folder / "opsflow.db"))
    database, clock = Database(f"sqlite:///{file}", lasting=False), VirtualClock(at("3"))
    ctx = desk_context(database, clock, folder / "ws")
    (folder / "minutes.md").write_text(MINUTES, encoding="utf-8")
    found: dict[str, Moment] = {}

    def keep(name: str) -> None:
        database.close()  # or the last rows are still in the -wal file beside it, which is not copied
        found[name] = Moment(folder, Path(shutil.copy(file, folder / f"{name}.db")), clock.now())

    begin(ctx, risks=[{"title": "Traffic", "plan_b": "Static page"}])
    open_incident(ctx, KEY, by=PLANNER, title=Text.both("Blank page"), risk=1)
    live(People(ctx, KEY, idle=frozenset({"C3"})), until=lambda: bool(worklist(ctx, KEY).approvals))
    keep("asked")
    live(People(ctx, KEY, idle=frozenset({"D2"})), until=lambda: worklist(ctx, KEY).scoring is not None)
    keep("scoring")
    close_incident(ctx, KEY, 1, by=SPONSOR, cause=WHY, done=WHY)
    cancel(ctx, KEY, by=SPONSOR, reason=WHY)
    keep("over")
    return found


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is written."""
    connection = sqlite3.connect(file)
    try:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        return {name: connection.execute(f"select * from {name}").fetchall() for name in names}
    finally:
        connection.close()


@pytest.mark.parametrize(("verb", "mistake"), CASES)
def test_it_says_what_is_wrong_and_writes_nothing(
    moments: dict[str, Moment], tmp_path: Path, capsys: Told, verb: str, mistake: str
) -> None:
    moment = moments["over" if mistake == "closed work" else "scoring" if verb == "score" else "asked"]
    file = Path(shutil.copy(moment.file, tmp_path / "opsflow.db"))
    database = Database(f"sqlite:///{file}", lasting=False)
    settings = Settings(workspace=moment.folder / "ws", database_url=database.url)
    line, rightful = VERBS[verb]
    by = {"unknown person": STRANGER, "without the role": OUTSIDER}.get(mistake, rightful)
    given = line.format(
        c="nope" if mistake == "unknown campaign" else KEY,
        t="X9" if mistake == "unknown task" else "E1",
        minutes=moment.folder / "minutes.md",
    )
    before, (code, texts) = rows(file), MISTAKES[mistake]
    clock = VirtualClock(moment.at)
    with use_context(Context(settings, database, clock, MemoryLauncher(), {"memory": MemoryChannel()})):
        told = said(capsys, *verb.split(), *shlex.split(given), *(("--by", by) if by else ()), code=code)
    assert any(text in told for text in texts), told
    assert len(told.splitlines()) == 1, "one sentence, not a page"
    assert rows(file) == before
    database.close()


def test_no_verb_is_left_out_and_each_mistake_is_tried_with_all_it_applies_to() -> None:
    tried = {mistake: sum(each == mistake for _, each in CASES) for mistake in MISTAKES}
    assert tried == {
        "unknown campaign": 25, "unknown task": 9, "unknown person": 24, "without the role": 22, "closed work": 23,
    }  # fmt: skip
