"""Somebody is away whom the plan counted on, or is not after all: said once, seen by every rule that asks who is there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from opsflow.campaigns.permissions import Tie, check_person
from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import active_campaigns, add_wakes, hold_campaign, load_campaign, set_organisation
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.load import load_snapshot
from opsflow.engine.rungs import point_rungs
from opsflow.incidents.service import point_anew
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict, NotFound
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.kernel.values import Value
from opsflow.org.model import Absence, Organisation
from opsflow.stages import store
from opsflow.stages.model import FINAL
from opsflow.workdays.hours import day_start


def report_absence(
    ctx: Context,
    campaign: CampaignKey | None,
    person: PersonKey,
    *,
    first: date,
    last: date,
    by: PersonKey,
    reason: str = "",
) -> tuple[CampaignKey, ...]:
    """Somebody is away from one day to another, both included; what waits for them then goes to who stands in, and so
    does what is still to be told to them because of a role of theirs.

    In one campaign, or (None) in all under way that know them, together or not at all; answers in which. For the
    person, the head or deputy of the department, the campaign manager and the coordination post. Saying it twice is
    saying it once. BadInput: it ends before it begins. NotFound: no such campaign. Conflict: it is over. Refused: nobody
    of this organisation, or not theirs to say.
    """
    if last < first:
        raise BadInput(f"The absence of {person} ends on {last} before it begins on {first}: turn the days round.")
    with ctx.transaction() as session:
        keys = _campaigns(session, campaign, person)
        for key in keys:
            held = _held(ctx, session, key, person, by=by)
            was = held.organisation.people[person].absent
            if any((each.first, each.last) == (first, last) for each in was):
                continue
            # Once now, for who is away already, and once when the absence begins.
            instants = {ctx.clock.now(), max(ctx.clock.now(), day_start(first, held.zone))}
            absence = Absence(first=first, last=last, reason=reason)
            _set(ctx, session, held, person, (*was, absence), wakes=instants)
            data: dict[str, Value] = {"first": first, "last": last, "reason": reason}
            _note(ctx, session, held, person, "person.absent", by=by, data=data)
        return keys


def take_back_absence(
    ctx: Context, campaign: CampaignKey | None, person: PersonKey, *, first: date, last: date, by: PersonKey
) -> tuple[CampaignKey, ...]:
    """Somebody is not away on those days after all. What was handed over stays where it is; what is still to be told to
    them because of a role of theirs comes to them again.

    In one campaign, or (None) wherever it was said; answers in which. For those who may say that somebody is away.
    NotFound: nobody said so of just these days.
    """
    with ctx.transaction() as session:
        keys = _campaigns(session, campaign, person)
        done = tuple(key for key in keys if _take_back(ctx, session, key, person, first, last, by=by))
        if not done:
            known = {
                absence for key in keys for absence in load_campaign(session, key).organisation.people[person].absent
            }
            spans = ", ".join(f"{first} to {last}" for first, last in sorted((one.first, one.last) for one in known))
            raise NotFound(
                f"{person} is not away from {first} to {last} in {', '.join(keys)}; known: {spans or 'no absence'}."
            )
        return done


def _take_back(
    ctx: Context, session: Session, key: CampaignKey, person: PersonKey, first: date, last: date, *, by: PersonKey
) -> bool:
    held = _held(ctx, session, key, person, by=by)
    was = held.organisation.people[person].absent
    left = tuple(absence for absence in was if (absence.first, absence.last) != (first, last))
    if left == was:
        return False
    _set(ctx, session, held, person, left, wakes={ctx.clock.now()})
    _note(ctx, session, held, person, "person.back", by=by, data={"first": first, "last": last})
    return True


def _campaigns(session: Session, campaign: CampaignKey | None, person: PersonKey) -> tuple[CampaignKey, ...]:
    """The campaign that is named, or those under way that know the person, in one order for all who lock them."""
    if campaign is not None:
        return (campaign,)
    keys = active_campaigns(session)
    found = tuple(key for key in keys if person in load_campaign(session, key).organisation.people)
    if not found:
        raise NotFound(f"{person} is nobody in any campaign under way; people are listed in org.yaml.")
    return found


def _held(ctx: Context, session: Session, campaign: CampaignKey, person: PersonKey, *, by: PersonKey) -> Campaign:
    hold_campaign(session, campaign)  # else of two absences that are reported at once the later one's row wins
    held = load_campaign(session, campaign)
    check_person(held.organisation, person)
    ties = _ties(held.organisation, person, by)
    check(ctx, held, "person.absent", f"this is about {person}", by=by, ties=ties)
    if is_over(held):
        raise Conflict(f"Campaign {held.key} is {held.status}: nothing in it waits for {person}.")
    return held


def _set(
    ctx: Context,
    session: Session,
    held: Campaign,
    person: PersonKey,
    absent: tuple[Absence, ...],
    *,
    wakes: Iterable[datetime],
) -> None:
    organisation = _with_absences(held.organisation, person, absent)
    set_organisation(session, held.key, organisation)
    after = replace(held, organisation=organisation)
    point_rungs(session, replace(load_snapshot(ctx, session, held.key, Stage.EXECUTION), campaign=after))
    point_anew(ctx, session, after)
    stages = [stage.name for stage in store.stages(session, held.key) if stage.status not in FINAL]
    add_wakes(session, held.key, [(stage, at) for stage in stages for at in sorted(wakes)])


def _note(
    ctx: Context,
    session: Session,
    held: Campaign,
    person: PersonKey,
    action: str,
    *,
    by: PersonKey,
    data: Mapping[str, Value],
) -> None:
    told = {"title": held.organisation.people[person].name, **data}
    write(session, at=ctx.clock.now(), actor=by, action=action, campaign=held.key, object=person, data=told)


def _ties(organisation: Organisation, person: PersonKey, by: PersonKey) -> set[Tie]:
    department = organisation.departments.get(organisation.people[person].department)
    head = department is not None and by in (department.head, department.deputy)
    return ({Tie.SELF} if by == person else set()) | ({Tie.HEAD} if head else set())


def _with_absences(organisation: Organisation, person: PersonKey, absent: tuple[Absence, ...]) -> Organisation:
    entry = organisation.people[person].model_copy(update={"absent": absent})
    return organisation.model_copy(update={"people": {**organisation.people, person: entry}})
