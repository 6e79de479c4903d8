"""What simulated people are about to do: a pure function from what waits for them to acts with their instants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsflow.approvals.model import Approval, Seat, Verdict
from opsflow.campaigns.team import go_live_decider
from opsflow.engine.worklist import DueMeeting, Unanswered, Worklist
from opsflow.kernel.terms import PersonKey, Role, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.rehearsal.acts import (
    Act,
    Answer,
    CallOff,
    Cancel,
    Complete,
    DecideGoLive,
    Meet,
    Repeat,
    Resolve,
    Score,
    Vote,
)
from opsflow.rehearsal.cast import Cast
from opsflow.rehearsal.speech import Speech, deliverable_name
from opsflow.rehearsal.timing import Timing
from opsflow.rehearsal.voices import chance, fill, pick
from opsflow.selfcheck.model import Round
from opsflow.sop.model import TaskKind
from opsflow.stages.model import Outcome, Task, TaskStatus
from opsflow.workdays.hours import day_start

DRAFTS = {"initial_planning": ("CO12", "DE01"), "coordination": ("DE01",)}
"""Meeting -> the first of these tasks that the level has drafts from its opinions, and answers them."""
DECLINED_SHARE = 0.8
"""Of the opinions against which something can be said."""
COMMENT_SHARE = 0.6
TOO_LATE = Text(
    "The live window was over before everything was ready; it is prepared anew for another date.",
    "准备就绪前活动期已结束；另择日期重新筹备。",
)
GOOD, WEAK = (7, 8, 8, 9), (4, 5, 5, 5)


@dataclass(frozen=True)
class People:
    """Everybody, facing what there is to do at one instant."""

    cast: Cast
    todo: Worklist
    now: datetime

    @property
    def timing(self) -> Timing:
        return Timing(self.cast, self.todo.every_task)

    def acts(self) -> tuple[Act, ...]:
        """Everything people would do if nothing happened in between, in order of time."""
        found = [
            *self._absences(),
            *self._completions(),
            *self._votes(),
            *self._scores(),
            *self._meetings(),
            *self._answers(),
            *self._resolutions(),
            *self._go_live(),
            *self._repeats(),
        ]
        return tuple(sorted(found, key=lambda act: (act.at, type(act).__name__, act.by, str(act))))

    def _absences(self) -> Iterator[Act]:
        for away in self.cast.away:
            known = self.todo.organisation.people[away.person].is_absent(away.first)
            if away.sudden and not known:
                at = day_start(away.first, self.cast.zone)
                yield CallOff(at=at, by=away.person, first=away.first, last=away.last)

    def _acting(self, owner: PersonKey, at: datetime) -> tuple[PersonKey, datetime]:
        """Who does what cannot wait for its owner: who stands in; with nobody, the owner when back."""
        person = self.cast.acting(owner, at)
        return person, self.cast.there(person, at)

    def _completions(self) -> Iterator[Act]:
        for task in self.todo.tasks:
            by, at = task.owner, self.timing.finish(task)
            by, at = self._acting(by, at) if task.kind is TaskKind.LAUNCH else (by, self.cast.there(by, at))
            evidence = deliverable_name(task) if task.deliverable is not None else None
            yield Complete(at=at, by=by, code=task.code, evidence=evidence, note=self._note(task, at))

    def _note(self, task: Task, at: datetime) -> Text | None:
        voices, seed = self.cast.voices, self.cast.seed
        if at > task.due and task.held_up:
            return pick(voices.held_up, seed, task.code) if voices.held_up else None
        if at > task.due:
            return pick(voices.late, seed, task.code)
        if task.deliverable is None:
            return pick(voices.about(voices.notes, task.code), seed, task.code)
        return None

    def _votes(self) -> Iterator[Act]:
        for approval in self.todo.approvals:
            task = self._task(approval.task)
            for person in approval.waiting_for:
                seat = next(seat for seat in approval.seats if seat.person == person)
                yield self._vote(approval, task, seat)

    def _vote(self, approval: Approval, task: Task, seat: Seat) -> Vote:
        at = self.timing.vote(task, requested=approval.requested_at, version=approval.version, seat=seat.seat)
        at = self.cast.there(seat.person, at)
        voices, seed = self.cast.voices, self.cast.seed
        if self._refuses(approval, seat):
            reason = fill(
                pick(voices.about(voices.refusals, approval.subject), seed, approval.subject), **self._names()
            )
            return Vote(at=at, by=seat.person, approval=approval.id, verdict=Verdict.REJECT, reason=reason)
        said = pick(voices.approvals, seed, approval.subject, seat.seat, approval.version)
        return Vote(at=at, by=seat.person, approval=approval.id, verdict=Verdict.APPROVE, reason=said)

    def _refuses(self, approval: Approval, seat: Seat) -> bool:
        refused = approval.version <= self.cast.times_refused(approval.task)
        # The sponsor, where the sponsor approves.
        return refused and seat == next(
            (seat for seat in approval.seats if seat.seat == Role.LEADER), approval.seats[0]
        )

    def _scores(self) -> Iterator[Act]:
        scoring = self.todo.scoring
        if scoring is None:
            return
        task = next(task for task in self.todo.every_task if task.kind is TaskKind.SELF_CHECK)
        for reviewer in scoring.waiting_for:
            at = self.timing.score(task, opened=scoring.opened_at, number=scoring.number, reviewer=reviewer)
            at = self.cast.there(reviewer, at)
            points = {module: self._points(scoring, reviewer, module) for module in scoring.reviewers[reviewer]}
            comments = {module: self._comment(scoring, reviewer, module) for module in points}
            kept = {module: comment for module, comment in comments.items() if comment is not None}
            yield Score(at=at, by=reviewer, points=points, comments=kept)

    def _is_weak(self, scoring: Round, module: str) -> bool:
        return scoring.number == 1 and module == self.cast.script.weak

    def _points(self, scoring: Round, reviewer: PersonKey, module: str) -> int:
        scale = WEAK if self._is_weak(scoring, module) else GOOD
        return pick(scale, self.cast.seed, "points", scoring.number, reviewer, module)

    def _comment(self, scoring: Round, reviewer: PersonKey, module: str) -> Text | None:
        comments = self.cast.voices.scores.get(module, self.cast.voices.scores["default"])
        dice = chance(self.cast.seed, "comment", scoring.number, reviewer, module)
        if self._is_weak(scoring, module):
            return comments.weak[dice.randrange(len(comments.weak))]
        return comments.good[dice.randrange(len(comments.good))] if dice.random() < COMMENT_SHARE else None

    def _meetings(self) -> Iterator[Act]:
        for meeting in self.todo.meetings:
            by, at = self._acting(meeting.task.owner, self.timing.meeting(meeting.task, meeting.at))
            attendees = self._attendees(meeting, at)
            speech = Speech(self.cast, meeting.id, meeting.task.stage, at, by, attendees, self.todo.every_task)
            outcome = self._outcome(meeting) if meeting.task.stage is Stage.DECISION else None
            yield Meet(
                at=at,
                by=by,
                meeting=meeting.id,
                attendees=attendees,
                minutes=speech.minutes() if outcome is None or outcome is Outcome.GO else speech.against(outcome),
                outcome=outcome,
            )

    def _outcome(self, meeting: DueMeeting) -> Outcome:
        """As the abuse says, in turn; each revision has left a task that the meeting waited for."""
        planned = {task.id for task in self.cast.plan.tasks}
        before = sum(code not in planned for code in meeting.task.after)
        return next(iter(self.cast.abuse.outcomes[before:]), Outcome.GO)

    def _attendees(self, meeting: DueMeeting, at: datetime) -> tuple[PersonKey, ...]:
        return tuple(dict.fromkeys(self.cast.acting(person, at) for person in meeting.invited))

    def _answers(self) -> Iterator[Act]:
        meetings = dict.fromkeys(opinion.meeting for opinion in self.todo.opinions)
        for meeting in meetings:
            codes = [code for code in DRAFTS[meeting] if any(task.code == code for task in self.todo.every_task)]
            draft = self._task(TaskCode(codes[0])) if codes else None
            if draft is None or draft.status is not TaskStatus.OPEN or draft.opened_at is None:
                continue
            # Half an hour before the draft is handed in, but never before it was begun.
            at = max(self.timing.finish(draft) - timedelta(minutes=30), draft.opened_at)
            opinions = [opinion for opinion in self.todo.opinions if opinion.meeting == meeting]
            answers = {opinion.position: self._reply(opinion) for opinion in opinions}
            at = self.cast.there(draft.owner, at)
            yield Answer(at=at, by=draft.owner, meeting=meeting, answers=answers)

    def _reply(self, opinion: Unanswered) -> tuple[bool, Text | None]:
        dice = chance(self.cast.seed, "reply", opinion.meeting, opinion.position)
        declined = self._declined(opinion)
        if declined is not None and dice.random() < DECLINED_SHARE:
            return False, declined
        return True, self.cast.voices.replies[dice.randrange(len(self.cast.voices.replies))]

    def _declined(self, opinion: Unanswered) -> Text | None:
        """What can be said against an opinion, recognised by its words."""
        assert opinion.minute.person is not None
        department = self.cast.loaded.organisation.people[opinion.minute.person].department
        said = self.cast.voices.opinions_of(opinion.meeting, department)
        return next((each.declined for each in said if fill(each.text, **self._names()) == opinion.minute.text), None)

    def _resolutions(self) -> Iterator[Act]:
        for question in self.todo.questions:
            minute = question.minute
            remarks = self.cast.voices.questions.get(question.meeting, ())
            found = next((each for each in remarks if fill(each.text, **self._names()) == minute.text), None)
            if found is not None and minute.owner is not None and minute.due is not None:
                at = self.timing.answer(minute.due, f"{question.meeting}/{question.position}")
                at = self.cast.there(minute.owner, at)
                answer = fill(found.answer, **self._names())
                yield Resolve(
                    at=at, by=minute.owner, meeting=question.meeting, position=question.position, answer=answer
                )

    def _go_live(self) -> Iterator[Act]:
        if self.todo.go_live is None:
            return
        task, holder = self.todo.go_live
        file, policy = self.cast.loaded.campaign, self.cast.loaded.sop.levels[self.cast.plan.level]
        # Who stands in today need not on the day of the decision.
        decider = go_live_decider(policy, file, self.cast.organisation) or holder
        reason = pick(self.cast.voices.go_live, self.cast.seed, task.code)
        by, at = self._acting(decider, self.timing.finish(task))
        if at >= self.cast.plan.end:
            yield Cancel(at=at, by=by, reason=TOO_LATE)
        else:
            yield DecideGoLive(at=at, by=by, go=True, reason=reason)

    def _repeats(self) -> Iterator[Act]:
        launches = [task for task in self.todo.every_task if task.kind is TaskKind.LAUNCH]
        if any(task.status in (TaskStatus.PLANNED, TaskStatus.OPEN) for task in launches):
            return  # what is not live cannot be watched
        waiting = {due.task.code: due.times for due in self.todo.repeats}
        voices, seed = self.cast.voices, self.cast.seed
        for task in self.todo.every_task:
            if task.kind is not TaskKind.LIVE or task.status is not TaskStatus.OPEN:
                continue
            # What came round and is not recorded; else the next time it will.
            times = waiting.get(task.code) or tuple(at for at in task.repeats if at > self.now)[:1]
            if times:
                note = pick(voices.about(voices.repeats, task.code), seed, task.code)
                by, at = self._acting(task.owner, self.timing.record(task, times))
                yield Repeat(at=at, by=by, code=task.code, note=note)

    def _task(self, code: TaskCode) -> Task:
        return next(task for task in self.todo.every_task if task.code == code)

    def _names(self) -> dict[str, Text]:
        file = self.cast.loaded.campaign
        return {"campaign": file.title, "theme": file.theme.title}
