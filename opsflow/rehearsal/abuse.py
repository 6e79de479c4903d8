"""What a rehearsal is put through besides its script: late work, people who are away, refusals, hard decisions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from opsflow.campaigns.files import Loaded
from opsflow.campaigns.plan import Plan
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.org.model import Absence, Organisation
from opsflow.rehearsal.voices import chance
from opsflow.stages.model import Outcome

MOST_LATE = 16
"""Working hours: two days."""
LONGEST_ABSENCE = 7
SUDDEN_SHARE = 0.5
"""Of the absences: nobody knew of them when the campaign was planned."""


@dataclass(frozen=True, slots=True)
class Abuse:
    """How much goes wrong; nothing of it is the same as no abuse."""

    late: float = 0.0
    """The share of tasks that are done late."""
    absent: float = 0.0
    """The share of people who are away for some days."""
    refuse: float = 0.0
    """The share of approvals that are refused."""
    refusals: int = 1
    """How often in a row such an approval is refused."""
    delays: tuple[tuple[TaskCode, int], ...] = ()
    """Tasks that are late for certain, with working hours."""
    outcomes: tuple[Outcome, ...] = ()
    """Of the decision meeting, in turn; then go."""

    def __post_init__(self) -> None:
        shares = {"late": self.late, "absent": self.absent, "refuse": self.refuse}
        wrong = [f"--{name} {share:g}" for name, share in shares.items() if not 0 <= share <= 1]
        if wrong:
            raise BadInput(f"{', '.join(wrong)}: a share is a number from 0 (nobody, nothing) to 1 (all), such as 0.2.")

    def delay(self, code: TaskCode, who: str, *, seed: int) -> int:
        """Working hours by which somebody is late with a task; 0: in time."""
        certain = dict(self.delays).get(code)
        if certain is not None:
            return certain
        dice = chance(seed, code, who, "late share")
        return dice.randrange(1, MOST_LATE + 1) if dice.random() < self.late else 0

    def times_refused(self, code: TaskCode, *, seed: int) -> int:
        """How often an approval is refused."""
        return self.refusals if chance(seed, code, "refuse share").random() < self.refuse else 0


NO_ABUSE = Abuse()


@dataclass(frozen=True, slots=True)
class Away:
    """Days off of somebody, both ends included."""

    person: PersonKey
    first: date
    last: date
    sudden: bool
    """Nobody knew when the campaign was planned."""


def draw_absences(plan: Plan, organisation: Organisation, abuse: Abuse, *, seed: int) -> tuple[Away, ...]:
    """Who is away, and when: somewhere between the first day of the plan and its last."""
    first = min(task.start for task in plan.tasks).date()
    days = max((max(task.due for task in plan.tasks).date() - first).days, 1)
    found = []
    for person in sorted(organisation.people):
        dice = chance(seed, plan.campaign, person, "absent share")
        if dice.random() < abuse.absent:
            begins = first + timedelta(days=dice.randrange(days))
            ends = begins + timedelta(days=dice.randrange(LONGEST_ABSENCE))
            found.append(Away(person, begins, ends, sudden=dice.random() < SUDDEN_SHARE))
    return tuple(found)


def with_absences(organisation: Organisation, away: Iterable[Away]) -> Organisation:
    """The organisation in which these people are away as well."""
    people = dict(organisation.people)
    for each in away:
        person = people[each.person]
        absence = Absence(first=each.first, last=each.last, reason="rehearsed")
        people[each.person] = person.model_copy(update={"absent": (*person.absent, absence)})
    return organisation.model_copy(update={"people": people})


def told_here(loaded: Loaded) -> Loaded:
    """The campaign without a channel, of people who name none of their own: a rehearsal tells nobody outside."""
    own = loaded.organisation
    people = {key: person.model_copy(update={"channels": ()}) for key, person in own.people.items()}
    return replace(
        loaded,
        campaign=loaded.campaign.model_copy(update={"slack_channel": None}),
        organisation=own.model_copy(update={"channels": (), "people": people}),
    )


def announced(loaded: Loaded, away: Iterable[Away]) -> Loaded:
    """The campaign as it is planned by somebody who was told of the absences that are no surprise."""
    known = [each for each in away if not each.sudden]
    return replace(loaded, organisation=with_absences(loaded.organisation, known)) if known else loaded
