"""What a campaign came to, as a template sees it: figures, what spread, who came back, prizes."""

from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict


class KpiFacts(TypedDict):
    """One measure; once it is live also where it stands, and in papers of closing and review what it came to."""

    id: str
    title: str
    target: Decimal
    unit: str
    primary: bool
    source: str | None
    remedy: str | None
    result: Decimal | None
    """None: a live day of it was not measured, or the paper is of an earlier stage."""
    met: bool | None
    """The target was reached, or for what is to be low kept; None: see `result`."""
    so_far: Decimal | None
    """Sum, mean or last of what was measured; None: nothing was, or it is not live yet."""
    expected: Decimal | None
    """What it should be by now to reach the target evenly; None: it is not live yet."""
    pace: Decimal | None
    """What it comes to at the end if it goes on so; None: it cannot be told."""
    standing: str | None
    """`nothing`, `early`, `on_track`, `off_track`, `reached`, `missed` or `open`; None: it is not live yet."""
    standing_title: str | None
    missing: list[date]
    """Live days that are over and have no figure."""
    forecast: Decimal | None
    """What was kept before the launch as the forecast; None: nothing was."""
    forecast_low: Decimal | None
    forecast_high: Decimal | None
    """Of its 80 % prediction interval; None: it rests on one case."""


class TalkingPointFacts(TypedDict):
    """Something that spreads, as somebody has said it."""

    text: str
    by: str
    at: datetime


class ReturnFacts(TypedDict):
    """How many of those who were new in the live time came back so many days later."""

    days: int
    back: int
    users: int
    """Of so many, whose figure has matured; 0: of nobody yet."""


class RetentionFacts(TypedDict):
    """New users, and who came back."""

    users: int
    back: list[ReturnFacts]


class GivenFacts(TypedDict):
    """One prize of one draw."""

    title: str
    won: int
    unclaimed: int
    paid: int
    lapsed: int


class DrawFacts(TypedDict):
    """One draw, with the counts of its prizes; nobody's name is in it."""

    id: str
    title: str
    form: str
    form_title: str
    entrants: int
    refused: int
    commitment: str | None
    number: str | None
    number_source: str | None
    drawn_at: datetime | None
    given: list[GivenFacts]


class PrizesFacts(TypedDict):
    """What became of the prizes that opsflow gives out."""

    draws: list[DrawFacts]
    won: int
    paid: int
    unclaimed: int
    unpaid: int
    lapsed: int
    differences: int
    cap: Decimal | None
    spent: Decimal | None
    reserved: Decimal | None


class TickedFacts(TypedDict):
    """How often one thing was chosen."""

    title: str
    count: int
    share: Decimal
    """Of those who answered the question, 0 to 1."""


class AskedFacts(TypedDict):
    """What came of one question that is not answered in words."""

    title: str
    kind: str
    """`rating`, `nps` or `choice`."""
    answered: int
    few: bool
    """So few answers that the figures say little."""
    mean: Decimal | None
    """Of a rating, 1 to 5."""
    score: Decimal | None
    """Net promoter, -100 to 100, and its 95 % interval."""
    low: Decimal | None
    high: Decimal | None
    ticked: list[TickedFacts]
    """What was chosen at all, the most frequent first."""


class SpokenFacts(TypedDict):
    """How often users spoke of one thing in their own words; the words stand in no document."""

    title: str
    count: int
    share: Decimal


class CalledFacts(TypedDict):
    """Return visits."""

    listed: int
    open: int
    reached: int
    no_answer: int
    refused: int
    wrong_contact: int
    withdrawn: int
    offers: int


class FeedbackFacts(TypedDict):
    """What participants think, counted."""

    title: str
    ends: datetime
    closed: bool
    asked: int
    """By a link of their own."""
    answered: int
    """Of those."""
    rate: Decimal | None
    """None: nobody was asked by a link."""
    answers: int
    """All, those given on site and in other tools included."""
    questions: list[AskedFacts]
    texts: int
    topics: list[SpokenFacts]
    """What was spoken of at all, the most frequent first."""
    visits: CalledFacts | None
    """None: nobody was to be called back."""
