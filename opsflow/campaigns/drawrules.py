"""How prizes are given out, as a campaign file says it: who takes part, on which results, by what, and who is left out."""

import re
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import Field, StringConstraints, field_validator

from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.text import TextField

MOST_TICKETS = 10_000
"""Of one participant: each ticket costs a hash of whoever checks the proof."""
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,40}$")]
Measure = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
"""A column of the imported results: `orders`, `points`, `sets`, `stages`, `rank`."""
DrawForm = Literal["lottery", "ranking", "threshold", "list"]
Who = Literal["all", "paying", "ordinary"]
FilterName = Literal["same_device", "same_payee", "burst", "blocklist"]
DrandChain = Literal["quicknet", "default"]
Operator: TypeAlias = Literal[">=", "<=", ">", "<", "="]
_CONDITION = re.compile(r"([a-z][a-z0-9_]{0,29}) *(>=|<=|>|<|=) *(-?\d{1,15})", re.ASCII)


class Condition(NamedTuple):
    """`orders >= 3`: what the sum of a measure must be; whoever has no such result has 0."""

    measure: str
    operator: Operator
    bound: int

    def holds(self, value: int) -> bool:
        """Whether a sum meets it."""
        match self.operator:
            case ">=":
                return value >= self.bound
            case "<=":
                return value <= self.bound
            case ">":
                return value > self.bound
            case "<":
                return value < self.bound
            case "=":
                return value == self.bound


class Share(FileModel):
    """How many of a prize one draw gives out."""

    prize: Key
    quantity: int = Field(ge=1)


class Tickets(FileModel):
    """How many tickets of a lottery somebody has: one for each `per` of a measure, up to the caps."""

    measure: Measure
    per: int = Field(default=1, ge=1)
    paying_times: int = Field(default=1, ge=1, le=100)
    """A paying user's tickets count so many times, before the caps."""
    most_a_day: int | None = Field(default=None, ge=1)
    most: int = Field(default=MOST_TICKETS, ge=1, le=MOST_TICKETS)


class Filter(FileModel):
    """Who is left out, for a reason that they are told. Of those alike, the `most` who registered first stay."""

    name: FilterName
    most: int = Field(default=1, ge=1)
    within: int = Field(default=60, ge=1, le=86400)
    """Seconds; `burst` only: so many registrations from one network in that time are a burst."""


class DrawRule(FileModel):
    """One giving-out of prizes: by lot, by rank, to all who reach a threshold, or by a finished list of winners."""

    id: Key
    title: TextField
    form: DrawForm
    prizes: tuple[Share, ...] = Field(min_length=1)
    """In the order in which they are given: the first drawn has the first."""
    who: Who = "all"
    when: tuple[str, ...] = ()
    """All of these must hold of somebody's results: `orders >= 1`."""
    measure: Measure | None = None
    """A ranking's: the highest sum is first; of equal ones, whoever reached it earlier."""
    tickets: Tickets | None = None
    """A lottery's; None: everybody who takes part has one."""
    starts: datetime | None = None
    """From which day results count; None: the first live day."""
    ends: datetime | None = None
    """Up to which instant, itself excluded; None: the end of the live window."""
    number_at: datetime | None = None
    """A lottery's: from when the public number is known."""
    number_source: TextField | None = None
    """A lottery's; None: that of the campaign's `prize_terms`."""
    drand: DrandChain | None = None
    """A lottery's: its number is that of drand's first round of this chain at or after `number_at`."""
    most_a_day: int | None = Field(default=None, ge=1)
    """A threshold's: how many are given to those who reach it on one day."""
    alternates: int = Field(default=0, ge=0, le=1_000_000)
    filters: tuple[Filter, ...] | None = None
    """None: those of the campaign's `prize_terms`."""
    appeal_days: int = Field(default=3, ge=0, le=60)
    """Days in which whoever was left out may appeal, before the draw is committed."""
    claim_days: int = Field(default=10, ge=1, le=365)

    @field_validator("when")
    @classmethod
    def _readable(cls, written: tuple[str, ...]) -> tuple[str, ...]:
        for text in written:
            if not _CONDITION.fullmatch(text):
                raise ValueError(
                    "expected a measure, one of >= <= > < =, and a whole number, for example `orders >= 1`"
                )
        return written

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """`when`, read."""
        return tuple(map(condition, self.when))

    @property
    def measures(self) -> tuple[str, ...]:
        """Every measure that decides something here, each once."""
        named = [each.measure for each in self.conditions]
        named += [self.tickets.measure] if self.tickets else []
        named += [self.measure] if self.measure else []
        return tuple(dict.fromkeys(named))

    @property
    def quantity(self) -> int:
        """All prizes of it together."""
        return sum(share.quantity for share in self.prizes)


class PrizeTerms(FileModel):
    """What holds for all prizes of a campaign."""

    per_person: int | None = Field(default=None, ge=1)
    """How many one person may win in all draws together; None: one in each."""
    physical_per_person: int | None = Field(default=None, ge=1)
    """How many of those may be physical."""
    tax_paid_by: Literal["organiser", "winner"] = "organiser"
    number_source: TextField | None = None
    """What is published, where and how it is written, so that a stranger finds the same figures."""
    filters: tuple[Filter, ...] = ()
    """Of every draw that names none of its own."""


def condition(text: str) -> Condition:
    """Read a condition that `DrawRule` has let pass."""
    found = _CONDITION.fullmatch(text)
    assert found is not None, text
    operator: Operator = found[2]  # type: ignore[assignment]  # the pattern knows no other
    return Condition(found[1], operator, int(found[3]))
