"""What participants think, counted: rates, means, net promoter with its interval, topics, visits. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import sqrt

from opsflow.campaigns.surveyfile import Question, QuestionKind
from opsflow.feedback.visits.model import Load
from opsflow.kernel.text import Text

FEW = 30
"""Below so many answers figures swing with every further one, and it is said."""
_Z = 1.959964
"""95 % of a normal distribution lie within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Net:
    """Net promoter: the share of those who answer 9 or 10 less that of those who answer 0 to 6, from -100 to 100."""

    promoters: int
    passives: int
    detractors: int

    @property
    def answered(self) -> int:
        """All of them."""
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> Decimal:
        """The score itself."""
        return _whole(100 * (self.promoters - self.detractors) / self.answered)

    @property
    def interval(self) -> tuple[Decimal, Decimal]:
        """Where the score of all participants lies, at 95 %, if those who answered are like the others.

        Adjusted Wald: three answers are added, three quarters each to promoters and detractors; it keeps its promise for small
        numbers too, where the plain one says 100 to 100 of three promoters (Rocks, The American Statistician, 2016).
        """
        of = self.answered + 3
        for_, against = (self.promoters + 0.75) / of, (self.detractors + 0.75) / of
        middle = for_ - against
        half = _Z * sqrt((for_ + against - middle**2) / of)
        return _whole(100 * max(-1.0, middle - half)), _whole(100 * min(1.0, middle + half))


@dataclass(frozen=True, slots=True)
class Ticked:
    """How often one thing was chosen."""

    id: str
    title: Text
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question that is not answered in words."""

    id: str
    kind: QuestionKind
    title: Text
    answered: int
    """By so many people."""
    ticked: tuple[Ticked, ...]
    """Everything that could be chosen, in the survey's order."""

    @property
    def is_few(self) -> bool:
        """So few that the figures say little."""
        return self.answered < FEW

    @property
    def mean(self) -> Decimal | None:
        """Of a rating; None: nobody answered, or it is none."""
        if self.kind != "rating" or not self.answered:
            return None
        total = sum(int(each.id) * each.count for each in self.ticked)
        return (Decimal(total) / self.answered).quantize(Decimal("0.01"))

    @property
    def net(self) -> Net | None:
        """Of a recommendation; None: nobody answered, or it is none."""
        if self.kind != "nps" or not self.answered:
            return None
        counts = {int(each.id): each.count for each in self.ticked}
        promoters = counts[9] + counts[10]
        passives = counts[7] + counts[8]
        return Net(promoters, passives, self.answered - promoters - passives)


@dataclass(frozen=True, slots=True)
class Spoken:
    """How often users spoke of one thing."""

    id: str
    title: Text
    count: int
    """Of texts, the erased ones included."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What came of asking, and of calling back."""

    title: Text
    opened_at: datetime
    ends: datetime
    closed: bool
    asked: int
    """By a link of their own."""
    seen: int
    answered: int
    elsewhere: Mapping[str, int]
    """Answers of those who were not asked by a link: on site, and by the tool they were given in."""
    results: tuple[Result, ...]
    topics: tuple[Spoken, ...]
    """Those of the rule in its order, then any other that words were sorted by."""
    corrected: int
    """Of the texts: sorted otherwise by people."""
    visits: Load | None
    """None: nobody was to be called back."""

    @property
    def rate(self) -> Decimal | None:
        """The share of those asked who answered; None: nobody was asked."""
        return Decimal(self.answered) / self.asked if self.asked else None

    @property
    def answers(self) -> int:
        """All of them, wherever they were given."""
        return self.answered + sum(self.elsewhere.values())

    @property
    def texts(self) -> int:
        """What users said in their own words."""
        return sum(topic.count for topic in self.topics)


def result(question: Question, answered: int, counts: Mapping[str, int]) -> Result:
    """What came of a question of which each answer was given so often."""
    titles = {option.id: option.title for option in question.options}
    ticked = tuple(
        Ticked(choice, titles.get(choice, Text.both(choice)), counts.get(choice, 0)) for choice in question.choices
    )
    return Result(question.id, question.kind, question.title, answered, ticked)


def spoken(titles: Mapping[str, Text], counts: Mapping[str, int]) -> tuple[Spoken, ...]:
    """How often users spoke of what, by the rule's titles; a topic that the rule has no more stands under its id."""
    known = {**titles, **{name: Text.both(name) for name in counts if name not in titles}}
    return tuple(Spoken(name, title, counts.get(name, 0)) for name, title in known.items())


def _whole(value: float) -> Decimal:
    found = Decimal(value).quantize(Decimal(1))
    return found or Decimal(0)  # no -0
