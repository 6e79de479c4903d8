"""Doing what was decided because somebody is away: a task, or a seat, goes to who stands in."""

from dataclasses import replace

from opsflow.approvals import store as approvals
from opsflow.approvals.model import Approval, seat_matter
from opsflow.engine.effects import HandOver, MoveSeat
from opsflow.engine.rungs import set_approval_rungs, set_task_rungs
from opsflow.engine.subjects import subject_title
from opsflow.engine.work import Work
from opsflow.kernel.values import Value
from opsflow.outbox.matters import Facts, close_matter, open_matter, raise_matter
from opsflow.stages import store as stages
from opsflow.stages.service import task_matter


class HandingEffects:
    """Applies the effects of an absence."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def hand_over(self, effect: HandOver) -> None:
        """The stand-in owns the task from now on; what was still to be told to the one who is away is not (F47)."""
        campaign = self.work.campaign.key
        stages.hand_over(self.work.session, campaign, effect.code, owner=effect.owner, deputy_for=effect.deputy_for)
        facts: Facts = {"what": "handed_over", "owner_name": self.work.notices.name(effect.owner)}
        raise_matter(self.work.session, task_matter(campaign, effect.code), facts=facts)
        task = replace(self.work.task(effect.code), owner=effect.owner, deputy_for=effect.deputy_for)
        set_task_rungs(self.work.session, self.work.snapshot, task)
        self.work.tell([self.work.notices.task_opened(task, now=self.work.snapshot.now)])
        data: dict[str, Value] = {"title": task.title, "owner": task.owner, "deputy_for": task.deputy_for}
        self.work.note("task.handed_over", task.code, data)

    def move_seat(self, effect: MoveSeat) -> None:
        """The stand-in is asked for the vote; a seat that was filled meanwhile stays as it is."""
        before = next(each for each in self.work.snapshot.approvals if each.id == effect.approval)
        if not approvals.move_seat(
            self.work.session, effect.approval, effect.seat, person=effect.person, deputy_for=effect.deputy_for
        ):
            return
        after = _moved(before, effect)
        for person in set(before.waiting_for) - set(after.waiting_for):
            facts: Facts = {"what": "handed_over", "owner_name": self.work.notices.name(effect.person)}
            close_matter(self.work.session, seat_matter(before.id, person), facts=facts)
        open_matter(self.work.session, seat_matter(after.id, effect.person))
        asked = replace(after, seats=tuple(seat for seat in after.seats if seat.seat == effect.seat))
        set_approval_rungs(self.work.session, self.work.snapshot, self.work.task(before.task), asked)
        subject = subject_title(self.work.snapshot, after.subject)
        now = self.work.snapshot.now
        self.work.tell([self.work.notices.approval_requested(after, asked.seats[0], subject=subject, now=now)])
        data: dict[str, Value] = {
            "seat": effect.seat,
            "person": effect.person,
            "deputy_for": effect.deputy_for,
            "title": subject,
        }
        self.work.note("approval.handed_over", effect.approval, data)


def _moved(approval: Approval, effect: MoveSeat) -> Approval:
    seats = [
        replace(seat, person=effect.person, deputy_for=effect.deputy_for) if seat.seat == effect.seat else seat
        for seat in approval.seats
    ]
    return replace(approval, seats=tuple(seats))
