"""Puts a rehearsal together: plan, cast, an empty database, a virtual clock, the motor; then lets it run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from opsflow.adapters.memory import MemoryChannel
from opsflow.bootstrap import use_context
from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded
from opsflow.campaigns.plan import Infeasible, Plan
from opsflow.campaigns.planner import plan as plan_campaign
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.engine.record import Record, record
from opsflow.engine.start import CannotFit, start
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.zoned import local_date
from opsflow.rehearsal.abuse import NO_ABUSE, Abuse, announced, draw_absences, told_here
from opsflow.rehearsal.cast import Cast, first_day, make_cast
from opsflow.rehearsal.driver import Driver, Progress, QueueLauncher, Runner, through_prefect
from opsflow.rehearsal.giveaway import Proof, handing_out, proofs, scaled
from opsflow.rehearsal.voices import load_voices
from opsflow.settings import Settings
from opsflow.workdays.hours import day_start

LONG_BEFORE = timedelta(days=500)
"""A rehearsal begins when its plan does, whatever today is: it is planned as seen from long before."""


class NoChannel(MemoryChannel):
    """Keeps what would have been sent: no real channel is ever called. It shows messages as the console does, one-way."""

    def __init__(self) -> None:
        super().__init__("rehearsal", updates=False, finds=False)


@dataclass(frozen=True)
class Rehearsed:
    """A rehearsal that is over."""

    cast: Cast
    record: Record
    runs: int
    """Prefect runs."""
    proofs: tuple[Proof, ...] = ()
    """Of every draw that was drawn."""


def natural_plan(loaded: Loaded) -> Plan | Infeasible:
    """The plan with all the time the SOP asks for."""
    file = loaded.campaign
    today = local_date(file.live.start, ZoneInfo(file.zone)) - LONG_BEFORE
    return plan_campaign(file, loaded.organisation, loaded.sop, working_days(loaded.organisation), today)


def cast_for(loaded: Loaded, plan: Plan, *, seed: int, templates: Sequence[Path], abuse: Abuse = NO_ABUSE) -> Cast:
    """Everybody. Absences of the abuse that are known beforehand are planned for; CannotFit: that leaves no plan."""
    loaded, voices = scaled(loaded), load_voices(templates)
    away = draw_absences(plan, loaded.organisation, abuse, seed=seed)
    known = announced(loaded, away)
    replanned = plan if known is loaded else natural_plan(known)
    if isinstance(replanned, Infeasible):
        raise CannotFit(replanned)
    return make_cast(known, replanned, voices, seed=seed, abuse=abuse, away=away)


def rehearse(
    cast: Cast, *, settings: Settings, watch: Callable[[Progress], None], scratch: Path | None = None
) -> Rehearsed:
    """Play the whole campaign through the real flows; Prefect's API must be set up around it (`server.prefect_api`).

    `scratch`: where the database is kept meanwhile.
    """
    clock, queue = virtual_clock(cast), QueueLauncher()
    with (
        _context(settings, clock, queue, scratch) as bare,
        handing_out(bare, clock, cast.seed) as giving,
        use_context(giving) as ctx,
    ):
        return play(ctx, cast, clock=clock, queue=queue, watch=watch)


def virtual_clock(cast: Cast) -> VirtualClock:
    """09:00 of the plan's first day."""
    return VirtualClock(day_start(first_day(cast.plan, cast.zone), cast.zone))


def play(
    ctx: Context,
    cast: Cast,
    *,
    clock: VirtualClock,
    queue: QueueLauncher,
    watch: Callable[[Progress], None],
    runner: Runner = through_prefect,
) -> Rehearsed:
    """Start the campaign in an empty database and let it run to its end; `runner`: what runs its flows."""
    key = start(ctx, told_here(cast.loaded), today=first_day(cast.plan, cast.zone))
    driver = Driver(ctx, cast, clock=clock, queue=queue, watch=watch, runner=runner)
    driver.run()
    return Rehearsed(cast, record(ctx, key), driver.runs, proofs(ctx, key))


@contextmanager
def _context(settings: Settings, clock: VirtualClock, queue: QueueLauncher, scratch: Path | None) -> Iterator[Context]:
    with TemporaryDirectory(prefix="opsflow-rehearsal-", dir=scratch) as folder:
        url = f"sqlite:///{Path(folder) / 'rehearsal.db'}"
        database = Database(url, lasting=False)
        try:
            upgrade(database)
            own = settings.model_copy(update={"database_url": url})
            channel = NoChannel()
            yield Context(own, database, clock, queue, {channel.name: channel})
        finally:
            database.close()


def today_of(rehearsed: Rehearsed) -> date:
    """The day the rehearsal began, as `opsflow plan --today` takes it."""
    return first_day(rehearsed.cast.plan, rehearsed.cast.zone)
