"""Who is told what when a stage moves: notices for the outbox, made of what happened."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from opsflow.approvals.model import Approval, Seat, seat_matter
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.team import Holder, go_live_decider, role_holders, stand_in
from opsflow.engine.snapshot import Snapshot
from opsflow.kernel.keys import key
from opsflow.kernel.terms import PersonKey, Role, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import CAMPAIGN_ZONE, Notice
from opsflow.outbox.recipients import recipients, room_key
from opsflow.outbox.rules import DAY_AND_NIGHT, earliest
from opsflow.selfcheck.service import scores_matter
from opsflow.sop.model import Sop, TaskKind
from opsflow.stages.model import Task, TaskStatus, begun_at
from opsflow.stages.service import task_matter


class Notices:
    """Makes the notices of one stage run."""

    def __init__(self, campaign: Campaign, sop: Sop) -> None:
        self.campaign = campaign
        self.sop = sop

    def make(
        self,
        template: str,
        person: PersonKey,
        *parts: object,
        data: Mapping[str, Value],
        matter: str | None = None,
        version: int | None = None,
        urgent: bool = False,
        hours: str | None = None,
    ) -> Notice:
        """One notice; `parts` and the person make its key, so that the same thing is told once (F03)."""
        return Notice(
            key=key(template, self.campaign.key, *parts, person),
            person=person,
            template=template,
            data={"campaign_title": self.campaign.title, **clock_of(self.campaign), **data},
            urgent=urgent,
            hours=hours,
            campaign=self.campaign.key,
            matter=matter,
            matter_version=version,
        )

    def announced(self, template: str, *parts: object, data: Mapping[str, Value]) -> list[Notice]:
        """What the campaign's channel is told; nothing where it has none."""
        if self.campaign.file.slack_channel is None:
            return []
        return [self.make(template, room_key(self.campaign.key), *parts, data=data)]

    def name(self, person: PersonKey | None) -> Text:
        """A person's name; the engine's own when nobody did it."""
        return self.campaign.organisation.people[person].name if person else Text.both("opsflow")

    def task_opened(self, task: Task, *, now: datetime, version: int | None = None) -> Notice:
        """The owner is told what is to be done until when, and why. `version`: of the task's matter, where it is known."""
        data: dict[str, Value] = {
            "task": task.title,
            "code": task.code,
            "due": task.due,
            "deliverable": task.deliverable,
            "deputy_for": self.name(task.deputy_for) if task.deputy_for else None,
            "because": task.because[0] if task.because else None,
            **passed(task.due, begun_at(task, now), now),
        }
        return self.make(
            "task_opened",
            task.owner,
            task.code,
            self.campaign.plan_revision,
            data=_given(data),
            matter=task_matter(self.campaign.key, task.code),
            version=version,
        )

    def approval_requested(self, approval: Approval, seat: Seat, *, subject: Text, now: datetime) -> Notice:
        """A seat is asked for its vote."""
        data: dict[str, Value] = {
            "subject": subject,
            "version": approval.version,
            "due": approval.due,
            "document": subject,
            "author_name": self.name(approval.author),
            "deputy_for": self.name(seat.deputy_for) if seat.deputy_for else None,
            **passed(approval.due, approval.requested_at, now),
        }
        return self.make(
            "approval_requested",
            seat.person,
            approval.subject,
            approval.version,
            data=_given(data),
            matter=seat_matter(approval.id, seat.person),
        )

    def go_live_requested(self, snapshot: Snapshot, check: Task, decider: Holder) -> Notice:
        """Who decides go-live is asked. Urgent: the launch waits for it, whatever else they were told today."""
        data: dict[str, Value] = {
            "subject": check.title,
            "due": check.due,
            "owner_name": self.name(check.owner),
            "deputy_for": self.name(decider.deputy_for) if decider.deputy_for else None,
            **passed(check.due, begun_at(check, snapshot.now), snapshot.now),
        }
        return self.make(
            "go_live_requested",
            decider.person,
            check.code,
            data=_given(data),
            matter=task_matter(self.campaign.key, check.code),
            urgent=True,
            hours=go_live_hours(snapshot, decider.person),
        )

    def go_live_hold(self, snapshot: Snapshot, decider: Holder, day: date, *, data: Mapping[str, Value]) -> Notice:
        """Who decides hears of a hold, and may decide there and then where the check has opened."""
        check = next((task for task in snapshot.of_kind(TaskKind.GO_LIVE) if task.status is TaskStatus.OPEN), None)
        return self.make(
            "go_live_hold",
            decider.person,
            day,
            data={**data, "subject": check.title, "yours": True} if check else data,
            matter=task_matter(self.campaign.key, check.code) if check else None,
            urgent=True,
            hours=go_live_hours(snapshot, decider.person),
        )

    def approval_decided(
        self,
        approval: Approval,
        *,
        subject: Text,
        verdict: Text,
        people: Iterable[PersonKey],
        by: Text,
        reason: Text | None,
    ) -> list[Notice]:
        """Author and campaign manager learn how a request ended."""
        data: dict[str, Value] = {"subject": subject, "verdict": verdict, "by_name": by, "reason": reason}
        return [
            self.make("approval_decided", person, approval.subject, approval.version, data=_given(data))
            for person in dict.fromkeys(people)
        ]

    def scores_wanted(
        self,
        reviewer: PersonKey,
        *,
        number: int,
        modules: Iterable[str],
        due: datetime,
        begun: datetime,
        now: datetime,
    ) -> Notice:
        """A reviewer is asked to score. `begun`: when the round opened."""
        titles = [module.title for module in self.sop.self_check if module.id in modules]
        data: dict[str, Value] = {"due": due, "modules": joined(titles), **passed(due, begun, now)}
        return self.make(
            "scores_wanted", reviewer, number, data=data, matter=scores_matter(self.campaign.key, number, reviewer)
        )

    def self_check_result(
        self, person: PersonKey, *, number: int, total: str, passed: bool, weak: Iterable[str]
    ) -> Notice:
        """Planner, manager and coordination post learn the result of a round."""
        titles = [module.title for module in self.sop.self_check if module.id in weak]
        data: dict[str, Value] = {"total": total, "passed": passed, "weak": joined(titles) if titles else None}
        return self.make("self_check_result", person, number, data=data)

    def rework_requested(self, task: Task, *, subject: Text, reason: Text, by: PersonKey | None) -> Notice:
        """The one who has to do it anew learns what to change, and who asked."""
        data: dict[str, Value] = {
            "subject": subject,
            "code": task.code,
            "reason": reason,
            "by_name": self.name(by),
            "due": task.due,
        }
        return self.make(
            "rework_requested", task.owner, task.code, data=data, matter=task_matter(self.campaign.key, task.code)
        )

    def stage_title(self, stage: Stage) -> Text:
        """A stage's title."""
        return next(spec.title for spec in self.sop.stages if spec.id is stage)

    def holders(self, *roles: Role) -> list[PersonKey]:
        """Who fills these roles, each person once."""
        filled = role_holders(self.campaign.file, self.campaign.organisation)
        return list(dict.fromkeys(filled[role] for role in roles if role in filled))


def members(snapshot: Snapshot, stage: Stage) -> list[PersonKey]:
    """Who sits in a stage's meeting: heads of the departments with a task in it, who calls it, and at the decision
    whoever confirms a date of the execution; for somebody who is away on that day, who stands in.
    """
    organisation = snapshot.campaign.organisation
    roles = role_holders(snapshot.campaign.file, organisation)
    people = [roles.get(Role.CAMPAIGN_MANAGER), roles.get(Role.PLANNER), roles.get(Role.COORDINATION_POST)]
    departments = dict.fromkeys(task.department for task in snapshot.tasks if task.stage is stage)
    for department in departments:
        entry = organisation.departments.get(department)
        people.append(entry.head if entry else None)
    if stage is Stage.DECISION:
        people += [roles.get(Role.LEADER), *_builders(snapshot)]
    day = local_date(snapshot.other(stage).meeting_at or snapshot.now, snapshot.campaign.zone)
    acting = [stand_in(person, day, organisation).person for person in people if person is not None]
    return list(dict.fromkeys(acting))


def _builders(snapshot: Snapshot) -> list[PersonKey]:
    """Who owns the work that leads to the launch."""
    work = (TaskKind.WORK, TaskKind.LAUNCH)
    return [task.owner for task in snapshot.tasks if task.stage is Stage.EXECUTION and task.kind in work]


def go_live_holder(snapshot: Snapshot) -> Holder | None:
    """Who decides go-live today; None when nobody is named."""
    campaign = snapshot.campaign
    decider = go_live_decider(snapshot.policy, campaign.file, campaign.organisation)
    today = local_date(snapshot.now, campaign.zone)
    return stand_in(decider, today, campaign.organisation) if decider is not None else None


def go_live_hours(snapshot: Snapshot, decider: PersonKey) -> str | None:
    """When who decides go-live is told of it: day and night where the launch comes before they work again."""
    recipient = recipients(snapshot.campaign.organisation)[decider]
    works = earliest(recipient, snapshot.now, None)
    return DAY_AND_NIGHT if snapshot.campaign.launch <= works else None


def clock_of(campaign: Campaign) -> dict[str, Value]:
    """The campaign's zone for a message, where somebody reads on another clock; its plan's reasons go by this one."""
    organisation = campaign.organisation
    zones = {person.zone or organisation.zone for person in organisation.people.values()}
    return {CAMPAIGN_ZONE: str(campaign.zone)} if zones - {str(campaign.zone)} else {}


def joined(texts: Iterable[Text]) -> Text:
    """A list in words, in both languages."""
    found = list(texts)
    return Text(", ".join(text.en for text in found), "、".join(text.zh for text in found))


def passed(due: datetime, begun: datetime, now: datetime) -> dict[str, Value]:
    """What is asked for after its date: that this has passed, and whether it had when the work could begin."""
    return {"late": True, "held_up": due < begun} if due < now else {}


def _given(data: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in data.items() if value is not None}
