"""Who takes part in a draw, with how many tickets or which sum, and who is left out for which reason: pure.

Whoever does not meet the conditions is no entrant and needs no reason. Reasons are for those who meet them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsflow.campaigns.drawrules import Condition, DrawRule, Filter, Tickets
from opsflow.participants.model import TAKING_PART, Participant
from opsflow.prizes.draws.model import Entrant

BLOCKLIST = "blocklist"
"""The reason of whoever is on it; what is noted there is for the team."""
CAP = "has won as much as one person may"


@dataclass(frozen=True, slots=True)
class Figure:
    """What a participant has of one measure on one day."""

    measure: str
    day: date
    value: int
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Suspects:
    """Whom the filters that compare participants with each other leave out, by filter."""

    by_filter: Mapping[str, frozenset[str]] = field(default_factory=dict)
    capped: frozenset[str] = frozenset()
    """Who has won in earlier draws as much as one person may."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one participant after the other by the rule of a draw."""

    rule: DrawRule
    filters: tuple[Filter, ...]
    suspects: Suspects
    zone: ZoneInfo

    def entrant(self, who: Participant, figures: Sequence[Figure]) -> Entrant | None:
        """The participant in the draw, or left out of it with a reason; None: it does not concern them.

        `figures`: theirs within the draw's window, by day.
        """
        if who.status not in TAKING_PART or not self._is_asked(who):
            return None
        sums = sums_of(figures)
        conditions = self.rule.conditions
        if not all(each.holds(sums.get(each.measure, 0)) for each in conditions):
            return None
        tickets = tickets_of(self.rule.tickets, figures, paying=who.paying) if self.rule.tickets else 1
        if tickets < 1:
            return None
        score = sums.get(self.rule.measure, 0) if self.rule.measure and self.rule.form == "ranking" else 0
        return Entrant(who.id, tickets, score, self._reached(figures, conditions), self._reason(who))

    def _is_asked(self, who: Participant) -> bool:
        return self.rule.who == "all" or (self.rule.who == "paying") is who.paying

    def _reached(self, figures: Sequence[Figure], conditions: Sequence[Condition]) -> datetime | None:
        match self.rule.form:
            case "ranking":
                mine = [each for each in figures if each.measure == self.rule.measure and each.value]
                return self._instant(mine[-1]) if mine else None
            case "threshold":
                return reached(figures, conditions, self._instant)
            case _:
                return None

    def _instant(self, figure: Figure) -> datetime:
        """When a figure was reached; where nobody says, the last moment of its day: whoever is told of exactly is first."""
        if figure.reached_at is not None:
            return figure.reached_at
        midnight = datetime.combine(figure.day, time(), self.zone) + timedelta(days=1)
        return midnight.astimezone(UTC)

    def _reason(self, who: Participant) -> str | None:
        for each in self.filters:
            if each.name == "blocklist" and who.blocked is not None:
                return BLOCKLIST
            if who.id in self.suspects.by_filter.get(each.name, frozenset()):
                return each.name
        return CAP if who.id in self.suspects.capped else None


def sums_of(figures: Iterable[Figure]) -> dict[str, int]:
    """The sum of each measure."""
    found: dict[str, int] = {}
    for each in figures:
        found[each.measure] = found.get(each.measure, 0) + each.value
    return found


def tickets_of(tickets: Tickets, figures: Iterable[Figure], *, paying: bool) -> int:
    """How many tickets somebody has.

    With a daily cap each day counts for itself: what a day leaves over of `per` is lost. Without one the whole counts.
    """
    mine = [each.value for each in figures if each.measure == tickets.measure]
    times = tickets.paying_times if paying else 1
    if tickets.most_a_day is None:
        found = sum(mine) // tickets.per * times
    else:
        found = sum(min(value // tickets.per * times, tickets.most_a_day) for value in mine)
    return min(found, tickets.most)


def reached(
    figures: Sequence[Figure], conditions: Sequence[Condition], instant: Callable[[Figure], datetime]
) -> datetime | None:
    """When conditions that hold in the end first held together; None: without any figure, as `orders <= 0` can."""
    sums: dict[str, int] = {}
    for each in sorted(figures, key=lambda figure: (instant(figure), figure.measure)):
        sums[each.measure] = sums.get(each.measure, 0) + each.value
        if all(one.holds(sums.get(one.measure, 0)) for one in conditions):
            return instant(each)
    return None
