"""The dossier: everything a template may see, as plain values in the document's language.

Instants are aware datetimes in the campaign's zone; dates are dates; money is Decimal. People are names.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypedDict

from opsflow.documents.outcomes import FeedbackFacts, KpiFacts, PrizesFacts, RetentionFacts, TalkingPointFacts
from opsflow.kernel.terms import Language


class PhaseFacts(TypedDict):
    id: str
    title: str
    start: datetime
    end: datetime
    """Exclusive."""
    last_day: date
    peak: bool


class BudgetLineFacts(TypedDict):
    line: str
    title: str
    amount: Decimal
    share: Decimal
    """Of the total, 0 to 1."""
    note: str | None


class BudgetFacts(TypedDict):
    currency: str
    lines: list[BudgetLineFacts]
    total: Decimal
    forecast_return: Decimal | None
    ratio: Decimal | None
    """Forecast return per unit spent (input-output ratio 1 : ratio)."""
    finance_threshold: Decimal
    needs_finance: bool


class PrizeFacts(TypedDict):
    id: str
    title: str
    kind: str
    kind_title: str
    quantity: int
    unit_value: Decimal
    total_value: Decimal
    taxable: bool


class RiskFacts(TypedDict):
    title: str
    plan_b: str
    decides: str
    """Name of the person who holds that role, or the role's title."""
    seen_by: str | None
    """Department title."""


class IncidentFacts(TypedDict):
    number: int
    title: str
    severity: Literal["minor", "major", "critical"]
    severity_title: str
    status: Literal["open", "acknowledged", "closed"]
    status_title: str
    risk: str | None
    """The risk it was foreseen as."""
    plan_b: str | None
    """What is switched to; None while it is not switched on."""
    opened_at: datetime
    opened_by: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    in_time: bool
    """Acknowledged within the minutes of the level, or there is time left."""
    closed_at: datetime | None
    cause: str | None
    done: str | None
    """What was done about it."""
    sop_proposal: str | None


class PublicityFacts(TypedDict):
    at: datetime
    phase: str
    """Title of the phase it falls in, or "warm-up" (in the document's language) before the launch."""
    channel: str
    message: str
    department: str
    partner: str | None


class MaterialFacts(TypedDict):
    title: str
    quantity: int
    department: str
    owner: str
    supplier: str | None
    on_site: bool
    due: date | None
    """Of the task that makes or checks off material."""


class CampaignFacts(TypedDict):
    key: str
    title: str
    level: str
    level_title: str
    goal: str
    """Title of the goal (the id is `goal_id`)."""
    goal_id: str
    purposes: list[str]
    mechanics: list[str]
    zone: str
    theme: str
    subtitle: str | None
    background: str
    target_users: str
    behaviour: str
    carrier: str
    channels: list[str]
    launch: datetime
    end: datetime
    """Exclusive."""
    last_day: date
    live_days: int
    phases: list[PhaseFacts]
    rounds: list[PhaseFacts]
    kpis: list[KpiFacts]
    budget: BudgetFacts
    rules: list[str]
    prizes: list[PrizeFacts]
    risks: list[RiskFacts]
    publicity: list[PublicityFacts]
    materials: list[MaterialFacts]
    partners: list[str]
    conditions: list[str]
    """Ids of all conditions that hold: `presale`, `mechanics:lottery`, ..."""
    claim_days: int
    provisional: bool
    warnings: list[str]


class RoleFacts(TypedDict):
    id: str
    title: str
    person: str
    department: str
    deputy_for: str | None
    """Name of the absent person."""


class TaskFacts(TypedDict):
    id: str
    title: str
    stage: str
    kind: str
    department: str
    """Department title."""
    department_id: str
    owner: str
    deputy_for: str | None
    approvers: list[str]
    days: int
    start: datetime
    due: datetime
    float_days: int
    critical: bool
    gate: bool
    status: Literal["planned", "open", "done", "waived", "cancelled"]
    status_title: str
    opened_at: datetime | None
    done_at: datetime | None
    done_by: str | None
    late_days: int
    """Working days after its due day it was done (or is still open, at the moment of writing); 0 when on time."""
    held_up: datetime | None
    """When it could begin, where that was after its due date."""
    own_late_days: int
    """Those of `late_days` that are its owner's: of what was held up, the days beyond its length since it could begin."""
    deliverable: str | None
    evidence: str | None
    note: str | None
    rule: str | None
    """Live tasks: when it comes round."""
    times: int
    """Live tasks: how often it came round by plan."""
    times_done: int
    repeats: list[datetime]
    """Live tasks: when it comes round; empty for one that comes on event."""
    because: list[str]
    after: list[str]
    on_demand: bool
    """Created when needed: a rework, a second scoring."""


class ProposalFacts(TypedDict):
    """A proposal to the SOP, as far as a reader of minutes needs it."""

    number: int
    status: Literal["draft", "open", "accepted", "rejected"]
    status_title: str
    version: int | None
    """The version of the SOP that it made."""


class MinuteFacts(TypedDict):
    kind: Literal["opinion", "direction", "decision", "question", "confirmation", "cause", "lesson", "surprise"]
    person: str | None
    department: str | None
    text: str
    owner: str | None
    due: date | None
    task: str | None
    """`EX02 Key visual and page design` for confirmations."""
    cause: str | None
    """Title of the kind of cause (process, operation, planning, copy, traffic, other)."""
    cause_id: str | None
    taken: bool | None
    """Opinions: whether the next draft took it up; None: not decided yet."""
    reply: str | None
    proposal: ProposalFacts | None
    """Lessons of a review: the proposal to the SOP that they became."""


class TopicFacts(TypedDict):
    minutes: int | None
    title: str
    presenters: list[str]


class AttendeeFacts(TypedDict):
    person: str
    department: str


class MeetingFacts(TypedDict):
    id: str
    title: str
    stage: str
    mode: Literal["meeting", "writing"]
    at: datetime
    """Before it is held, when it is called for; afterwards, when the plan had it."""
    held_at: datetime | None
    minutes_total: int
    topics: list[TopicFacts]
    attendees: list[AttendeeFacts]
    """Those who came; before it is held, those invited."""
    outcome: str | None
    """Title of go, revise or stop."""
    outcome_id: str | None
    minutes: list[MinuteFacts]
    """Empty until it is held."""


class VoteFacts(TypedDict):
    seat: str
    """Title of the seat: sponsor, finance approver, head of legal."""
    person: str
    deputy_for: str | None
    verdict: Literal["approve", "reject"] | None
    verdict_title: str | None
    reason: str | None
    at: datetime | None


class ApprovalFacts(TypedDict):
    subject: str
    """`proposal`, `plan`, ... (id)."""
    subject_title: str
    stage: str
    version: int
    status: Literal["open", "approved", "rejected", "superseded"]
    status_title: str
    content_hash: str
    author: str
    requested_at: datetime
    due: datetime
    decided_at: datetime | None
    votes: list[VoteFacts]


class ScoreFacts(TypedDict):
    person: str
    points: int
    comment: str | None


class ModuleFacts(TypedDict):
    id: str
    title: str
    layer: str
    """Title of the layer."""
    question: str
    evidence: str
    scores: list[ScoreFacts]
    mean: Decimal | None
    spread: int | None
    """Highest less lowest score."""
    weak: bool
    """Mean below 6."""


class SelfCheckRound(TypedDict):
    number: int
    modules: list[ModuleFacts]
    reviewers: list[str]
    total: Decimal
    passed: bool
    weak: list[str]
    """Titles of the modules below 6."""


class GateFacts(TypedDict):
    text: str
    holds: bool
    tasks: list[str]
    """Ids of the tasks that prove it."""
    missing: list[str]
    let_pass: str | None
    """Who let it pass though it did not hold, and why."""


class StageFacts(TypedDict):
    id: str
    title: str
    purpose: str
    status: str
    status_title: str
    opens: datetime | None
    closes: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    reason: str | None
    gate: list[GateFacts]
    go_live_gate: list[GateFacts]
    tasks_total: int
    tasks_done: int


class DocumentFacts(TypedDict):
    id: str
    title: str
    stage: str
    stage_title: str
    path: str
    """Relative to the folder of documents."""
    revision: int
    state: Literal["draft", "final"]
    written_at: datetime


class DepartmentRecord(TypedDict):
    """Deadlines kept and missed."""

    department: str
    department_id: str
    head: str
    total: int
    on_time: int
    late: int
    open: int
    late_days: int
    """Those of its own people: nobody answers for days on which their work could not begin."""


class EscalationFacts(TypedDict):
    """One step after a deadline has passed."""

    hours: int
    """Working hours after due."""
    weighty: bool
    """For critical and gate tasks; False: for every other."""
    role: str
    """Title of the role that is told."""
    person: str | None
    """None: it depends on the task (its department's head)."""


class EventFacts(TypedDict):
    """One line of the campaign's story, from the journal."""

    at: datetime
    who: str
    what: str


class Dossier(TypedDict):
    """Everything a template may see."""

    language: Language
    now: datetime
    organisation: str
    campaign: CampaignFacts
    roles: list[RoleFacts]
    stages: list[StageFacts]
    stage: StageFacts
    """The stage this document belongs to."""
    tasks: list[TaskFacts]
    """All of the campaign, in the order of the SOP."""
    overdue: list[TaskFacts]
    meetings: list[MeetingFacts]
    """Those the level holds, in order."""
    meeting: MeetingFacts | None
    """The one of this document's stage."""
    previous_meeting: MeetingFacts | None
    """The last one held before it."""
    open_questions: list[MinuteFacts]
    """Of all meetings held so far, those nobody has answered."""
    approvals: list[ApprovalFacts]
    self_check: list[SelfCheckRound]
    documents: list[DocumentFacts]
    records: list[DepartmentRecord]
    escalation: list[EscalationFacts]
    """The steps of the level, in order of hours."""
    events: list[EventFacts]
    incidents: list[IncidentFacts]
    """All of the campaign, in their order."""
    prizes: PrizesFacts | None
    """None: the campaign gives nothing out through opsflow."""
    feedback: FeedbackFacts | None
    """None: participants were not asked, or the paper is of an earlier stage than closing."""
    talking_points: list[TalkingPointFacts]
    """What spreads, the latest last; empty before the launch."""
    retention: RetentionFacts | None
    """In papers of the review; None: no activity is known."""
    first_day: date
    first_meeting: date
    build: date | None
    document_id: str
    document_title: str
    document_revision: int
    document_state: Literal["draft", "final"]
    document_task: TaskFacts | None
    """The task whose deliverable it is: who writes it, by when, from what; None when the SOP names none."""
