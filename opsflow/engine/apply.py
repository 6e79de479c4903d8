"""Doing what was decided: every effect of one stage run, in the run's transaction."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.apply_absences import HandingEffects
from opsflow.engine.apply_stages import StageEffects
from opsflow.engine.apply_tasks import TaskEffects
from opsflow.engine.effects import (
    ArchiveCampaign,
    CloseRound,
    CloseStage,
    Effect,
    FinishTask,
    HandOver,
    MoveSeat,
    MoveStage,
    OpenRound,
    OpenStage,
    OpenTask,
    RequestApproval,
    Rework,
    StopCampaign,
    Supersede,
    WriteDocument,
)
from opsflow.engine.paper import write_document
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.work import Work


def apply(ctx: Context, session: Session, snapshot: Snapshot, effects: Sequence[Effect]) -> tuple[str, ...]:
    """Apply effects to the state the snapshot was read from; one line per thing that was done."""
    work = Work(ctx, session, snapshot)
    tasks, handing, stages = TaskEffects(work), HandingEffects(work), StageEffects(work)
    handlers: dict[type, Callable[[Any], None]] = {
        HandOver: handing.hand_over,
        MoveSeat: handing.move_seat,
        RequestApproval: tasks.request,
        Supersede: tasks.supersede,
        FinishTask: tasks.finish,
        Rework: tasks.rework,
        OpenRound: tasks.open_round,
        CloseRound: tasks.close_round,
        OpenStage: stages.open_stage,
        MoveStage: stages.move,
        CloseStage: stages.close_stage,
        StopCampaign: stages.stop,
        ArchiveCampaign: stages.archive,
        WriteDocument: lambda effect: _write(work, effect),
    }
    for kind, alike in groupby(effects, key=type):
        if kind is OpenTask:
            tasks.open_tasks([effect.code for effect in alike if isinstance(effect, OpenTask)])
            continue
        for effect in alike:
            handlers[kind](effect)
    return tuple(work.did)


def _write(work: Work, effect: WriteDocument) -> None:
    revision = write_document(work.ctx, work.session, work.snapshot, effect)
    work.note("document.written", effect.id, {"state": effect.state, "revision": revision})
