"""Who scores what, and what the scores amount to (mission M12)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.text import Text

WEAK_BELOW = Decimal(6)
"""A module whose mean is below this is reworked."""
PASS_ABOVE = Decimal(70)
"""Only a total above this may enter execution."""
MOST_POINTS = 10


@dataclass(frozen=True, slots=True)
class Score:
    """One reviewer's points for one module."""

    reviewer: PersonKey
    module: str
    points: int
    comment: Text | None


@dataclass(frozen=True, slots=True)
class Round:
    """One round of scoring. A later round holds only the modules that were reworked."""

    number: int
    reviewers: Mapping[PersonKey, tuple[str, ...]]
    """Reviewer -> the modules they score."""
    opened_at: datetime
    due: datetime
    closed_at: datetime | None
    passed: bool | None
    scores: tuple[Score, ...]

    @property
    def waiting_for(self) -> tuple[PersonKey, ...]:
        """Reviewers who have not scored yet."""
        scored = {score.reviewer for score in self.scores}
        return tuple(person for person in self.reviewers if person not in scored)

    @property
    def complete(self) -> bool:
        """Whether everybody has scored."""
        return not self.waiting_for


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scores amount to."""

    means: Mapping[str, Decimal]
    total: Decimal
    weak: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """No module below 6, and the total above 70."""
        return not self.weak and self.total > PASS_ABOVE


def evaluate(rounds: Sequence[Round], modules: Sequence[str]) -> Verdict:
    """Means per module, the latest round that scored it counting; the total is their sum (of 100 for ten modules)."""
    means: dict[str, Decimal] = {}
    for each in rounds:
        for module in modules:
            points = [score.points for score in each.scores if score.module == module]
            if points:
                means[module] = Decimal(sum(points)) / len(points)
    weak = tuple(module for module in modules if means.get(module, Decimal(0)) < WEAK_BELOW)
    return Verdict(means=means, total=sum(means.values(), Decimal(0)), weak=weak)


def assign(
    candidates: Iterable[tuple[PersonKey, bool]],
    *,
    at_least: int,
    excluded: frozenset[PersonKey],
    authors: Mapping[str, frozenset[PersonKey]],
) -> dict[PersonKey, tuple[str, ...]]:
    """Choose reviewers and the modules each scores.

    `candidates`: people in order of preference, with whether they must be among the reviewers. `excluded`: people who
    wrote the plan as a whole. `authors`: module -> who wrote what it judges; they score the other modules.
    """
    people: dict[PersonKey, bool] = {}
    for person, required in candidates:
        if person not in excluded:  # who heads two departments is required when one of them is
            people[person] = people.get(person, False) or required
    chosen = [person for person, required in people.items() if required]
    chosen += [person for person, required in people.items() if not required][: max(0, at_least - len(chosen))]
    plan = {person: tuple(module for module, writers in authors.items() if person not in writers) for person in chosen}
    unscored = [module for module in authors if not any(module in modules for modules in plan.values())]
    for person in people:
        if unscored and person not in plan and all(person not in authors[module] for module in unscored):
            plan[person] = tuple(module for module, writers in authors.items() if person not in writers)
            unscored = []
    return {person: modules for person, modules in plan.items() if modules}


def check_scores(current: Round | None, campaign: CampaignKey, *, by: PersonKey, points: Mapping[str, int]) -> Round:
    """The open round, when these are the scores this reviewer owes in it."""
    if current is None or current.closed_at is not None:
        raise NotFound(f"No self-check of {campaign} is open for scoring.")
    modules = current.reviewers.get(by)
    if modules is None:
        raise Refused(
            f"{by} is not a reviewer of the self-check of {campaign}; reviewers are {', '.join(current.reviewers)}."
        )
    if by not in current.waiting_for:
        raise Conflict(f"{by} has scored the self-check of {campaign} already; scores are given once a round.")
    foreign = sorted(set(points) - set(modules))
    missing = [module for module in modules if module not in points]
    if foreign or missing:
        raise BadInput(
            f"{by} scores exactly {', '.join(modules)} (nobody scores what they wrote); "
            f"missing: {', '.join(missing) or 'none'}; not theirs: {', '.join(foreign) or 'none'}."
        )
    wrong = [module for module, value in points.items() if not 0 <= value <= MOST_POINTS]
    if wrong:
        raise BadInput(f"Points go from 0 to {MOST_POINTS}; out of range: {', '.join(wrong)}.")
    return current
