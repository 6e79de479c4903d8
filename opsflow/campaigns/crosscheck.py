"""What a schema cannot see in a campaign file: dates that contradict each other, names nobody has, sums that do not fit."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

from opsflow.campaigns.clockcheck import clock_findings
from opsflow.campaigns.drawcheck import draw_findings
from opsflow.campaigns.duty import gaps
from opsflow.campaigns.model import CampaignFile, Goal, Mechanic, Phase, PrizeKind, Purpose, Round
from opsflow.campaigns.network import exists
from opsflow.campaigns.prizelaw import RegionLaw, tax_on
from opsflow.kernel.errors import BadInput
from opsflow.kernel.expectations import Finding, Loc, suggestion
from opsflow.kernel.money import DIGITS, money, total
from opsflow.kernel.terms import Level, Role
from opsflow.kernel.text import Text
from opsflow.org.lint import unknown_person
from opsflow.org.model import Organisation
from opsflow.sop.model import Sop

LONGEST = timedelta(days=400)
"""Of a live window: a campaign of a whole year fits, a wrong year does not."""
_FLAGS = ("presale", "registration", "on_site", "live_stream", "personal_data", "reward_tiers", "content", "partners")


@dataclass(frozen=True, slots=True)
class Together:
    """The three files that are judged together."""

    campaign: CampaignFile
    organisation: Organisation
    sop: Sop


Check = Callable[[Together], Iterable[Finding]]


def conditions() -> frozenset[str]:
    """Every condition that a task's `when:` can name."""
    named = {f"level:{level}" for level in Level} | set(_FLAGS) | {"prize_kinds:taxable"}
    for kind, choices in (("goal", Goal), ("purpose", Purpose), ("mechanics", Mechanic), ("prize_kinds", PrizeKind)):
        named |= {f"{kind}:{choice}" for choice in get_args(choices)}
    return frozenset(named)


def sop_conditions(sop: Sop) -> Iterator[Finding]:
    """Conditions of an SOP that no campaign can ever meet: its task would silently never exist."""
    known = conditions()
    for index, task in enumerate(sop.tasks):
        for at, alternative in enumerate(task.when):
            for name in (name for name in alternative.split("+") if name not in known):
                yield _wrong(
                    ("tasks", index, "when", at), f"there is no condition `{name}`", suggestion(name, sorted(known))
                )


def campaign_findings(together: Together) -> list[Finding]:
    """Every mistake of a campaign file that its types alone do not show."""
    return [finding for check in CHECKS for finding in check(together)]


def organisation_findings(together: Together) -> list[Finding]:
    """What the organisation lacks for this campaign."""
    needed = {
        task.owner.department
        for task in together.sop.tasks
        if exists(task, together.campaign.level, together.campaign.conditions)
    } | set(together.campaign.departments)
    lacking = [name for name in together.sop.departments if name in needed - set(together.organisation.departments)]
    return [
        Finding(("departments",), True, f"the department `{name}` is missing: the campaign has tasks for it", "Add it.")
        for name in lacking
    ]


def warnings(together: Together, law: RegionLaw | None = None) -> tuple[Text, ...]:
    """What is allowed, and probably not meant. `law`: of the campaign's region; None: nobody knows of a tax there."""
    return (*_promises(together.campaign, law), *_unwatched(together))


def _unwatched(together: Together) -> Iterator[Text]:
    """Hours without anybody on duty, where incidents are answered day and night."""
    campaign = together.campaign
    if together.sop.levels[campaign.level].off_hours == "incidents":
        for start, end in gaps(campaign):
            first, last = (f"{at.astimezone(ZoneInfo(campaign.zone)):%Y-%m-%d %H:%M}" for at in (start, end))
            yield Text(
                f"Nobody is on duty from {first} to {last}; level {campaign.level} answers incidents day and night.",
                f"{first} 至 {last} 无人值班；{campaign.level} 级活动须全天候响应事故。",
            )


def _promises(campaign: CampaignFile, law: RegionLaw | None) -> Iterator[Text]:
    """Prizes that cost more than their budget line holds, with the tax on them where the organiser pays it."""
    currency, ours = campaign.budget.currency, campaign.prize_terms.tax_paid_by == "organiser"
    promised = total((money(prize.unit_value, currency) * prize.quantity for prize in campaign.prizes), currency)
    taxes = (tax_on(prize, campaign, law) * prize.quantity for prize in campaign.prizes if ours)
    cost = promised + total(taxes, currency)
    lines = (line.amount for line in campaign.budget.lines if line.line == "rewards")
    planned = total((money(amount, currency) for amount in lines), currency)
    if planned < cost:
        taxed = promised < cost
        en, zh = (f", with the tax on them {cost}", f"，含主办方承担的个税共 {cost}") if taxed else ("", "")
        yield Text(
            f"The prizes are worth {promised}{en}, the budget line for rewards holds {planned}.",
            f"奖品总值 {promised}{zh}，超过预算中奖励一项的 {planned}。",
        )


def _wrong(loc: Loc, message: str, hint: str = "") -> Finding:
    return Finding(loc, False, message, hint)


def _window(together: Together) -> Iterator[Finding]:
    live = together.campaign.live
    if live.end <= live.start:
        hint = "The end is exclusive: midnight after the last live day."
        yield _wrong(("live", "end"), f"the live window ends before it starts ({live.start:%Y-%m-%dT%H:%M})", hint)
        return
    if live.end - live.start > LONGEST:
        yield _wrong(("live", "end"), f"the live window is longer than {LONGEST.days} days", "Is the year right?")
    spans: list[tuple[str, int, Phase | Round]] = [("phases", index, phase) for index, phase in enumerate(live.phases)]
    spans += [("rounds", index, part) for index, part in enumerate(live.rounds)]
    for name, index, span in spans:
        yield from _span(("live", name, index), span.title.en, span.start, span.end, together.campaign)


def _span(loc: Loc, title: str, start: datetime, end: datetime, campaign: CampaignFile) -> Iterator[Finding]:
    live = campaign.live
    if end <= start:
        yield _wrong((*loc, "end"), f"`{title}` ends before it starts", "The end is exclusive.")
    window = f"{live.start:%Y-%m-%dT%H:%M} to {live.end:%Y-%m-%dT%H:%M}"
    for name, at in (("start", start), ("end", end)):
        if not live.start <= at <= live.end:
            yield _wrong((*loc, name), f"`{title}` is not inside the live window", f"The window is {window}.")


def _clocks(together: Together) -> Iterable[Finding]:
    return clock_findings(together.campaign)


def _phases(together: Together) -> Iterator[Finding]:
    phases = together.campaign.live.phases
    for index, phase in enumerate(phases):
        if phase.id in [earlier.id for earlier in phases[:index]]:
            yield _wrong(
                ("live", "phases", index, "id"), f"the phase `{phase.id}` is named twice", "Give it an id of its own."
            )
        if index and phase.start < phases[index - 1].end:
            message = f"the phase `{phase.id}` starts before `{phases[index - 1].id}` ends"
            yield _wrong(("live", "phases", index, "start"), message, "Phases follow each other.")


def _amounts(together: Together) -> Iterator[Finding]:
    """Every amount of money can be paid and counted in the budget's currency."""
    budget = together.campaign.budget
    if budget.currency not in DIGITS:
        yield _wrong(("budget", "currency"), f"there is no currency `{budget.currency}`", "Write its ISO 4217 code.")
        return
    found: list[tuple[Loc, Decimal | None, int]] = [(("budget", "forecast_return"), budget.forecast_return, 1)]
    found += [(("budget", "lines", at, "amount"), line.amount, 1) for at, line in enumerate(budget.lines)]
    prizes = together.campaign.prizes
    found += [(("prizes", at, "unit_value"), prize.unit_value, prize.quantity) for at, prize in enumerate(prizes)]
    for loc, amount, times in found:
        try:
            money(amount or Decimal(0), budget.currency) * times
        except BadInput as error:
            yield _wrong(loc, str(error).rstrip("."), "")


def _draws(together: Together) -> Iterable[Finding]:
    return draw_findings(together.campaign)


def _feedback(together: Together) -> Iterator[Finding]:
    plan, live = together.campaign.feedback, together.campaign.live
    if plan is not None and plan.opens is not None and plan.opens >= live.end + timedelta(days=plan.close_days):
        message = "the survey opens when it has been closed already"
        yield _wrong(("feedback", "opens"), message, "Open it earlier, or raise `close_days`.")


def _kpis(together: Together) -> Iterator[Finding]:
    primary = [index for index, kpi in enumerate(together.campaign.kpis) if kpi.primary]
    if not primary:
        yield Finding(("kpis",), True, "no KPI is the primary one", "Write `primary: true` at exactly one.")
    for index in primary[1:]:
        first = together.campaign.kpis[primary[0]].id
        yield _wrong(("kpis", index, "primary"), f"`{first}` is the primary KPI already", "There is one primary KPI.")


def _unique(together: Together) -> Iterator[Finding]:
    campaign = together.campaign
    for name, ids in (("kpis", [kpi.id for kpi in campaign.kpis]), ("prizes", [prize.id for prize in campaign.prizes])):
        for index, given in enumerate(ids):
            if given in ids[:index]:
                yield _wrong(
                    (name, index, "id"), f"the id `{given}` is used twice in {name}", "Give it one of its own."
                )


def _publicity(together: Together) -> Iterator[Finding]:
    partners = {(partner.en, partner.zh) for partner in together.campaign.partners}
    names = [partner.en for partner in together.campaign.partners]
    for index, node in enumerate(together.campaign.publicity):
        if node.at >= together.campaign.live.end:
            yield _wrong(
                ("publicity", index, "at"), "the node comes after the end of the live window", "Move or remove it."
            )
        if node.partner and (node.partner.en, node.partner.zh) not in partners:
            meant = suggestion(node.partner.en, names)
            hint = meant or "Add them under `partners`."
            yield _wrong(("publicity", index, "partner"), f"`{node.partner.en}` is not among the partners", hint)


def _people(together: Together) -> Iterator[Finding]:
    campaign = together.campaign
    named: list[tuple[Loc, str]] = [(("people", role.value), person) for role, person in campaign.people.items()]
    named += [(("owners", code, "owner"), override.owner) for code, override in campaign.owners.items()]
    named += [(("duty", at, "person"), shift.person) for at, shift in enumerate(campaign.duty)]
    for loc, person in named:
        found = unknown_person(together.organisation, loc, person)
        if found:
            yield found


def _duty(together: Together) -> Iterator[Finding]:
    live = together.campaign.live
    hint = f"The window is {live.start:%Y-%m-%d} to {live.end:%Y-%m-%dT%H:%M}."
    for at, shift in enumerate(together.campaign.duty):
        if shift.first and shift.last and shift.last < shift.first:
            yield _wrong(("duty", at, "last"), f"the shift of {shift.person} ends before it begins", "Both days count.")
        for name, day in (("first", shift.first), ("last", shift.last)):
            # The evening before the launch belongs to a night shift.
            if day and not live.start.date() - timedelta(days=1) <= day <= live.end.date():
                yield _wrong(("duty", at, name), f"{day} is not inside the live window", hint)


def _two_hats(together: Together) -> Iterator[Finding]:
    holders = {**together.organisation.roles, **together.campaign.people}
    manager, post = holders.get(Role.CAMPAIGN_MANAGER), holders.get(Role.COORDINATION_POST)
    if manager and manager == post:
        loc: Loc = ("people", Role.CAMPAIGN_MANAGER.value)
        message = f"{manager} is campaign manager and coordination post of the same campaign"
        yield _wrong(loc, message, "The post supervises the manager: name two people.")


def _departments(together: Together) -> Iterator[Finding]:
    campaign = together.campaign
    named: list[tuple[Loc, str]] = [(("departments", at), name) for at, name in enumerate(campaign.departments)]
    named += [(("publicity", at, "department"), node.department) for at, node in enumerate(campaign.publicity)]
    named += [(("materials", at, "department"), material.department) for at, material in enumerate(campaign.materials)]
    named += [(("risks", at, "seen_by"), risk.seen_by) for at, risk in enumerate(campaign.risks) if risk.seen_by]
    named += [(("kpis", at, "department"), kpi.department) for at, kpi in enumerate(campaign.kpis) if kpi.department]
    for loc, name in named:
        if name not in together.organisation.departments:
            hint = suggestion(name, together.organisation.departments)
            yield _wrong(loc, f"there is no department `{name}` in org.yaml", hint)


def _optional_departments(together: Together) -> Iterator[Finding]:
    """A task of an optional department exists by its condition: the campaign has to name the department as well."""
    campaign = together.campaign
    for name, department in together.sop.departments.items():
        needing = [
            task.id
            for task in together.sop.tasks
            if task.owner.department == name and exists(task, campaign.level, campaign.conditions)
        ]
        if department.optional and needing and name not in campaign.departments:
            message = f"the department `{name}` has tasks in this campaign ({', '.join(needing)}) and is not named"
            yield Finding(("departments",), True, message, f"Add `departments: [{name}]`.")


def _level(together: Together) -> Iterator[Finding]:
    if together.campaign.level not in together.sop.levels:
        known = [level.value for level in together.sop.levels]
        message = f"the SOP {together.sop.name} v{together.sop.version} has no level {together.campaign.level}"
        yield _wrong(("level",), message, f"It has {', '.join(known)}.")


def _task_codes(together: Together) -> Iterator[Finding]:
    tasks = {task.id: task for task in together.sop.tasks}
    for code in together.campaign.owners:
        if code not in tasks:
            yield Finding(("owners", code), True, f"there is no task `{code}` in the SOP", suggestion(code, tasks))


CHECKS: tuple[Check, ...] = (
    _level,
    _window,
    _clocks,
    _phases,
    _kpis,
    _unique,
    _amounts,
    _draws,
    _feedback,
    _publicity,
    _people,
    _duty,
    _two_hats,
    _departments,
    _optional_departments,
    _task_codes,
)
