"""Rehearsals without Prefect's run context: the same functions, run by a plain call, in a database that can be read after."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import sqlalchemy as sa

from opsflow.campaigns.files import Loaded
from opsflow.campaigns.plan import Plan
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.db.tables import OutboxRow, TaskRow
from opsflow.engine.advance import advance
from opsflow.engine.lifecycle import cancel
from opsflow.engine.tick import deliver_due, tick
from opsflow.kernel.terms import CampaignKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.model import NoticeStatus
from opsflow.rehearsal.abuse import NO_ABUSE, Abuse
from opsflow.rehearsal.driver import QueueLauncher
from opsflow.rehearsal.stagecraft import NoChannel, Rehearsed, cast_for, natural_plan, play, virtual_clock
from opsflow.settings import SHIPPED, Settings
from tests.campaigns.planning import organisation
from tests.engine import small
from tests.rehearsal.troupe import loaded

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import State

LIVE_DAYS = 3
"""The samples are live for weeks, in which every day is like the one before; these are live for days."""


@dataclass(frozen=True)
class Played:
    """A rehearsal that is over, with what only the tables know."""

    rehearsed: Rehearsed
    matters: dict[str, str]
    """Of the notices that were sent: key -> the matter it spoke of; those that spoke of none are not here."""
    changes: dict[TaskCode, int]
    """How often the state of each task was changed."""
    message_keys: tuple[str, ...]
    """Of everything that was given to the channel."""
    ran: Counter[str]
    """How often each flow ran, by the stage's name or what a sweep does."""


SMALL = {level: f"small-{level.lower()}" for level in "SABC"}
"""Campaigns of the small SOP, by level: every kind of task and all stages, at a fifth of the time."""


@cache
def brief(sample: str) -> Loaded:
    """A sample with a live window of a few days, and the phases and rounds that fall into it; or a small campaign."""
    for level, key in SMALL.items():
        if sample == key:
            return Loaded(small.file(key=key, level=level), organisation(), small.sop())
    found = loaded(sample)
    live = found.campaign.live
    end = min(live.end, (live.start + timedelta(days=LIVE_DAYS)).replace(hour=0))
    changed = {
        "end": end,
        "phases": tuple(each.model_copy(update={"end": end}) for each in live.phases[:1]),
        "rounds": tuple(each.model_copy(update={"end": end}) for each in live.rounds[:1]),
    }
    # Draws have dates of their own, and are played in whole rehearsals (test_rehearsal_whole.py).
    shorter = {"live": live.model_copy(update=changed), "draws": ()}
    return replace(found, campaign=found.campaign.model_copy(update=shorter))


@cache
def brief_plan(sample: str) -> Plan:
    plan = natural_plan(brief(sample))
    assert isinstance(plan, Plan)
    return plan


@cache
def _empty() -> tuple[TemporaryDirectory[str], Path]:
    """A migrated database to be copied, in the workspace of the small SOP; kept for as long as this process lives."""
    folder = TemporaryDirectory(prefix="opsflow-abused-")
    file = Path(folder.name) / "empty.db"
    database = Database(f"sqlite:///{file}", lasting=False)
    upgrade(database)
    database.close()
    small.write_workspace(Path(folder.name))
    return folder, file


def directly(ctx: Context) -> "Callable[[Flow[..., State], tuple[str, ...]], str]":
    """Runs what a flow calls, and not the flow."""

    def run(flow: "Flow[..., State]", keys: tuple[str, ...]) -> str:
        if flow.name == "deadline_tracking":
            tick(ctx)
            return "Ticked"
        if flow.name == "notification_delivery":
            deliver_due(ctx)
            return "Delivered"
        return advance(ctx, CampaignKey(keys[0]), Stage(flow.name)).outlook.name

    return run


def cancelling(ctx: Context, key: CampaignKey, at: datetime) -> "Callable[[Flow[..., State], tuple[str, ...]], str]":
    """The same, until the sponsor cancels the campaign at the first run after an instant."""
    run, left = directly(ctx), [at]

    def run_or_cancel(flow: "Flow[..., State]", keys: tuple[str, ...]) -> str:
        if left and ctx.clock.now() >= left[0]:
            left.clear()
            cancel(ctx, key, by=small.SPONSOR, reason=Text.both("The supplier is bankrupt."))
        return run(flow, keys)

    return run_or_cancel


def played(
    sample: str,
    seed: int,
    abuse: Abuse = NO_ABUSE,
    *,
    cancelled_at: datetime | None = None,
    loaded: Loaded | None = None,
) -> Played:
    """One campaign from its start to its end. `loaded`: in place of the sample's."""
    folder, empty = _empty()
    file = Path(folder.name) / "played.db"
    shutil.copy(empty, file)
    database = Database(f"sqlite:///{file}", lasting=False)
    try:
        cast = cast_for(loaded or brief(sample), brief_plan(sample), seed=seed, templates=(SHIPPED,), abuse=abuse)
        clock, queue, channel, ran = virtual_clock(cast), QueueLauncher(), NoChannel(), Counter[str]()
        workspace = Path(folder.name) if sample in SMALL.values() else None
        settings = Settings(workspace=workspace, database_url=database.url)
        ctx = Context(settings, database, clock, queue, {channel.name: channel})
        runner = directly(ctx) if cancelled_at is None else cancelling(ctx, CampaignKey(sample), cancelled_at)
        rehearsed = play(ctx, cast, clock=clock, queue=queue, watch=lambda told: ran.update([told.what]), runner=runner)
        with database.transaction() as session:
            sent = session.execute(
                sa.select(OutboxRow.key, OutboxRow.matter).where(OutboxRow.status == NoticeStatus.SENT)
            )
            changes = session.execute(sa.select(TaskRow.code, TaskRow.revision))
            return Played(
                rehearsed,
                {key: matter for key, matter in sent if matter is not None},
                {TaskCode(code): revision for code, revision in changes},
                tuple(message.key for message in channel.sent),
                ran,
            )
    finally:
        database.close()
        for left in Path(folder.name).glob("played.db*"):
            left.unlink()
