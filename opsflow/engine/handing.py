"""Who is away and does not come back in time: which tasks and which votes go to who stands in. Pure."""

from collections.abc import Iterator
from datetime import date, datetime

from opsflow.approvals.model import ApprovalStatus
from opsflow.campaigns.team import seated, stand_in
from opsflow.engine.effects import Effect, HandOver, MoveSeat
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.zoned import local_date
from opsflow.sop.model import TaskKind
from opsflow.stages.model import TaskStatus

VOTED = (TaskKind.APPROVAL, TaskKind.SELF_CHECK)
"""What several people do: each seat is handed over by itself, and a reviewer's scores wait for the reviewer."""


def handed_over(snapshot: Snapshot) -> tuple[Effect, ...]:
    """Open tasks and seats of the stage whose person is away today and still is when they are due.

    Who is back in time keeps what is theirs; meanwhile the head or deputy of the department may act on it.
    """
    return (*_tasks(snapshot), *_seats(snapshot))


def _tasks(snapshot: Snapshot) -> Iterator[Effect]:
    for task in snapshot.own:
        if task.status is TaskStatus.OPEN and task.kind not in VOTED and _away(snapshot, task.owner, task.due):
            holder = stand_in(task.owner, _today(snapshot), snapshot.campaign.organisation)
            if holder.deputy_for is not None:
                yield HandOver(task.code, holder.person, task.owner)


def _seats(snapshot: Snapshot) -> Iterator[Effect]:
    campaign = snapshot.campaign
    for approval in snapshot.approvals:
        if approval.stage != snapshot.stage.name or approval.status is not ApprovalStatus.OPEN:
            continue
        for seat in approval.seats:
            if seat.verdict is not None or not _away(snapshot, seat.person, approval.due):
                continue
            authors = frozenset({approval.author})
            holder = seated(
                seat.seat, _today(snapshot), authors=authors, file=campaign.file, organisation=campaign.organisation
            )
            if holder is not None and not _away(snapshot, holder.person, snapshot.now):
                yield MoveSeat(approval.id, seat.seat, holder.person, seat.person)


def _away(snapshot: Snapshot, person: PersonKey, until: datetime) -> bool:
    entry = snapshot.campaign.organisation.people[person]
    last = max(_today(snapshot), local_date(until, snapshot.campaign.zone))
    return entry.is_absent(_today(snapshot)) and entry.is_absent(last)


def _today(snapshot: Snapshot) -> date:
    return local_date(snapshot.now, snapshot.campaign.zone)
