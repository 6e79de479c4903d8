"""Campaign rows, and the wakes that say a stage may move."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.state import Campaign, CampaignStatus, PlanMoved, Wake
from opsflow.db.pauses import paused_campaigns
from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import CampaignRow, WakeRow
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.kernel.text import Text
from opsflow.org.model import Organisation


def insert_campaign(
    session: Session, file: CampaignFile, organisation: Organisation, plan: Plan, *, sop_version: int, now: datetime
) -> bool:
    """Store a campaign; False when its key is there already."""
    row = {
        "key": file.key,
        "title": file.title,
        "level": file.level,
        "status": CampaignStatus.ACTIVE,
        "zone": file.zone,
        "language": file.language,
        "launch": plan.launch,
        "ends": plan.end,
        "sop_name": file.sop,
        "sop_version": sop_version,
        "file": file.model_dump(mode="json"),
        "organisation": organisation.model_dump(mode="json"),
        "warnings": [{"en": warning.en, "zh": warning.zh} for warning in plan.warnings],
        "provisional": plan.provisional,
        "plan_revision": 1,
        "created_at": now,
    }
    return insert_or_nothing(session, CampaignRow, [row], returning=CampaignRow.key) == [file.key]


def load_campaign(session: Session, key: CampaignKey) -> Campaign:
    """A campaign by its key; NotFound names those there are."""
    row = session.execute(_CAMPAIGN, {"campaign": key}).first()
    if row is None:
        known = session.scalars(sa.select(CampaignRow.key).order_by(CampaignRow.key).limit(20)).all()
        raise NotFound(f"There is no campaign {key}. Known: {', '.join(known) or 'none yet'}.")
    return Campaign(
        key=CampaignKey(row.key),
        title=row.title,
        level=Level(row.level),
        status=CampaignStatus(row.status),
        zone=ZoneInfo(row.zone),
        launch=row.launch,
        ends=row.ends,
        file=_file(row.file),
        organisation=_organisation(row.organisation),
        sop_name=row.sop_name,
        sop_version=row.sop_version,
        started_at=row.created_at,
        plan_revision=row.plan_revision,
        provisional=row.provisional,
        warnings=tuple(Text(**warning) for warning in row.warnings),
    )


_CAMPAIGNS = cast(sa.Table, CampaignRow.__table__)
_CAMPAIGN = sa.select(
    *(column for column in _CAMPAIGNS.c if column.name not in {"file", "organisation"}),
    # As the text they are stored as: every action reads them, and the same text is the same file.
    *(sa.cast(_CAMPAIGNS.c[name], sa.Text).label(name) for name in ("file", "organisation")),
).where(_CAMPAIGNS.c.key == sa.bindparam("campaign"))


def hold_campaign(session: Session, key: CampaignKey) -> None:
    """Let those who finish something in a campaign do so one after the other (SQLite has one writer anyway).

    Else two who finish the last two things that a task waits for would each see the other's still open, and nobody
    would wake the task's stage. Whoever takes rows of a campaign (votes, tasks, matters) takes this one first.
    """
    session.execute(_HELD, {"campaign": key})


_HELD = sa.select(_CAMPAIGNS.c.key).where(_CAMPAIGNS.c.key == sa.bindparam("campaign")).with_for_update(key_share=True)


@lru_cache(maxsize=64)
def _file(text: str) -> CampaignFile:
    return CampaignFile.model_validate_json(text)


@lru_cache(maxsize=64)
def _organisation(text: str) -> Organisation:
    return Organisation.model_validate_json(text)


def set_status(session: Session, key: CampaignKey, status: CampaignStatus) -> None:
    """Move a campaign as a whole."""
    session.execute(sa.update(CampaignRow).where(CampaignRow.key == key).values(status=status))


def move_campaign(session: Session, key: CampaignKey, to: CampaignStatus, *, was: CampaignStatus) -> bool:
    """Move a campaign from one state to another; False when it is not in the first (any more)."""
    moved = session.execute(
        sa.update(CampaignRow)
        .where(CampaignRow.key == key, CampaignRow.status == was)
        .values(status=to)
        .returning(CampaignRow.key)
    )
    return moved.first() is not None


def set_file(session: Session, key: CampaignKey, file: CampaignFile) -> None:
    """Store what a campaign's file says now."""
    session.execute(sa.update(CampaignRow).where(CampaignRow.key == key).values(file=file.model_dump(mode="json")))


def take_revision(session: Session, campaign: Campaign, **values: Any) -> None:
    """Give a campaign the next revision of its plan; PlanMoved when somebody else did since it was read."""
    moved = session.execute(
        sa.update(CampaignRow)
        .where(CampaignRow.key == campaign.key, CampaignRow.plan_revision == campaign.plan_revision)
        .values(plan_revision=campaign.plan_revision + 1, **values)
        .returning(CampaignRow.key)
    )
    if moved.first() is None:
        raise PlanMoved(campaign.key, campaign.plan_revision)


def filed(file: CampaignFile, organisation: Organisation) -> dict[str, Any]:
    """A campaign's file and organisation as they are stored."""
    return {
        "title": file.title,
        "file": file.model_dump(mode="json"),
        "organisation": organisation.model_dump(mode="json"),
    }


def set_organisation(session: Session, key: CampaignKey, organisation: Organisation) -> None:
    """Store who a campaign's people are now."""
    values = {"organisation": organisation.model_dump(mode="json")}
    session.execute(sa.update(CampaignRow).where(CampaignRow.key == key).values(**values))


def active_campaigns(session: Session) -> tuple[CampaignKey, ...]:
    """Keys of the campaigns that are under way, in order."""
    return tuple(CampaignKey(key) for key in session.scalars(_ACTIVE))


_ALL = sa.select(CampaignRow.key).order_by(CampaignRow.key)
_ACTIVE = _ALL.where(CampaignRow.status == CampaignStatus.ACTIVE)


def all_campaigns(session: Session) -> tuple[CampaignKey, ...]:
    """Keys of every campaign, in order."""
    return tuple(CampaignKey(key) for key in session.scalars(_ALL))


def add_wakes(session: Session, campaign: CampaignKey, wakes: Iterable[tuple[Stage, datetime]]) -> None:
    """Say that a stage may move at an instant. The run that comes answers all that it finds due."""
    rows = [
        {"campaign": campaign, "stage": stage, "not_before": at, "attempt": 1}
        for stage, at in sorted(set(wakes), key=lambda wake: (wake[0], wake[1]))
    ]
    if rows:
        insert_many(session, WakeRow, rows)


def due_wakes(session: Session, campaign: CampaignKey, stage: Stage, *, now: datetime) -> tuple[int, ...]:
    """Ids of the wakes of one stage that are due."""
    return tuple(session.scalars(_DUE, {"campaign": campaign, "stage": stage, "now": now}))


def delete_wakes(session: Session, ids: Iterable[int]) -> None:
    """Forget wakes that were answered, by id: one that came meanwhile stays."""
    session.execute(_ANSWERED, {"answered": tuple(ids)})


WAKES = WakeRow.__tablename__
_WAKES = cast(sa.Table, WakeRow.__table__)
_DUE = sa.select(_WAKES.c.id).where(
    _WAKES.c.campaign == sa.bindparam("campaign"),
    _WAKES.c.stage == sa.bindparam("stage"),
    _WAKES.c.not_before <= sa.bindparam("now"),
)
_ANSWERED = sa.delete(_WAKES).where(_WAKES.c.id.in_(sa.bindparam("answered", expanding=True)))


def first_due_wakes(session: Session, *, now: datetime) -> tuple[Wake, ...]:
    """The earliest due wake of each stage; the one that was launched, where one was. A paused campaign has none."""
    return _first_of_each(session.execute(_FIRST_DUE, {"now": now}))


def _first_of_each(rows: Iterable[sa.Row[Any]]) -> tuple[Wake, ...]:
    """The first wake of each stage."""
    chosen: dict[tuple[str, str], Wake] = {}
    for row in rows:
        wake = Wake(
            id=row.id,
            campaign=CampaignKey(row.campaign),
            level=Level(row.level),
            stage=Stage(row.stage),
            not_before=row.not_before,
            attempt=row.attempt,
            launched_at=row.launched_at,
            run=row.run,
        )
        chosen.setdefault((row.campaign, row.stage), wake)
    return tuple(chosen.values())


_RUNNING = _WAKES.c.campaign.not_in(paused_campaigns())
_EACH = sa.select(_WAKES, _CAMPAIGNS.c.level).join(_CAMPAIGNS, _CAMPAIGNS.c.key == _WAKES.c.campaign)
_FIRST_DUE = _EACH.where(_WAKES.c.not_before <= sa.bindparam("now"), _RUNNING).order_by(
    _WAKES.c.campaign, _WAKES.c.stage, _WAKES.c.launched_at.is_(None), _WAKES.c.not_before
)


def claim_launch(session: Session, wake: Wake, *, now: datetime) -> Wake | None:
    """Take the launch of a wake's next attempt; None when somebody else was first or it has been answered."""
    attempt = wake.attempt if wake.launched_at is None else wake.attempt + 1
    found = {"wake": wake.id, "was": wake.attempt, "was_at": wake.launched_at}
    moved = session.execute(_CLAIMED, found | {"attempt": attempt, "launched_at": now, "run": None})
    return None if moved.first() is None else replace(wake, attempt=attempt, launched_at=now, run=None)


_SAME = (_WAKES.c.id == sa.bindparam("wake"), _WAKES.c.attempt == sa.bindparam("was"))
_CLAIMED = (
    sa.update(_WAKES)
    .where(*_SAME, _WAKES.c.launched_at.is_not_distinct_from(sa.bindparam("was_at", type_=_WAKES.c.launched_at.type)))
    .returning(_WAKES.c.id)
)
_NOTED = sa.update(_WAKES).where(*_SAME)


def set_run(session: Session, wake: Wake, run: str | None) -> None:
    """Note the motor's id of the run that was launched; None gives the attempt back, because none was."""
    change = {"run": run} if run is not None else {"launched_at": None}
    session.execute(_NOTED, {"wake": wake.id, "was": wake.attempt} | change)


def next_wake(session: Session) -> datetime | None:
    """The earliest instant at which a stage may move; None when nothing waits, or all that does is paused."""
    return session.scalar(_NEXT)


_NEXT = sa.select(sa.func.min(WakeRow.not_before)).where(_RUNNING)


def unanswered_wakes(session: Session, *, before: datetime) -> tuple[Wake, ...]:
    """The oldest wake of each stage that was due before an instant and has not been answered, oldest first."""
    return _first_of_each(
        session.execute(_EACH.where(_WAKES.c.not_before < before, _RUNNING).order_by(_WAKES.c.not_before))
    )
