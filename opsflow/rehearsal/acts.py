"""What a simulated person does: values, and the one place that turns them into calls of the public use cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from opsflow.approvals.model import ApprovalId, Verdict
from opsflow.approvals.service import vote
from opsflow.context import Context
from opsflow.engine.absences import report_absence
from opsflow.engine.lifecycle import cancel
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.selfcheck.service import score
from opsflow.stages.meetings import answer_opinions, answer_question, decide_go_live, record_meeting
from opsflow.stages.model import Minute, Outcome
from opsflow.stages.service import complete_task, record_repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    at: datetime
    by: PersonKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(_Act):
    """A task is handed in."""

    code: TaskCode
    evidence: str | None
    note: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote(_Act):
    """An approver votes."""

    approval: ApprovalId
    verdict: Verdict
    reason: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(_Act):
    """A reviewer scores."""

    points: Mapping[str, int]
    comments: Mapping[str, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meet(_Act):
    """A meeting is recorded."""

    meeting: str
    attendees: tuple[PersonKey, ...]
    minutes: tuple[Minute, ...]
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_Act):
    """Opinions are answered by who drafts from them."""

    meeting: str
    answers: Mapping[int, tuple[bool, Text | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(_Act):
    """An open question is answered by who took it home."""

    meeting: str
    position: int
    answer: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideGoLive(_Act):
    """Go or hold."""

    go: bool
    reason: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(_Act):
    """The campaign is ended."""

    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(_Act):
    """A live task is recorded."""

    code: TaskCode
    note: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOff(_Act):
    """Somebody says that they are away, from today on."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(_Act):
    """Something is done about prizes."""

    what: str
    """For the order of what happens at one instant, and for whoever reads along."""
    do: Callable[[Context, CampaignKey], object] | None = field(repr=False)
    """None: the payer's flow runs, which takes back and pays what is due."""


Act = Cancel | CallOff | Complete | Vote | Score | Meet | Answer | Resolve | DecideGoLive | Repeat


def perform(ctx: Context, campaign: CampaignKey, act: Act) -> None:
    """Do it as anybody would: through the use case, which checks role and state."""
    match act:
        case CallOff():
            report_absence(ctx, campaign, act.by, first=act.first, last=act.last, by=act.by)
        case Complete():
            complete_task(ctx, campaign, act.code, by=act.by, evidence=act.evidence, note=act.note)
        case Vote():
            vote(ctx, act.approval, by=act.by, verdict=act.verdict, reason=act.reason)
        case Score():
            score(ctx, campaign, by=act.by, points=act.points, comments=act.comments)
        case Meet():
            record_meeting(
                ctx, campaign, act.meeting, by=act.by, attendees=act.attendees, minutes=act.minutes, outcome=act.outcome
            )
        case Answer():
            answer_opinions(ctx, campaign, act.meeting, by=act.by, answers=act.answers)
        case Resolve():
            answer_question(ctx, campaign, act.meeting, act.position, by=act.by, answer=act.answer)
        case DecideGoLive() | Cancel():
            _steer(ctx, campaign, act)
        case Repeat():
            record_repeats(ctx, campaign, act.code, by=act.by, until=act.at, note=act.note)


def _steer(ctx: Context, campaign: CampaignKey, act: DecideGoLive | Cancel) -> None:
    if isinstance(act, Cancel):
        cancel(ctx, campaign, by=act.by, reason=act.reason)
    else:
        decide_go_live(ctx, campaign, by=act.by, go=act.go, reason=act.reason)
