"""What a campaign file says."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from opsflow.campaigns.drawrules import DrawRule, Key, PrizeTerms
from opsflow.campaigns.feedbackplan import FeedbackPlan
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import DepartmentId, Language, Level, PersonKey, Role, TaskCode
from opsflow.kernel.text import TextField
from opsflow.kernel.zoned import existing_zone

Goal = Literal["acquisition", "conversion", "retention", "repurchase", "sharing"]
Purpose = Literal["win_back", "retain", "orders", "product", "acquire", "activate", "brand"]
Mechanic = Literal["lottery", "ranking", "threshold", "collection", "stage_clearing", "nurturing", "points"]
PrizeKind = Literal["physical", "coupon", "code", "cash", "points", "rights"]


class Theme(FileModel):
    """What the campaign is called in public."""

    title: TextField
    subtitle: TextField | None = None


class Phase(FileModel):
    """A part of the live window, half-open."""

    id: Key
    title: TextField
    start: datetime
    end: datetime
    peak: bool = False
    """Its first day is a peak day: hourly report, war room."""


class Round(FileModel):
    """One round of the play (a draw, a ranking period)."""

    title: TextField
    start: datetime
    end: datetime


class Live(FileModel):
    """When the campaign is live: half-open, in the campaign's zone."""

    start: datetime
    end: datetime
    phases: tuple[Phase, ...] = ()
    rounds: tuple[Round, ...] = ()


class Kpi(FileModel):
    """One measure of success."""

    id: Key
    title: TextField
    target: Decimal
    unit: TextField
    primary: bool = False
    source: TextField | None = None
    remedy: TextField | None = None
    """What is done when it runs off track."""
    direction: Literal["up", "down"] = "up"
    """Whether more is better, or less (complaints, refunds)."""
    aggregation: Literal["sum", "latest", "mean"] = "sum"
    """What its daily figures come to: their sum over the live days, the last of them, or their mean."""
    alert_at: Decimal | None = Field(default=None, ge=0)
    """Share of the target beyond which the pace to the end is off track; None: as `metrics.yaml` of the templates says."""
    negative: bool = False
    """Whether a figure below nothing is possible (a margin, a balance)."""
    department: DepartmentId | None = None
    """Whose head hears of it beside the campaign manager when it runs off track."""


class BudgetLine(FileModel):
    """What one kind of cost may come to, in the budget's currency."""

    line: Literal["design", "development", "resources", "publicity", "rewards", "reserve"]
    amount: Decimal = Field(ge=0)
    note: TextField | None = None


class Budget(FileModel):
    """The campaign's money."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "CNY"
    lines: tuple[BudgetLine, ...]
    forecast_return: Decimal | None = Field(default=None, ge=0)
    """What it is expected to bring in, for the input-output ratio."""

    @property
    def total(self) -> Decimal:
        """All lines together."""
        return sum((line.amount for line in self.lines), Decimal(0))


class Prize(FileModel):
    """An item that can be won."""

    id: Key
    title: TextField
    kind: PrizeKind
    quantity: int = Field(ge=1)
    unit_value: Decimal = Field(ge=0)
    taxable: bool = False


class Risk(FileModel):
    """What can go wrong, who sees it first, and what is switched to."""

    title: TextField
    plan_b: TextField
    decides: Role = Role.DUTY_LEAD
    seen_by: DepartmentId | None = None


class DutyShift(FileModel):
    """Hours on duty, on each of some days of the live window. Who share an hour are all told of what happens in it."""

    person: PersonKey
    starts: time
    ends: time
    """Not after `starts`: on the next day."""
    first: date | None = None
    """The first day on which it starts; None: from the first live day on, a night shift from the evening before."""
    last: date | None = None
    """The last one; None: the last live day."""


class PublicityNode(FileModel):
    """One message on one channel at one time."""

    at: datetime
    channel: TextField
    message: TextField
    department: DepartmentId = DepartmentId("marketing")
    partner: TextField | None = None


class Material(FileModel):
    """One thing that must be there."""

    title: TextField
    quantity: int = Field(default=1, ge=1)
    department: DepartmentId
    supplier: TextField | None = None
    on_site: bool = False


class TaskOverride(FileModel):
    """Who does a task of this campaign, when it is not who the SOP says."""

    owner: PersonKey


CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,}")


class CampaignFile(FileModel):
    """One campaign, as its manager writes it down."""

    key: Key
    title: TextField
    level: Level
    goal: Goal
    purpose: tuple[Purpose, ...] = ()
    mechanics: tuple[Mechanic, ...] = ()
    sop: str = "campaign"
    zone: str
    language: Language = "en"
    theme: Theme
    background: TextField
    """Why now: the season and what the product needs of it."""
    target_users: TextField
    behaviour: TextField
    """The one behaviour the incentive must cause."""
    carrier: TextField
    channels: tuple[TextField, ...] = ()
    slack_channel: str | None = None
    """The id of the channel in Slack where everybody reads how the campaign stands; the app is a member of it."""
    live: Live
    kpis: tuple[Kpi, ...] = Field(min_length=1)
    budget: Budget
    departments: tuple[DepartmentId, ...] = ()
    """Optional departments that take part in this campaign (merchandising, content)."""
    people: dict[Role, PersonKey] = Field(default_factory=dict)
    owners: dict[TaskCode, TaskOverride] = Field(default_factory=dict)
    rules: tuple[TextField, ...] = ()
    """The rules participants read, one sentence each."""
    prizes: tuple[Prize, ...] = ()
    draws: tuple[DrawRule, ...] = ()
    """How the prizes are given out; none: not through opsflow."""
    prize_terms: PrizeTerms = PrizeTerms()
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """Whose law counts for prizes (ISO 3166); None: that of the organisation's calendar."""
    feedback: FeedbackPlan | None = None
    """How participants are asked what they think; None: not through opsflow."""
    risks: tuple[Risk, ...] = ()
    duty: tuple[DutyShift, ...] = ()
    """The duty roster; without one the duty lead is on duty all the time."""
    publicity: tuple[PublicityNode, ...] = ()
    materials: tuple[Material, ...] = ()
    partners: tuple[TextField, ...] = ()
    presale: bool = False
    registration: bool = False
    on_site: bool = False
    live_stream: bool = False
    personal_data: bool = False
    reward_tiers: bool = False
    content: bool = False

    _zone = field_validator("zone")(existing_zone)

    @field_validator("slack_channel")
    @classmethod
    def _channel_is_an_id(cls, value: str | None) -> str | None:
        if value is not None and not CHANNEL_ID.fullmatch(value):
            raise ValueError(
                "expected the id of a Slack channel (C0123ABCD; in Slack at the end of the channel's details)"
            )
        return value

    @property
    def conditions(self) -> frozenset[str]:
        """Every condition of a task's `when:` that holds for this campaign."""
        flags = ("presale", "registration", "on_site", "live_stream", "personal_data", "reward_tiers", "content")
        holds = {flag for flag in flags if getattr(self, flag)}
        holds |= {f"level:{self.level}", f"goal:{self.goal}"}
        holds |= {f"purpose:{purpose}" for purpose in self.purpose}
        holds |= {f"mechanics:{mechanic}" for mechanic in self.mechanics}
        holds |= {f"prize_kinds:{prize.kind}" for prize in self.prizes}
        if any(prize.taxable for prize in self.prizes):
            holds.add("prize_kinds:taxable")
        if self.partners:
            holds.add("partners")
        return frozenset(holds)
