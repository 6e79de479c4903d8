"""Doing what was decided about tasks: opening, approvals, scoring, rework, finishing."""

from collections.abc import Sequence

from opsflow.approvals import store as approvals
from opsflow.approvals.model import Approval, ApprovalStatus, Seat, approval_id, seat_matter
from opsflow.campaigns.store import add_wakes
from opsflow.campaigns.team import Holder, approver_seats, seated, stand_in
from opsflow.engine.effects import (
    CloseRound,
    FinishTask,
    OpenRound,
    RequestApproval,
    Rework,
    Supersede,
)
from opsflow.engine.notices import go_live_holder, joined
from opsflow.engine.rungs import set_approval_rungs, set_score_rungs, set_tasks_rungs
from opsflow.engine.subjects import subject_title
from opsflow.engine.work import Work
from opsflow.journal.model import ENGINE
from opsflow.kernel.terms import PersonKey, Role, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.outbox.matters import Facts, close_matter, open_matter, open_matters
from opsflow.selfcheck import store as selfcheck
from opsflow.selfcheck.service import scores_matter
from opsflow.sop.model import Task as TaskSpec
from opsflow.sop.model import TaskKind
from opsflow.stages import store as stages
from opsflow.stages.model import Task, TaskStatus
from opsflow.stages.service import finish, task_matter


class TaskEffects:
    """Applies the effects that concern tasks."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def open_tasks(self, codes: Sequence[TaskCode]) -> None:
        """Planned tasks open; their owners are told, their ladders begin. A stage opens many at once: one statement each."""
        session, snapshot, campaign = self.work.session, self.work.snapshot, self.work.campaign.key
        tasks = [self.work.task(code) for code in codes]
        stages.open_tasks(session, campaign, codes, now=snapshot.now)
        versions = open_matters(session, [task_matter(campaign, code) for code in codes])
        set_tasks_rungs(session, snapshot, tasks, versions)
        # Whoever does something anew was told when it was asked for.
        told = [task for task in tasks if not snapshot.on_demand(task) or snapshot.is_added(task)]
        self.work.tell(
            [
                self.work.notices.task_opened(
                    task, now=snapshot.now, version=versions[task_matter(campaign, task.code)]
                )
                for task in told
            ]
        )
        self.work.note_all(
            "task.opened",
            {task.code: {"title": task.title, "owner": task.owner, "deputy_for": task.deputy_for} for task in tasks},
        )
        for task in tasks:
            if task.kind is TaskKind.GO_LIVE:
                self._ask_go_live(task)

    def _ask_go_live(self, task: Task) -> None:
        holder = go_live_holder(self.work.snapshot)
        if holder is not None:
            self.work.tell([self.work.notices.go_live_requested(self.work.snapshot, task, holder)])

    def request(self, effect: RequestApproval) -> None:
        """A version of a subject is put before its seats."""
        task, now = self.work.task(effect.code), self.work.snapshot.now
        approval = Approval(
            id=approval_id(self.work.campaign.key, effect.subject, effect.version),
            campaign=self.work.campaign.key,
            stage=task.stage,
            task=task.code,
            subject=effect.subject,
            version=effect.version,
            content_hash=effect.content_hash,
            author=effect.author,
            status=ApprovalStatus.OPEN,
            requested_at=now,
            due=max(task.due, self.work.snapshot.rework_due if effect.version > 1 else task.due),
            decided_at=None,
            seats=self._seats(task, effect.author),
        )
        approvals.insert(self.work.session, approval)
        stages.open_tasks(self.work.session, self.work.campaign.key, [task.code], now=now)
        open_matter(self.work.session, task_matter(self.work.campaign.key, task.code))
        subject = subject_title(self.work.snapshot, effect.subject)
        for seat in approval.seats:
            open_matter(self.work.session, seat_matter(approval.id, seat.person))
        set_approval_rungs(self.work.session, self.work.snapshot, task, approval)
        people = {seat.person: seat for seat in approval.seats}
        self.work.tell(
            [self.work.notices.approval_requested(approval, seat, subject=subject, now=now) for seat in people.values()]
        )
        self.work.note(
            "approval.requested", approval.id, {"hash": effect.content_hash, "of": list(people), "subject": subject}
        )

    def _seats(self, task: Task, author: PersonKey) -> tuple[Seat, ...]:
        file, organisation = self.work.campaign.file, self.work.campaign.organisation
        names = (task.role,) if task.role else approver_seats(self.work.snapshot.policy, file, organisation)
        day = local_date(self.work.snapshot.now, self.work.campaign.zone)
        seats = []
        for name in names:
            holder = seated(name, day, authors=frozenset({author}), file=file, organisation=organisation)
            if holder is not None:
                seats.append(Seat(str(name), holder.person, holder.deputy_for))
        return tuple(seats)

    def supersede(self, effect: Supersede) -> None:
        """What was covered has changed: the request is void and the task waits again."""
        approval = next(each for each in self.work.snapshot.approvals if each.id == effect.approval)
        now = self.work.snapshot.now
        approvals.set_status(self.work.session, approval.id, ApprovalStatus.SUPERSEDED, was=approval.status, at=now)
        for person in approval.waiting_for:
            facts: Facts = {"what": "superseded", "at": now}
            close_matter(self.work.session, seat_matter(approval.id, person), facts=facts)
        task = self.work.task(effect.task)
        stages.reopen_task(self.work.session, self.work.campaign.key, task.code, after=task.after)
        self.work.note("approval.superseded", approval.id, {"reason": "what it covered has changed"})

    def finish(self, effect: FinishTask) -> None:
        """The engine finishes a task whose condition holds."""
        task = self.work.task(effect.code)
        finish(
            self.work.session,
            self.work.campaign,
            task,
            by=ENGINE,
            now=self.work.snapshot.now,
            evidence=effect.evidence,
            note=effect.note,
        )
        self.work.did.append(f"task.done {task.code}")
        if task.kind is TaskKind.APPROVAL:
            self._tell_decided(task, Text("approved", "通过"), by=None, reason=None)

    def _tell_decided(self, task: Task, verdict: Text, *, by: PersonKey | None, reason: Text | None) -> None:
        approval = self.work.snapshot.approval_of(task.code)
        if approval is None:
            return
        people = [approval.author, *self.work.notices.holders(Role.CAMPAIGN_MANAGER)]
        voters = [by] if by else list(dict.fromkeys(seat.person for seat in approval.seats))
        who = joined(self.work.notices.name(voter) for voter in voters)
        subject = subject_title(self.work.snapshot, approval.subject)
        self.work.tell(
            self.work.notices.approval_decided(
                approval, subject=subject, verdict=verdict, people=people, by=who, reason=reason
            )
        )

    def rework(self, effect: Rework) -> None:
        """A task is created to do anew what was refused."""
        origin, redone = self.work.task(effect.origin), self.work.snapshot.task(effect.redo)
        spec = next(each for each in self.work.snapshot.sop.tasks if each.id == effect.redo)
        holder = self._who(spec, redone or origin)
        task = Task(
            code=effect.code,
            stage=origin.stage,
            kind=TaskKind.WORK,
            title=spec.title if redone is None else Text(f"Rework: {spec.title.en}", f"返工：{spec.title.zh}"),
            role=spec.owner.role,
            department=spec.owner.department,
            owner=holder.person,
            deputy_for=holder.deputy_for,
            approvers=(),
            days=1,
            start=self.work.snapshot.now,
            due=self.work.snapshot.rework_due,
            float_days=origin.float_days,
            critical=origin.critical,
            gate_task=origin.gate_task,
            after=(),
            deliverable=spec.deliverable,
            repeats=(),
            repeat_rule=None,
            because=(effect.reason,),
            status=TaskStatus.PLANNED,
            opened_at=None,
            done_at=None,
            done_by=None,
            evidence=None,
            note=None,
        )
        stages.add_task(self.work.session, self.work.campaign.key, task, following=effect.redo)
        open_matter(self.work.session, task_matter(self.work.campaign.key, task.code))
        self.work.tell(
            [self.work.notices.rework_requested(task, subject=origin.title, reason=effect.reason, by=effect.by)]
        )
        if origin.kind is not TaskKind.SELF_CHECK:
            after = tuple(dict.fromkeys((*origin.after, task.code, *effect.also_after)))
            stages.reopen_task(self.work.session, self.work.campaign.key, origin.code, after=after)
            said: Facts = {"what": "rework", "by_name": self.work.notices.name(effect.by), "at": self.work.snapshot.now}
            close_matter(self.work.session, task_matter(self.work.campaign.key, origin.code), facts=said)
        if origin.kind is TaskKind.APPROVAL:
            self._tell_decided(origin, Text("rejected", "驳回"), by=effect.by, reason=effect.reason)
        add_wakes(self.work.session, self.work.campaign.key, [(origin.stage, self.work.snapshot.now)])
        self.work.note("rework.requested", task.code, {"of": origin.code, "reason": effect.reason, "by": effect.by})

    def _who(self, spec: TaskSpec, pattern: Task) -> Holder:
        """Who did it before, else who fills its role; while they are away, who stands in."""
        filled = self.work.notices.holders(spec.owner.role) if spec.owner.role and pattern.code != spec.id else []
        person = next(iter(filled), pattern.deputy_for or pattern.owner)
        day = local_date(self.work.snapshot.now, self.work.campaign.zone)
        return stand_in(person, day, self.work.campaign.organisation)

    def open_round(self, effect: OpenRound) -> None:
        """Reviewers are asked for their scores."""
        task, now = self.work.task(effect.code), self.work.snapshot.now
        wanted = {
            person: tuple(module for module in modules if module in effect.modules)
            for person, modules in self.work.snapshot.reviewers.items()
        }
        reviewers = {person: modules for person, modules in wanted.items() if modules}
        due = max(task.due, self.work.snapshot.rework_due if effect.number > 1 else task.due)
        selfcheck.insert_round(
            self.work.session, self.work.campaign.key, effect.number, reviewers=reviewers, due=due, now=now
        )
        if task.status is TaskStatus.PLANNED:
            stages.open_tasks(self.work.session, self.work.campaign.key, [task.code], now=now)
            open_matter(self.work.session, task_matter(self.work.campaign.key, task.code))
        for person in reviewers:
            open_matter(self.work.session, scores_matter(self.work.campaign.key, effect.number, person))
        set_score_rungs(
            self.work.session,
            self.work.snapshot,
            task,
            number=effect.number,
            reviewers=tuple(reviewers),
            due=due,
            begun=now,
        )
        self.work.tell(
            [
                self.work.notices.scores_wanted(
                    person, number=effect.number, modules=modules, due=due, begun=now, now=now
                )
                for person, modules in reviewers.items()
            ]
        )
        self.work.note(
            "self_check.opened",
            f"round {effect.number}",
            {"reviewers": list(reviewers), "modules": list(effect.modules)},
        )

    def close_round(self, effect: CloseRound) -> None:
        """The result of a round is written down and told."""
        selfcheck.close_round(
            self.work.session, self.work.campaign.key, effect.number, passed=effect.passed, now=self.work.snapshot.now
        )
        people = self.work.notices.holders(Role.PLANNER, Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST)
        self.work.tell(
            [
                self.work.notices.self_check_result(
                    person, number=effect.number, total=effect.total, passed=effect.passed, weak=effect.weak
                )
                for person in people
            ]
        )
        self.work.note(
            "self_check.closed",
            f"round {effect.number}",
            {"number": effect.number, "total": effect.total, "passed": effect.passed, "weak": list(effect.weak)},
        )
