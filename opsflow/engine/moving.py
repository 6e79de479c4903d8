"""Taking a plan of the rest: rows, wakes, ladders, documents, the journal, and one message to each whom it concerns."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from opsflow.approvals import store as approvals
from opsflow.approvals.model import ApprovalStatus, seat_matter
from opsflow.campaigns.store import add_wakes, filed, take_revision
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.effects import WriteDocument
from opsflow.engine.load import load_snapshot
from opsflow.engine.notices import Notices, members
from opsflow.engine.paper import write_document
from opsflow.engine.replanning.preview import MeetingMove, Preview, TaskMove
from opsflow.engine.rungs import set_approval_rungs, set_score_rungs, set_tasks_rungs
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.service import write, write_all
from opsflow.kernel.terms import PersonKey, Role, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.outbox.matters import Facts, raise_matter
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.selfcheck import store as selfcheck
from opsflow.selfcheck.service import scores_matter
from opsflow.sop.model import TaskKind
from opsflow.stages import store as stages
from opsflow.stages.model import FINAL, StageStatus, Task, TaskStatus
from opsflow.stages.moves.store import replan_stages, replan_tasks
from opsflow.stages.network import wakes_under_way
from opsflow.stages.service import task_matter

ASKED_BY_NAME = (TaskKind.APPROVAL, TaskKind.SELF_CHECK)
"""Whose ladders stand under each person who is asked, not under the task."""


def take(ctx: Context, session: Session, was: Snapshot, found: Preview, *, by: PersonKey, reason: Text | None) -> None:
    """Write all of it. PlanMoved, StaleStage: somebody was first, and nothing is kept."""
    campaign, new = was.campaign, found.replanned
    take_revision(
        session,
        campaign,
        launch=new.launch,
        ends=new.ends,
        warnings=[{"en": warning.en, "zh": warning.zh} for warning in new.warnings],
        provisional=new.provisional,
        **filed(new.file, new.organisation),
    )
    moved = {move.now.code for move in found.moves}
    replan_tasks(session, campaign.key, new.rewritten, moved=moved)
    replan_stages(session, [now for old, now in zip(was.stages, new.stages, strict=True) if old != now])
    for stage in was.stages:
        # Last, as a stage run does it: two who write the same rows in another order would wait for each other.
        if stage.status not in FINAL:
            stages.guard_stage(session, stage)
    session.expire_all()
    now = load_snapshot(ctx, session, campaign.key, Stage.EXECUTION)
    _set_ladders(session, now, found.moves, by=by)
    _wake(session, now)
    enqueue_all(session, list(_notices(was, now, found, by=by, reason=reason)), now=now.now)
    _write_down(session, was, now, found, by=by, reason=reason)
    _write_documents(ctx, session, now)


def _set_ladders(session: Session, now: Snapshot, moves: Sequence[TaskMove], *, by: PersonKey) -> None:
    """What has begun and moves gets a ladder of its own; the old one is dead, for its matter has been raised (F02)."""
    opened = [move.now for move in moves if move.now.status is TaskStatus.OPEN]
    plain = [task for task in opened if task.kind not in ASKED_BY_NAME]
    versions = {
        matter: raise_matter(session, matter, facts=_said(now, task, by))
        for task, matter in ((task, task_matter(now.campaign.key, task.code)) for task in plain)
    }
    set_tasks_rungs(session, now, plain, versions)
    for task in (task for task in opened if task.kind is TaskKind.APPROVAL):
        asked = now.approval_of(task.code)
        if asked is not None and asked.status is ApprovalStatus.OPEN:
            approvals.set_due(session, asked.id, task.due)
            for person in asked.waiting_for:
                raise_matter(session, seat_matter(asked.id, person), facts=_said(now, task, by))
            set_approval_rungs(session, now, task, replace(asked, due=task.due))
    for task in (task for task in opened if task.kind is TaskKind.SELF_CHECK):
        for latest in (each for each in now.rounds[-1:] if each.closed_at is None):
            selfcheck.set_due(session, now.campaign.key, latest.number, task.due)
            for person in latest.waiting_for:
                matter = scores_matter(now.campaign.key, latest.number, person)
                raise_matter(session, matter, facts=_said(now, task, by))
            set_score_rungs(
                session,
                now,
                task,
                number=latest.number,
                reviewers=tuple(latest.waiting_for),
                due=task.due,
                begun=latest.opened_at,
            )


def _said(now: Snapshot, task: Task, by: PersonKey) -> Facts:
    mover = now.campaign.organisation.people.get(by)
    return {"what": "moved", "by_name": mover.name if mover else None, "at": now.now, "due": task.due}


def _wake(session: Session, now: Snapshot) -> None:
    """Every instant at which a stage may move by the new plan, and at once for what the change itself moves.

    The wakes of the old plan stay: a run that finds nothing to do ends, and to take one away that somebody else has
    written for another reason would lose what it speaks of.
    """
    wakes: set[tuple[Stage, datetime]] = set()
    for stage in now.stages:
        if stage.status is StageStatus.PLANNED and stage.opens is not None:
            wakes.add((stage.name, max(stage.opens, now.now)))
        elif stage.status not in FINAL:
            wakes |= wakes_under_way(now.tasks, stage.name, ends=now.campaign.ends, now=now.now) | {
                (stage.name, now.now)
            }
    add_wakes(session, now.campaign.key, wakes)


def _notices(was: Snapshot, now: Snapshot, found: Preview, *, by: PersonKey, reason: Text | None) -> Iterator[Notice]:
    """Each person hears once what of theirs has moved; who steers the campaign hears how much has."""
    notices = Notices(now.campaign, now.sop)
    told: dict[PersonKey, dict[str, Value]] = {}
    for hit in found.hits:
        told.setdefault(hit.person, {})["tasks"] = [_line(move, hit.person) for move in hit.tasks]
    for meeting in found.meetings:
        for person in _invited(now, meeting):
            listed = told.setdefault(person, {}).setdefault("meetings", [])
            assert isinstance(listed, list)
            listed.append({"meeting": meeting.title, "was": meeting.was, "at": meeting.at})
    general: dict[str, Value] = {"count": len(found.moves), "by_name": notices.name(by)}
    general |= {} if reason is None else {"reason": reason}
    steers: dict[str, Value] = dict(_window(was, now))
    for person in notices.holders(Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST, Role.LEADER):
        if steers or person != by:
            told.setdefault(person, {})
    for person, own in told.items():
        data: dict[str, Value] = {
            **general,
            **steers,
            "tasks": own.get("tasks", []),
            "meetings": own.get("meetings", []),
        }
        yield notices.make("plan_moved", person, now.campaign.plan_revision, data=data)


def _line(move: TaskMove, person: PersonKey) -> dict[str, Value]:
    return {
        "code": move.now.code, "task": move.now.title, "was": move.was.due, "due": move.now.due,
        "start": move.now.start, "yours": move.now.owner == person, "was_yours": move.was.owner == person,
    }  # fmt: skip


def _invited(now: Snapshot, meeting: MeetingMove) -> list[PersonKey]:
    if not meeting.invited:
        return []
    stage = next(stage for stage in now.stages if stage.meeting == meeting.id)
    return members(now, stage.name)


def _window(was: Snapshot, now: Snapshot) -> dict[str, Value]:
    """The launch or the end, where it moves."""
    if was.campaign.launch != now.campaign.launch:
        return {"launch_was": was.campaign.launch, "launch": now.campaign.launch}
    if was.campaign.ends != now.campaign.ends:
        return {"ends_was": was.campaign.ends, "ends": now.campaign.ends}
    return {}


def _write_down(
    session: Session, was: Snapshot, now: Snapshot, found: Preview, *, by: PersonKey, reason: Text | None
) -> None:
    key = now.campaign.key
    moved: dict[str, dict[str, Value]] = {
        move.now.code: {"title": move.now.title, "was": move.was.due, "due": move.now.due, "owner": move.now.owner}
        for move in found.moves
    }
    data: dict[str, Value] = {
        "revision": now.campaign.plan_revision,
        "tasks": len(moved),
        "reason": reason,
        "slips": _slips(found),
        **_window(was, now),
    }
    write(session, at=now.now, actor=by, action="plan.moved", campaign=key, object=key, data=data)
    if moved:
        write_all(session, at=now.now, actor=by, action="task.moved", campaign=key, objects=moved)


def _slips(found: Preview) -> list[Value]:
    return [{"task": slip.task, "due": slip.due} for slip in found.replanned.change.slips]


def _write_documents(ctx: Context, session: Session, now: Snapshot) -> None:
    """Papers of stages that are not over are written anew with the new dates; what records a meeting stays as it was."""
    over = {stage.name for stage in now.stages if stage.status in FINAL}
    kinds = {task.code: task.kind for task in now.tasks}
    for document in now.document_specs():
        written = now.documents.get(document.id)
        if written is None or document.stage in over or kinds[document.task] is TaskKind.MEETING:
            continue
        state: Literal["draft", "final"] = "final" if written.state == "final" else "draft"
        write_document(ctx, session, now, WriteDocument(document.id, document.id, state, written.tells_of))
