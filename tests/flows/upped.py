"""`opsflow up` as people start it, in a workspace with the small SOP, and ways to hurt it."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_API_URL, temporary_settings

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.campaigns.files import Loaded
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.engine.start import start
from opsflow.kernel.clock import SystemClock, VirtualClock
from opsflow.kernel.terms import CampaignKey, Stage
from opsflow.kernel.text import Text
from opsflow.org.model import DayOverride, Organisation, WorkingHours
from opsflow.settings import Settings
from tests.architecture.sources import ROOT
from tests.engine.driving import People, live
from tests.engine.small import TODAY, file, sop, write_workspace
from tests.flows.underway import until
from tests.inbox.fingers import Fingers, slack_id
from tests.inbox.office import people_with_accounts
from tests.slack.server import FakeSlack
from tests.slack.workspace import APP_TOKEN, BOT_TOKEN, TRIGGER_LIFE

READY_WITHIN = 150.0
"""Seconds for server, deployments and runner on two busy cores."""
DONE_WITHIN = 180.0
"""Seconds in which a stage run is launched, begun and done, also after whoever was killed has been started again: what
reliability.md (d7) asks for. Two idle cores take ten."""
SILENT_SECONDS = 30
"""Shorter than people's, so that whoever was killed is missed sooner, and longer than a run takes to begin on two busy
cores: below that a run still waiting for its process is taken for lost, and another is launched beside it."""
OF_THE_CLOCK = ("task_reminder", "task_overdue", "task_escalated")
"""Notices of deadlines, which come when they come."""


@dataclass
class Workspace:
    """A workspace that is up, and what its database says."""

    folder: Path
    fingers: Fingers
    """Everybody's, on the Slack that this workspace tells people on."""
    process: "subprocess.Popen[str] | None" = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / ".opsflow" / "opsflow.db"

    @property
    def log(self) -> str:
        return (self.folder / ".opsflow" / "up.log").read_text("utf-8", "replace")

    def command(self, *arguments: str) -> "subprocess.Popen[str]":
        hidden = ("PREFECT_", "OPSFLOW_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        own |= {"PYTHONPATH": str(ROOT), "OPSFLOW_WORKSPACE": str(self.folder)} | dict(self.environment)
        command = [sys.executable, "-m", "opsflow.cli.main", *arguments]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, env=own, cwd=self.folder, text=True, start_new_session=True, **pipes)  # type: ignore[call-overload, no-any-return]

    def say(self, *arguments: str, code: int = 0) -> str:
        """What a command says that must end with this code."""
        with self.command(*arguments) as ran:
            said = ran.communicate()[0]
        assert ran.returncode == code, said
        return said

    def up(self) -> None:
        """Start it, and wait until it says that it is up."""
        self.process = self.command("up")
        assert self.process.stdout is not None
        said: list[str] = []
        for line in self.process.stdout:
            said.append(line)
            if line.startswith("Next:"):
                return
        raise AssertionError(f"{''.join(said)}\n{self.log}")

    def down(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=30)

    @property
    def api(self) -> str:
        told = json.loads((self.folder / ".opsflow" / "up.json").read_text("utf-8"))
        return str(told["api"])

    @contextmanager
    def prefect(self) -> Iterator[SyncPrefectClient]:
        with temporary_settings({PREFECT_API_URL: self.api}), get_client(sync_client=True) as client:
            yield client

    def delete_prefects_database(self) -> None:
        for each in (self.folder / ".opsflow" / "prefect").glob("prefect.db*"):
            each.unlink()

    def presses(self, person: str, action: str) -> Mapping[str, Any]:
        """Somebody presses the newest button for something as soon as they have one; what was sent for it."""
        found = until(lambda: self._offered(person, action), bool, seconds=DONE_WITHIN)
        payload = self.fingers.press(person, action, found[0])
        self._on_the_line(payload)
        return payload

    def _offered(self, person: str, action: str) -> list[str]:
        with self.fingers.workspace.lock:
            return [carried for _, name, carried in self.fingers.buttons(person) if name == action]

    def _on_the_line(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        line = self.fingers.slack.socket
        (answer,) = line.wait(line.send(dict(payload)), seconds=DONE_WITHIN)
        return answer

    def fills(self, person: str, action: str, **given: str) -> Mapping[str, Any]:
        """Somebody presses a button with a form, and sends it filled in; what they see then."""
        view = until(lambda: self._opened(person, action), bool, seconds=DONE_WITHIN)
        return self._on_the_line(self.fingers.submission(person, view[0], given))

    def _opened(self, person: str, action: str) -> Sequence[Mapping[str, Any]]:
        """The form that a press has opened; none, when it took us longer than Slack lets us."""
        views = self.fingers.workspace.views
        before = len(views)
        self.presses(person, action)
        ends = monotonic() + TRIGGER_LIFE.total_seconds()
        while len(views) == before and monotonic() < ends:
            sleep(0.05)
        return list(views.values())[before:]

    def rows(self, query: str, *values: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()

    def begin(self, key: str, **changes: object) -> str:
        """A campaign of one due wake: its first stage's."""
        with self._in_august(key, **changes):
            self.rest(key)
        return key

    @contextmanager
    def _in_august(self, key: str, **changes: object) -> Iterator[Context]:
        """A campaign that has just started, and a context at the time of its plan, without motor and without Slack."""
        clock = VirtualClock(datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC))
        database = Database(f"sqlite:///{self.database}")
        settings = Settings(workspace=self.folder, database_url=database.url)
        ctx = Context(settings, database, clock, MemoryLauncher(), {"memory": MemoryChannel()})
        start(ctx, Loaded(file(key=key, level="C", **changes), always_at_work(), sop()), today=TODAY)
        yield ctx
        database.close()

    def begin_until_asked(self, key: str, approval: str) -> str:
        """A campaign that stands before an approval, about which nobody has been told anything yet."""
        with self._in_august(key) as ctx:
            people = People(ctx, CampaignKey(key), idle=frozenset({approval}))
            live(people, until=lambda: self.asked(key, approval))
            self.rest(key, Stage.DECISION)
        return key

    def asked(self, key: str, approval: str) -> bool:
        """Whether somebody is asked for an approval."""
        return bool(self.rows("select 1 from approvals where campaign = ? and task = ?", key, approval))

    def rest(self, key: str, but: Stage = Stage.INITIAL_PLANNING) -> None:
        """Take every other stage's wake away: this plan is long past, so all of them would run at once."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute("delete from wakes where campaign = ? and stage <> ?", (key, but.value))

    def run_of(self, key: str) -> str | None:
        """The motor's id of the run that is to answer the campaign's wake."""
        found = self.rows("select run from wakes where campaign = ? and run is not null", key)
        return str(found[0][0]) if found else None

    def wait_open(self, key: str) -> None:
        """Until the first stage has been opened and nothing of it waits."""
        until(
            lambda: self._state(key),
            lambda state: state[0] != "planned" and state[1] == 0,
            seconds=DONE_WITHIN,
            every=0.2,
        )

    def _state(self, key: str) -> tuple[object, object]:
        (status,) = self.rows(
            "select status from stages where campaign = ? and name = ?", key, Stage.INITIAL_PLANNING.value
        )
        (wakes,) = self.rows("select count(*) from wakes where campaign = ? and not_before <= datetime('now')", key)
        return status[0], wakes[0]

    def made(self, key: str) -> Mapping[str, Counter[tuple[object, ...]]]:
        """All that a campaign has in journal, outbox and documents, but for notices that hang on the clock."""
        outbox = self.rows("select person, template, count(*) from outbox where campaign = ? group by 1, 2", key)
        return {
            "journal": Counter(self.rows("select action, actor from journal where campaign = ?", key)),
            "outbox": Counter(row for row in outbox if row[1] not in OF_THE_CLOCK),
            "documents": Counter(self.rows("select id, language, revision from documents where campaign = ?", key)),
        }

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody writes meanwhile: who has begun waits in the middle of its work."""
        with closing(sqlite3.connect(self.database, timeout=30, isolation_level=None)) as connection:
            connection.execute("begin immediate")
            yield
            connection.execute("rollback")

    def pid(self, name: str) -> int:
        """Of the child that is called so; one that was killed may only now be started again."""
        return until(lambda: self._pids(name), bool, seconds=DONE_WITHIN)[0]

    def _pids(self, name: str) -> list[int]:
        module = f"opsflow.running.{name}"
        assert self.process is not None
        return [pid for pid, parent, words in processes() if module in words and parent == self.process.pid]

    def processes_of(self, run: str) -> list[int]:
        """The processes in which a flow run is under way: one, once there is any."""
        told = f"PREFECT__FLOW_RUN_ID={run}"
        return [pid for pid, _, words in processes() if "prefect.engine" in words and told in _environment_of(pid)]

    def left(self) -> list[int]:
        """Processes that stand in this workspace."""
        place = str(self.folder / ".opsflow" / "prefect")
        return [pid for pid, _, _ in processes() if _place_of(pid) == place]


def processes() -> Iterator[tuple[int, int, list[str]]]:
    """Id, parent and command line of everybody."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            yield int(entry.name), parent, words


def _environment_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []


def _place_of(pid: int) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return None


def always_at_work() -> Organisation:
    """Everybody has an account in Slack, and may be told things whenever a test runs."""
    today = datetime.now(UTC).date()
    days = [DayOverride(day=today + timedelta(days=n), works=True, reason=Text.both("A test")) for n in (-1, 0, 1, 2)]
    hours = (WorkingHours(opens=time(0), closes=time(23, 59)),)
    changes = {"channels": ("slack",), "days": tuple(days), "working_hours": hours, "messages_per_day": 1000}
    return people_with_accounts().model_copy(update=changes)


def make(folder: Path, slack: FakeSlack) -> Workspace:
    """A workspace with the small SOP and a database, not up yet, whose people have accounts in Slack."""
    everybody = slack.renew(SystemClock())
    for key, person in always_at_work().people.items():
        everybody.add_user(slack_id(key), person.email)
    environment = {
        "OPSFLOW_SILENT_SECONDS": str(SILENT_SECONDS),
        "OPSFLOW_SLACK_BOT_TOKEN": BOT_TOKEN,
        "OPSFLOW_SLACK_APP_TOKEN": APP_TOKEN,
        "OPSFLOW_SLACK_API_URL": slack.url,
    }
    workspace = Workspace(write_workspace(folder), Fingers(slack=slack), environment=environment)
    database = Database(f"sqlite:///{workspace.database}")
    upgrade(database)
    database.close()
    return workspace
