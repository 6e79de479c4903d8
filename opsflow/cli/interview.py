"""What `opsflow new` asks about a campaign, in order, and how each answer is read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import cast, get_args

from opsflow.campaigns.copying import free_key
from opsflow.campaigns.drafting import BUDGET_LINES, FLAGS, MEASURES, OPEN, Draft, candidates, key_of
from opsflow.campaigns.model import Goal, Mechanic, Purpose
from opsflow.campaigns.neighbours import KeyTaken, check_key
from opsflow.cli.questions import Questions, Reader, one_of, some_of
from opsflow.documents.labels import Labels, label
from opsflow.kernel.errors import BadInput, listed
from opsflow.kernel.filemodel import FIRST_DAY, LAST_DAY
from opsflow.kernel.terms import DepartmentId, Level, PersonKey, Role
from opsflow.kernel.text import Text
from opsflow.org.model import Organisation
from opsflow.sop.model import Sop
from opsflow.workdays.model import WorkCalendar

LIVE_DAYS = {Level.S: 14, Level.A: 14, Level.B: 7, Level.C: 1}
"""The usual length of a live window."""
AIR = 10
"""Working days between today and the first meeting of a launch that is proposed."""


@dataclass(frozen=True, slots=True)
class Given:
    """What options have answered."""

    title: str | None = None
    title_zh: str | None = None
    level: str | None = None
    key: str | None = None
    goal: str | None = None
    purpose: str | None = None
    mechanics: str | None = None
    conditions: str | None = None
    launch: str | None = None
    last_day: str | None = None
    background: str | None = None
    target_users: str | None = None
    behaviour: str | None = None
    carrier: str | None = None
    target: str | None = None
    budget: Sequence[str] = ()
    person: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class House:
    """Where the campaign is planned: what defaults and choices come from."""

    organisation: Organisation
    sop: Sop
    labels: Labels
    calendar: WorkCalendar
    today: date
    taken: frozenset[str] = field(default_factory=frozenset)


def interview(questions: Questions, given: Given, house: House) -> Draft:
    """Everything but the people, whose roles follow from the rest."""
    ask = questions.ask
    title = ask("--title", given.title, "Title", phrase)
    zh = ask("--title-zh", given.title_zh, "Title in Chinese", phrase, title)
    level = _level(questions, given, house)
    start, end = _window(questions, given, house, level)
    key = ask("--key", given.key, "Key", _free(house.taken), free_key(key_of(title, start), house.taken))
    goal = cast(Goal, _choice(questions, "--goal", given.goal, "Goal", get_args(Goal), house.labels.goal, "conversion"))
    purpose = _several(questions, "--purpose", given.purpose, "Purposes", get_args(Purpose), house.labels.purpose)
    mechanics = _several(
        questions, "--mechanics", given.mechanics, "Mechanics", get_args(Mechanic), house.labels.mechanics, "threshold"
    )
    flags = _several(questions, "--conditions", given.conditions, "Conditions that hold", FLAGS, {})
    texts = [
        Text.both(words) if words != OPEN.en else OPEN
        for words in (
            ask("--background", given.background, "Background (why now)", phrase, OPEN.en),
            ask("--target-users", given.target_users, "Target users", phrase, OPEN.en),
            ask("--behaviour", given.behaviour, "The one behaviour the incentive must cause", phrase, OPEN.en),
            ask("--carrier", given.carrier, "Carrier (app page, H5, mini-programme, account)", phrase, OPEN.en),
        )
    ]
    measure = MEASURES[goal]
    target = ask("--target", given.target, f"Target: {measure.title.en} ({measure.unit.en})", _amount)
    return Draft(
        key=key,
        title=Text(title, zh),
        level=level,
        goal=goal,
        purpose=purpose,
        mechanics=mechanics,
        zone=house.organisation.zone,
        language=house.organisation.language,
        background=texts[0],
        target_users=texts[1],
        behaviour=texts[2],
        carrier=texts[3],
        start=start,
        end=end,
        target=target,
        unit=measure.unit,
        currency="CNY",
        budget=_budget(questions, given),
        flags=frozenset(flags),
    )


def fill_roles(
    questions: Questions, given: Given, house: House, draft: Draft, roles: dict[Role, DepartmentId]
) -> Draft:
    """The same draft with somebody in each role; a person who has one is proposed for no second while there are others."""
    chosen = _people_of(given.person, house)
    for role, department in roles.items():
        if role in chosen:
            continue
        people = candidates(role, department, house.organisation, house.sop)
        default = next((key for key in people if key not in chosen.values()), people[0] if people else "")
        title = house.sop.roles[role].title.en
        everybody = [*people, *(key for key in house.organisation.people if key not in people)]
        _show_people(questions, people, house)
        chosen[role] = questions.ask(
            f"--person {role}=KEY", None, f"Who is {title}", _person(everybody, house), default
        )
    ordered = tuple((role, chosen[role]) for role in Role if role in chosen)
    return replace(draft, people=ordered)


def moved_to(draft: Draft, launch: date) -> Draft:
    """The same draft on another launch day."""
    by = launch - draft.start.date()
    return replace(draft, start=draft.start + by, end=draft.end + by)


def phrase(typed: str) -> str:
    """A text on one line."""
    words = " ".join(typed.split())
    if not words or not words.isprintable():
        raise BadInput("a text on one line is needed here.")
    return words


def day_and_time(typed: str) -> datetime:
    """A day, or a day with a time of day."""
    try:
        if len(typed.strip()) == 10:
            return datetime.combine(date.fromisoformat(typed.strip()), time())
        found = datetime.fromisoformat(typed.strip())
    except ValueError as error:
        raise BadInput("write a day as 2026-10-20, or with its time as 2026-10-20T10:00.") from error
    if found.tzinfo is not None:
        raise BadInput("a time here is local to the organisation's zone: leave the offset out.")
    return found


def _level(questions: Questions, given: Given, house: House) -> Level:
    titles = [policy.title.en for policy in house.sop.levels.values()]
    if given.level is None:
        questions.show([level.value for level in house.sop.levels], titles)
    names = [level.value for level in house.sop.levels]
    return Level(questions.ask("--level", given.level, "Level", one_of(names), "B"))


def _window(questions: Questions, given: Given, house: House, level: Level) -> tuple[datetime, datetime]:
    """Start, and the exclusive end: midnight after the last day."""
    usual = house.calendar.shift(house.today, house.sop.levels[level].first_meeting + AIR)
    length = 1 if given.last_day else LIVE_DAYS[level]
    start = questions.ask("--launch", given.launch, "Launch day", _launch(length), usual.isoformat())

    def last(typed: str) -> date:
        day = day_and_time(typed).date()
        if not start.date() <= day < LAST_DAY:
            raise BadInput(
                f"the last live day cannot lie before the launch on {start.date()}, nor after {LAST_DAY - timedelta(days=1)}."
            )
        return day

    last_day = (start + timedelta(days=LIVE_DAYS[level] - 1)).date() if not given.last_day else start.date()
    end = questions.ask("--last-day", given.last_day, "Last live day", last, last_day.isoformat())
    return start, datetime.combine(end + timedelta(days=1), time())


def _launch(length: int) -> Reader[datetime]:
    """Reads a launch after which so many live days, and the midnight behind them, lie in the years that files may name."""

    def read(typed: str) -> datetime:
        start, latest = day_and_time(typed), LAST_DAY - timedelta(days=length)
        if not FIRST_DAY <= start.date() <= latest:
            raise BadInput(
                f"a campaign lies in the years {FIRST_DAY.year} to {LAST_DAY.year}: name a day from {FIRST_DAY} to {latest}."
            )
        return start

    return read


def _choice(
    questions: Questions,
    option: str,
    given: str | None,
    question: str,
    names: Sequence[str],
    titles: dict[str, Text],
    default: str,
) -> str:
    if given is None:
        questions.show(names, [label(titles, name).en for name in names])
    return questions.ask(option, given, question, one_of(names), default)


def _several(
    questions: Questions,
    option: str,
    given: str | None,
    question: str,
    names: Sequence[str],
    titles: dict[str, Text],
    default: str = "none",
) -> tuple[str, ...]:
    if given is None:
        questions.show(names, [label(titles, name).en for name in names] if titles else ())
    return questions.ask(option, given, f"{question} (numbers or names, with commas)", some_of(names), default)


def _budget(questions: Questions, given: Given) -> dict[str, Decimal]:
    """Per line; as soon as an option names one line, those that no option names are 0."""
    amounts: dict[str, Decimal] = {}
    for pair in given.budget:
        line, _, amount = pair.partition("=")
        if line not in BUDGET_LINES:
            raise BadInput(f"--budget {pair!r}: write LINE=AMOUNT, the line one of {listed(BUDGET_LINES)}.")
        if line in amounts:
            raise BadInput(f"--budget {pair!r}: {line} has an amount already. Give each line once.")
        amounts[line] = questions.ask("--budget", amount, "", _amount)
    if amounts:
        return amounts
    return {line: questions.ask("--budget", None, f"Budget, {line}", _amount, "0") for line in BUDGET_LINES}


def _amount(typed: str) -> Decimal:
    try:
        amount = Decimal(typed.replace(",", "").replace(" ", ""))
    except InvalidOperation as error:
        raise BadInput("a number is needed here, such as 12000 or 0.5.") from error
    if not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 15:
        raise BadInput("a number from 0 on is needed here, such as 12000 or 0.5.")
    return amount


def _free(taken: frozenset[str]) -> Reader[str]:
    def read(typed: str) -> str:
        key = typed.strip()
        if key in taken:
            raise BadInput(str(KeyTaken(key, free_key(key, taken))))
        check_key(key)
        return key

    return read


def _show_people(questions: Questions, people: Sequence[PersonKey], house: House) -> None:
    described = [house.organisation.people[key] for key in people]
    questions.show(people, [f"{who.name.en}, {who.title.en}" if who.title else who.name.en for who in described])


def _person(keys: Sequence[PersonKey], house: House) -> Reader[PersonKey]:
    """Reads a number of the list, a key, or a name in either language."""
    names = {
        name.casefold(): key
        for key, person in house.organisation.people.items()
        for name in (person.name.en, person.name.zh)
    }
    by_key = one_of(keys)
    return lambda typed: names.get(typed.strip().casefold()) or PersonKey(by_key(typed))


def _people_of(pairs: Sequence[str], house: House) -> dict[Role, PersonKey]:
    chosen: dict[Role, PersonKey] = {}
    for pair in pairs:
        role, equals, person = pair.partition("=")
        if not equals or role not in [known.value for known in Role]:
            raise BadInput(
                f"--person {pair!r}: write ROLE=KEY, the role one of {listed([role.value for role in Role])}."
            )
        if Role(role) in chosen:
            raise BadInput(f"--person {pair!r}: {role} is filled already. Give each role once.")
        try:
            chosen[Role(role)] = _person(list(house.organisation.people), house)(person)
        except BadInput as error:
            raise BadInput(f"--person {pair!r}: {error}") from error
    return chosen
