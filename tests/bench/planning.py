"""P1: planning and storing many campaigns, held against the same dates in bare integers and the same rows by bare SQLite.

The network is the bundled S sample's, on the shipped SOP. tj3 and SpiffWorkflow are not among what we install, so the
ratios to them (performance.md) are not measured here.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.planner import plan
from opsflow.campaigns.schedule import course
from opsflow.campaigns.store import insert_campaign
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.kernel.terms import Stage
from opsflow.kernel.text import Text
from opsflow.settings import Settings
from opsflow.stages.store import insert_stages
from tests.architecture.sources import ROOT
from tests.bench.table import Row

SAMPLE = ROOT / "sop_templates" / "samples" / "campaigns" / "double-eleven-2026.yaml"
SIZES = (1, 100, 1000)
FROM, TODAY, NOW = date(2027, 3, 1), date(2026, 8, 3), datetime(2026, 8, 3, tzinfo=UTC)
LAUNCHES = 250
"""Days on which campaigns of one round launch; what a plan remembers of another one's is remembered in real life too."""
SKIPPED = Text("skipped", "skipped")
DATES, PERSISTED = 1.5, 2.5
"""The bars of performance.md: of pure planning, and of plans stored."""
WHOLE, BOTH = 180.0, 6.0
"""Bars of our own, for what performance.md has no row of: plans with owners, reasons in two languages and warnings, made in the
time of bare dates, and made and stored in that of bare rows. docs/decisions/0010 has the figures.
"""


def measure() -> list[Row]:
    """Dates, plans stored, whole plans, and both together: each at three sizes."""
    work = _Work()
    print(
        f"P1: {len(work.codes)} tasks, {work.edges} dependencies; tj3 and SpiffWorkflow are not installed: left out. "
        "Whole plans have bars of their own: docs/decisions/0010."
    )
    return [row for size in SIZES for row in _rows(work, size)]


def _rows(work: "_Work", size: int) -> Iterator[Row]:
    rounds = {1: 15, 100: 5, 1000: 2}[size]
    files = work.files(size)
    bare, passes, whole, raw, persisted, both = _in_turn(
        rounds,
        lambda: _timed(lambda: [len(work.bare(file.key, n)) for n, file in enumerate(files)]),
        lambda: _timed(lambda: [work.passes() for _ in files]),
        lambda: _timed(lambda: [len(work.plan(file).stages) for file in files]),
        lambda: _raw(work, files),
        lambda: _stored(work, files, list(map(work.plan, files))),
        lambda: _stored(work, files, map(work.plan, files)),
    )
    yield Row(f"earliest and latest dates / bare integers, N={size}", passes, bare, DATES, "ms")
    yield Row(f"plans, stored / bare integers and SQLite, N={size}", persisted, raw, PERSISTED, "ms")
    yield Row(f"plans, whole / bare integers, N={size}", whole, bare, WHOLE, "ms")
    yield Row(f"plans, whole and stored / bare integers and SQLite, N={size}", both, raw, BOTH, "ms")


class _Work:
    """The sample, its network in bare integers, and the rows that a script of one's own would write."""

    def __init__(self) -> None:
        settings = Settings()
        self.loaded: Loaded = load(SAMPLE, settings.template_folders)
        self.calendar = working_days(self.loaded.organisation)
        self.pattern = self.plan(self.files(1)[0])
        tasks = self.pattern.tasks
        self.codes = [task.id for task in tasks]
        position = {code: n for n, code in enumerate(self.codes)}
        self.days = [task.days for task in tasks]
        self.before = [[position[code] for code in task.after] for task in tasks]
        self.edges = sum(map(len, self.before))
        self.order = sorted(range(len(tasks)), key=lambda n: (tasks[n].start, tasks[n].due, n))
        self.closing = [task.stage in (Stage.CLOSING, Stage.REVIEW) for task in tasks]
        file = self.loaded.campaign
        self.course = course(self.loaded.sop, file.level, frozenset(file.conditions))
        self.floors = [self.course.measured.natural] * len(self.course.measured.latest)
        self.after = [0] * len(self.course.ending.tasks)
        # Wide enough for every launch: a table from ordinals to instants, which a script would have as well.
        days = [self.calendar.at(n) for n in range(self.calendar.index(TODAY), self.calendar.index(FROM) + 700)]
        self.zero = self.calendar.index(TODAY)
        self.starts = [f"{day} 01:00:00.000000" for day in days]
        self.dues = [f"{day} 10:00:00.000000" for day in days]

    def files(self, size: int) -> list[CampaignFile]:
        """Campaigns alike but for their key and launch."""
        return [self._file(n) for n in range(size)]

    def _file(self, number: int) -> CampaignFile:
        file = self.loaded.campaign
        by = FROM + timedelta(days=number % LAUNCHES) - file.live.start.date()
        phases = tuple(phase.model_copy(update={"start": phase.start + by}) for phase in file.live.phases)
        live = file.live.model_copy(update={"start": file.live.start + by, "end": file.live.end + by, "phases": phases})
        return file.model_copy(update={"key": f"bench-{number}", "live": live})

    def plan(self, file: CampaignFile) -> Plan:
        """What opsflow does."""
        answer = plan(file, self.loaded.organisation, self.loaded.sop, self.calendar, TODAY)
        assert isinstance(answer, Plan)
        return answer

    def passes(self) -> int:
        """The part of it that the limit has as well: the network's two passes, towards the launch and from the end."""
        toward, ending = self.course.measured, self.course.ending
        starts = toward.network.forward(self.floors)
        latest = toward.network.backward(toward.latest)
        return starts[-1] + latest[-1] + sum(ending.forward(self.after)[:1])

    def bare(self, key: str, number: int) -> list[tuple[str, str, str, str]]:
        """One backward pass from the launch and one forward pass from the end, per campaign, with its rows."""
        launch = self.calendar.index(FROM + timedelta(days=number % LAUNCHES)) - self.zero
        days, before, starts = self.days, self.before, [0] * len(self.days)
        finish = [launch] * len(days)
        for n in reversed(self.order):
            if not self.closing[n]:
                start = starts[n] = finish[n] - days[n]
                for other in before[n]:
                    if finish[other] > start:  # noqa: PLR1730 - the limit is the fastest loop there is
                        finish[other] = start
        end = launch + 17
        for n in self.order:
            if self.closing[n]:
                start = end
                for other in before[n]:
                    if finish[other] > start:  # noqa: PLR1730 - as above
                        start = finish[other]
                starts[n], finish[n] = start, start + days[n]
        first, last, codes = self.starts, self.dues, self.codes
        return [(key, codes[n], first[starts[n]], last[finish[n] - 1]) for n in range(len(codes))]

    @cached_property
    def constant(self) -> list[tuple[object, ...]]:
        """Every other column of a task row, as SQLite gets it, from one plan that was stored."""
        with _database(self, [self.files(1)[0]]) as (database, file):
            with database.transaction() as session:
                insert_stages(session, self.pattern, skipped=SKIPPED)
            with closing(sqlite3.connect(file)) as connection:
                rows = connection.execute("select * from tasks").fetchall()
                self.columns = [column[1] for column in connection.execute("pragma table_info(tasks)")]
        found = {row[self.columns.index("code")]: row for row in rows}
        return [found[code] for code in self.codes]


def _raw(work: _Work, files: Sequence[CampaignFile]) -> float:
    """The same rows, as a script writes them that knows all of it but the dates: one executemany, one commit."""
    constant = work.constant
    names = work.columns
    changed = [names.index(name) for name in ("campaign", "code", "start", "due")]
    kept = [n for n in range(len(names)) if n not in changed]
    rest = [tuple(row[n] for n in kept) for row in constant]
    order = [names[n] for n in (*changed, *kept)]
    insert = f"insert into tasks ({', '.join(order)}) values ({', '.join('?' * len(order))})"
    with _database(work, files) as (_, file), closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")

        def store() -> None:
            connection.execute("begin immediate")
            connection.executemany(
                "insert into stages (campaign, name, status, revision) values (?, ?, 'planned', 0)",
                [(file.key, stage) for file in files for stage in Stage],
            )
            for number, one in enumerate(files):
                rows = work.bare(one.key, number)
                connection.executemany(insert, [row + more for row, more in zip(rows, rest, strict=True)])
            connection.execute("commit")

        return _timed(store)


def _stored(work: _Work, files: Sequence[CampaignFile], plans: Iterable[Plan]) -> float:
    """What opsflow does, in one transaction as well. Plans that are still to be made are made while it is timed."""
    with _database(work, files) as (database, _):

        def store() -> None:
            with database.transaction() as session:
                for plan in plans:
                    insert_stages(session, plan, skipped=SKIPPED)

        return _timed(store)


@contextmanager
def _database(work: _Work, files: Sequence[CampaignFile]) -> Iterator[tuple[Database, Path]]:
    """An empty database with the campaigns' own rows, which both sides need and neither is timed for."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "bench.db")
        database = Database(f"sqlite:///{file}")
        upgrade(database)
        with database.transaction() as session:
            for one in files:
                insert_campaign(session, one, work.loaded.organisation, work.pattern, sop_version=1, now=NOW)
        try:
            yield database, file
        finally:
            database.close()


def _in_turn(rounds: int, *cases: Callable[[], float]) -> list[float]:
    """The best of some rounds, in milliseconds of processor time; a round runs every case once.

    Of processor time, because a machine that does other things as well would be measured otherwise.
    """
    times = [[case() for case in cases] for _ in range(rounds)]
    return [min(spent) * 1000 for spent in zip(*times, strict=True)]


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
