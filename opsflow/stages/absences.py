"""Somebody is away whom the plan counted on: said once, seen by every rule that asks who is there."""

from datetime import date

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import add_wakes, load_campaign, set_organisation
from opsflow.campaigns.team import role_holders
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Role
from opsflow.kernel.values import Value
from opsflow.org.model import Absence, Organisation
from opsflow.stages import store
from opsflow.stages.model import FINAL
from opsflow.stages.permissions import check_person
from opsflow.workdays.hours import day_start


def report_absence(
    ctx: Context, campaign: CampaignKey, person: PersonKey, *, first: date, last: date, by: PersonKey, reason: str = ""
) -> None:
    """Somebody is away from one day to another, both included; what waits for them then goes to who stands in.

    For the person, the head or deputy of the department, the campaign manager and the coordination post. Saying it twice
    is saying it once. BadInput: it ends before it begins. Refused: nobody of this organisation, or not theirs to say.
    """
    now = ctx.clock.now()
    if last < first:
        raise BadInput(f"The absence of {person} ends on {last} before it begins on {first}: turn the days round.")
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        check_person(held.organisation, person)
        _check_may_say(held, person, by=by)
        absence = Absence(first=first, last=last, reason=reason)
        if absence in held.organisation.people[person].absent:
            return
        set_organisation(session, campaign, _with_absence(held.organisation, person, absence))
        # Once now, for who is away already, and once when the absence begins.
        instants = {now, max(now, day_start(first, held.zone))}
        stages = [stage.name for stage in store.stages(session, campaign) if stage.status not in FINAL]
        add_wakes(session, campaign, [(stage, at) for stage in stages for at in sorted(instants)])
        name = held.organisation.people[person].name
        data: dict[str, Value] = {"title": name, "first": first, "last": last, "reason": reason}
        write(session, at=now, actor=by, action="person.absent", campaign=campaign, object=person, data=data)


def _check_may_say(campaign: Campaign, person: PersonKey, *, by: PersonKey) -> None:
    check_person(campaign.organisation, by)
    department = campaign.organisation.departments.get(campaign.organisation.people[person].department)
    holders = role_holders(campaign.file, campaign.organisation)
    allowed = {person, holders.get(Role.CAMPAIGN_MANAGER), holders.get(Role.COORDINATION_POST)}
    allowed |= {department.head, department.deputy} if department else set()
    if by not in allowed:
        raise Refused(
            f"{by} cannot say that {person} is away: {person}, the head or deputy of the department, the campaign manager "
            "and the coordination post can."
        )


def _with_absence(organisation: Organisation, person: PersonKey, absence: Absence) -> Organisation:
    entry = organisation.people[person]
    away = entry.model_copy(update={"absent": (*entry.absent, absence)})
    return organisation.model_copy(update={"people": {**organisation.people, person: away}})
