"""When a survey takes answers, and what of a form is an answer: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from opsflow.campaigns.feedbackplan import FeedbackPlan
from opsflow.campaigns.livetimes import window_of
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.surveyfile import LONGEST_WORDS, Question, Survey
from opsflow.kernel.characters import composed, without_unsafe
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.zoned import instant, resolve

SURVEY = "survey"
"""The action of a link by which somebody answers."""
OUTLASTS = timedelta(days=60)
"""So long after the survey's end its links still say that it is over, instead of that they are."""
MOST_ON_SITE = 10_000
"""Links without a name that are made at once."""
Mistake = Literal["missing", "unknown", "several", "long"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A survey as it was opened."""

    campaign: CampaignKey
    name: str
    survey: Survey
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None

    @property
    def ends(self) -> datetime:
        """When it closed, or will."""
        return min(self.closed_at or self.closes_at, self.closes_at)

    def takes_answers(self, now: datetime) -> bool:
        """Whether somebody can still answer."""
        return self.closed_at is None and now < self.closes_at


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who was asked."""

    campaign: CampaignKey
    id: str
    participant: str | None
    """None: nobody knows who, or they were erased."""
    seen_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody gave, as it is kept, and what is wrong with it by question."""

    choices: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    mistakes: Mapping[str, Mistake]


class SurveyClosed(Conflict):
    """Nobody can answer any more."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"This survey took answers until {at:%Y-%m-%d %H:%M} UTC.")


class SurveyPaused(Conflict):
    """The campaign does not run, so nothing is asked in its name."""

    def __init__(self, campaign: CampaignKey, status: str) -> None:
        super().__init__(f"Campaign {campaign} is {status}: its survey takes no answers.")


def plan_of(file: CampaignFile) -> FeedbackPlan:
    """How a campaign asks; one whose file does not say asks as usual when somebody opens its survey."""
    return file.feedback or FeedbackPlan()


def opens_at(file: CampaignFile) -> datetime:
    """When a campaign's survey opens by itself: as the file says, else with its second phase, else with its launch."""
    window, said = window_of(file), plan_of(file).opens
    if said is not None:
        return resolve(said, window.zone)
    return window.phases[1] if len(window.phases) > 1 else window.start


def closes_at(file: CampaignFile) -> datetime:
    """When it takes no more answers: the midnight after so many whole days behind the last live one, on the campaign's clocks."""
    window = window_of(file)
    day = window.last_day + timedelta(days=plan_of(file).close_days + 1)
    return instant(day, time(), ZoneInfo(file.zone))


def filled(survey: Survey, given: Mapping[str, Sequence[str]]) -> Filled:
    """Read a form: a field for each question, named by its id. What is no question's is left."""
    choices: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    mistakes: dict[str, Mistake] = {}
    for question in survey.questions:
        values = given.get(question.id, ())
        mistake = (
            _words(question, values, words) if question.kind == "text" else _choices(question, values, choices)
        )  # fmt: skip
        is_empty = question.id not in words and question.id not in choices
        if mistake is None and question.required and is_empty:
            mistake = "missing"
        if mistake is not None:
            mistakes[question.id] = mistake
    return Filled(choices, words, mistakes)


def _words(question: Question, values: Sequence[str], words: dict[str, str]) -> Mistake | None:
    text = without_unsafe(composed("\n".join(values[:1]).replace("\r\n", "\n"))).strip()
    if not text:
        return None
    words[question.id] = text[:LONGEST_WORDS]
    return "long" if len(text) > LONGEST_WORDS else None


def _choices(question: Question, values: Sequence[str], choices: dict[str, tuple[str, ...]]) -> Mistake | None:
    chosen = tuple(dict.fromkeys(value for value in values if value))
    known = tuple(value for value in chosen if value in question.choices)
    if known:
        choices[question.id] = known
    if len(known) < len(chosen):
        return "unknown"
    return "several" if len(known) > 1 and not question.many else None
