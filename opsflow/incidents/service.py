"""What people do with incidents: open, acknowledge, switch plan B on, close. Whoever is on duty is told at once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from opsflow.campaigns.duty import handovers, on_duty
from opsflow.campaigns.model import DutyShift
from opsflow.campaigns.permissions import Tie, check_person
from opsflow.campaigns.service import check, propose_change
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import add_wakes, hold_campaign, load_campaign, set_file
from opsflow.campaigns.team import role_holders
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.deadlines.model import HANDOVER, INCIDENT, Rung, Step
from opsflow.deadlines.store import set_rungs, withdraw
from opsflow.incidents import store
from opsflow.incidents.model import (
    AlreadyAcknowledged,
    Incident,
    Severity,
    acknowledge_by,
    answering,
    check_not_closed,
    check_under_way,
    deciding,
    escalation,
    risk_of,
)
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.keys import key
from opsflow.kernel.terms import CampaignKey, PersonKey, Role, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.outbox.matters import answer, close_matter, open_matter, raise_matter
from opsflow.outbox.model import Notice
from opsflow.outbox.recipients import recipients, room_key
from opsflow.outbox.rules import hours_of
from opsflow.outbox.store import enqueue_all, version_of
from opsflow.sop.changes.model import NewProposal, Source
from opsflow.sop.files import load_sop
from opsflow.sop.model import LevelPolicy

FIRST_PLAN_REVISION = 0
"""An incident has no plan that could be revised: its steps carry this in its place."""
TOLD_OF_IT = (Role.DUTY_LEAD, Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST, Role.LEADER)
"""Who hears that plan B is on and how an incident ended, whoever is on duty."""


def open_incident(
    ctx: Context,
    campaign: CampaignKey,
    *,
    by: PersonKey,
    title: Text,
    severity: Severity = Severity.MAJOR,
    risk: int | None = None,
) -> int:
    """Say that something went wrong; whoever is on duty is told at once, and others if nobody acknowledges it in time.

    For anybody of the organisation: who sees it first says it. Answers the incident's number. NotFound: no such campaign.
    Conflict: it is over. NotAllowed: the table lets them not. Refused: nobody of this
    organisation. BadInput: the campaign file has no such risk.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check(ctx, held, "incident.open", f"that of {campaign} is for others", by=by)
        check_under_way(held)
        if risk is not None:
            risk_of(held.file, risk)
        policy, people = _policy(ctx, held), recipients(held.organisation)
        until = acknowledge_by(held, policy, people, opened=now)
        found = store.insert_incident(
            session, campaign, title=title, severity=severity, risk=risk, by=by, now=now, acknowledge_by=until
        )
        version, hours = open_matter(session, found.matter), hours_of(policy.off_hours)
        steps = escalation(held, policy, people, opened=now)
        rungs = [_rung(held, found, told.step, told.person, version, hours) for told in steps]
        set_rungs(session, [*rungs, *_handovers(held, found, version, hours, now)])
        words = _words(held, found) | {"acknowledge_by": until, "by_name": held.organisation.people[by].name}
        first = [holder.person for holder in on_duty(held.file, held.organisation, now)]
        _tell(session, held, found, first, "incident_opened", words, hours=hours, now=now, matter=found.matter)
        _announce(session, held, found, "incident_announced", words, now=now)
        _note(session, found, "opened", by=by, now=now, data={"severity": severity, "risk": risk})
        return found.number


def acknowledge(ctx: Context, campaign: CampaignKey, number: int, *, by: PersonKey) -> None:
    """Say "I have it": from then on it goes to nobody else (F12, F13).

    For whoever is on duty, their head or deputy, campaign manager, coordination post and sponsor. NotFound: no such
    incident. Refused: not theirs. Conflict: somebody has it already, or it is closed.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held, found = _held(session, campaign, number)
        _check_answers(ctx, held, "incident.acknowledge", f"{number} of {campaign} is for others", by=by, now=now)
        check_not_closed(found)
        _acknowledged(ctx, session, held, found, by=by, now=now)


def _acknowledged(
    ctx: Context, session: Session, held: Campaign, found: Incident, *, by: PersonKey, now: datetime
) -> None:
    if not store.set_acknowledged(session, found, by=by, now=now):
        raise AlreadyAcknowledged(store.incident(session, found.campaign, found.number))
    # What was still to be told about it dies with the version; who comes on duty later hears of it all the same.
    name = held.organisation.people[by].name
    version = raise_matter(session, found.matter, facts={"what": "acknowledged", "by_name": name, "at": now})
    answer(session, found.matter, by=by, at=now)
    taken = replace(found, acknowledged_at=now, acknowledged_by=by)
    hours = hours_of(_policy(ctx, held).off_hours)
    set_rungs(session, _handovers(held, taken, version, hours, now))
    _note(session, found, "acknowledged", by=by, now=now, data={"late": now > found.acknowledge_by})


def switch_to_plan_b(
    ctx: Context, campaign: CampaignKey, number: int, *, by: PersonKey, risk: int | None = None
) -> Text:
    """Switch plan B of the incident's risk on, and answer what it is; who switches it on has the incident in hand.

    For the role that the campaign file names at the risk, and for the sponsor. `risk`: which one it turned out to be.
    NotFound: no such incident. BadInput: no such risk, or none is named. Refused: not theirs. Conflict: it is on already,
    or the incident is closed.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held, found = _held(session, campaign, number)
        check_person(held.organisation, by)
        check_not_closed(found)
        which = risk if risk is not None else found.risk
        if which is None:
            raise BadInput(f"Incident {number} of {campaign} names no risk: say which plan B, with --risk.")
        plan = risk_of(held.file, which)
        whose = f"`{plan.title.en}` is for the {plan.decides.value.replace('_', ' ')} to decide"
        ties = {Tie.DECIDER} if by in deciding(held, plan, now) else set()
        check(ctx, held, "incident.plan-b", whose, by=by, ties=ties)
        if not store.set_plan_b(session, found, risk=which, by=by, now=now):
            raise Conflict(f"Plan B of incident {number} of {campaign} is on already.")
        if found.acknowledged_at is None:
            _acknowledged(ctx, session, held, found, by=by, now=now)
        words = _words(held, replace(found, risk=which)) | {"by_name": held.organisation.people[by].name}
        hours = hours_of(_policy(ctx, held).off_hours)
        _tell(session, held, found, _concerned(held, found, now), "incident_plan_b", words, hours=hours, now=now)
        _note(session, found, "plan_b", by=by, now=now, data={"risk": which, "plan_b": plan.plan_b})
        return plan.plan_b


def close_incident(
    ctx: Context,
    campaign: CampaignKey,
    number: int,
    *,
    by: PersonKey,
    cause: Text,
    done: Text,
    sop_proposal: Text | None = None,
) -> None:
    """Say why it happened, what was done, and what the SOP should say from now on; nobody is called any more.

    For those who may acknowledge it. NotFound: no such incident. Refused: not theirs. Conflict: it is closed.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held, found = _held(session, campaign, number)
        _check_answers(ctx, held, "incident.close", f"{number} of {campaign} is for others", by=by, now=now)
        if not store.set_closed(session, found, by=by, now=now, cause=cause, done=done, sop_proposal=sop_proposal):
            check_not_closed(store.incident(session, campaign, number))
        name = held.organisation.people[by].name
        close_matter(session, found.matter, facts={"what": "closed", "by_name": name, "at": now})
        add_wakes(session, campaign, [(Stage.EXECUTION, now)])  # its gate waits for the last one
        words = _words(held, found) | {"by_name": held.organisation.people[by].name, "cause": cause, "done": done}
        _tell(session, held, found, _concerned(held, found, now), "incident_closed", words, hours=None, now=now)
        _announce(session, held, found, "incident_closed", words, now=now)
        data: dict[str, Value] = {"cause": cause, "done": done, "sop_proposal": sop_proposal}
        _note(session, found, "closed", by=by, now=now, data=data)
        if sop_proposal is not None:
            propose_change(session, held, _proposal(held, found, by=by, cause=cause, proposal=sop_proposal), now=now)


def _proposal(campaign: Campaign, incident: Incident, *, by: PersonKey, cause: Text, proposal: Text) -> NewProposal:
    evidence = Text(
        f"Incident {incident.number}, {incident.title.en}: {cause.en}",
        f"突发事件 {incident.number}《{incident.title.zh}》：{cause.zh}",
    )
    name = key(Source.INCIDENT, campaign.key, incident.number)
    sop, version = campaign.sop_name, campaign.sop_version
    return NewProposal(name, sop, version, Source.INCIDENT, proposal, by, (evidence,), campaign.key)


def note(ctx: Context, campaign: CampaignKey, number: int, *, by: PersonKey, text: Text) -> None:
    """Write something into an incident's log. For anybody of the organisation. NotFound: no such incident."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held, found = _held(session, campaign, number)
        check(ctx, held, "incident.note", f"{number} of {campaign} is for others", by=by)
        _note(session, found, "noted", by=by, now=now, data={"text": text})


def _check_answers(ctx: Context, campaign: Campaign, verb: str, what: str, *, by: PersonKey, now: datetime) -> None:
    check(ctx, campaign, verb, what, by=by, ties=answering(campaign, now, by))


def _held(session: Session, campaign: CampaignKey, number: int) -> tuple[Campaign, Incident]:
    held = load_campaign(session, campaign)
    hold_campaign(session, campaign)
    return held, store.incident(session, campaign, number)


def _policy(ctx: Context, campaign: Campaign) -> LevelPolicy:
    return load_sop(ctx.settings.template_folders, campaign.sop_name, campaign.sop_version).levels[campaign.level]


def _rung(
    campaign: Campaign, incident: Incident, step: Step, person: PersonKey, version: int, hours: str | None
) -> Rung:
    return Rung(
        campaign=campaign.key,
        task=incident.code,
        plan_revision=FIRST_PLAN_REVISION,
        step=step,
        person=person,
        matter=incident.matter,
        matter_version=version,
        data=_words(campaign, incident),
        hours=hours,
    )


def _handovers(
    campaign: Campaign, incident: Incident, version: int, hours: str | None, now: datetime
) -> Iterable[Rung]:
    """Who comes on duty while it is not closed is told of it as their shift begins."""
    for at, holder in handovers(campaign.file, campaign.organisation, now):
        step = Step(f"{HANDOVER}{at:%Y%m%dT%H%M}", at, None)
        yield _rung(campaign, incident, step, holder.person, version, hours)


def _words(campaign: Campaign, incident: Incident) -> dict[str, Value]:
    people = campaign.organisation.people
    words: dict[str, Value] = {
        "campaign_title": campaign.title,
        "number": incident.number,
        "title": incident.title,
        "severity": incident.severity,
        "opened_at": incident.opened_at,
    }
    if incident.risk is not None:
        risk = risk_of(campaign.file, incident.risk)
        words |= {"risk": risk.title, "plan_b": risk.plan_b}
    if incident.acknowledged_by is not None:
        words["acknowledged_name"] = people[incident.acknowledged_by].name
    return words


def _concerned(campaign: Campaign, incident: Incident, now: datetime) -> list[PersonKey]:
    holders = role_holders(campaign.file, campaign.organisation)
    people = [holder.person for holder in on_duty(campaign.file, campaign.organisation, now)]
    return [*people, incident.opened_by, *(holders[role] for role in TOLD_OF_IT if role in holders)]


def _tell(
    session: Session,
    campaign: Campaign,
    incident: Incident,
    people: Iterable[PersonKey],
    template: str,
    words: Mapping[str, Value],
    *,
    hours: str | None,
    now: datetime,
    matter: str | None = None,
) -> None:
    notices = [
        Notice(
            key=key(template, campaign.key, incident.number, person),
            person=person,
            template=template,
            data=words,
            urgent=template != "incident_closed",
            hours=hours,
            campaign=campaign.key,
            matter=matter,
            matter_version=version_of(session, matter) if matter else None,
        )
        for person in dict.fromkeys(people)
    ]
    enqueue_all(session, notices, now=now)


def _announce(
    session: Session,
    campaign: Campaign,
    incident: Incident,
    template: str,
    words: Mapping[str, Value],
    *,
    now: datetime,
) -> None:
    """Tell the campaign's channel, where it has one; of an incident also while the campaign is paused."""
    if campaign.file.slack_channel is not None:
        _tell(
            session, campaign, incident, [room_key(campaign.key)], template, words, hours=None, now=now
        )  # fmt: skip


def _note(
    session: Session, incident: Incident, what: str, *, by: PersonKey, now: datetime, data: Mapping[str, Value]
) -> None:
    given = {"number": incident.number, "title": incident.title, **data}
    campaign = incident.campaign
    write(session, at=now, actor=by, action=f"incident.{what}", campaign=campaign, object=incident.code, data=given)


def point_anew(ctx: Context, session: Session, campaign: Campaign) -> None:
    """What is still to be told of incidents goes to whoever is there by now, or stands in; for whoever changes who is."""
    now, policy, people = ctx.clock.now(), _policy(ctx, campaign), recipients(campaign.organisation)
    hours = hours_of(policy.off_hours)
    for found in store.incidents(session, campaign.key):
        if found.closed_at is not None:
            continue
        version = version_of(session, found.matter)
        withdraw(session, campaign.key, found.code, HANDOVER, after=now)
        rungs = list(_handovers(campaign, found, version, hours, now))
        if found.acknowledged_at is None:
            withdraw(session, campaign.key, found.code, INCIDENT, after=now)
            steps = escalation(campaign, policy, people, opened=found.opened_at)
            rungs += [_rung(campaign, found, to.step, to.person, version, hours) for to in steps if to.step.at > now]
        set_rungs(session, rungs)


def file_roster(ctx: Context, campaign: CampaignKey, duty: tuple[DutyShift, ...], *, by: PersonKey) -> None:
    """Put another roster in place of a campaign's; whoever comes on duty by it hears of incidents that are not closed.

    For those who may acknowledge one. NotFound: no such campaign. Refused: not theirs to settle, or it names nobody of
    this organisation. Conflict: the campaign is over.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        was = load_campaign(session, campaign)
        check_under_way(was)
        _check_answers(ctx, was, "incident.roster", f"that of {campaign} is for others", by=by, now=now)
        for shift in duty:
            check_person(was.organisation, shift.person)
        file = was.file.model_copy(update={"duty": duty})
        set_file(session, campaign, file)
        point_anew(ctx, session, replace(was, file=file))
        data = {"shifts": len(duty)}
        write(session, at=now, actor=by, action="roster.filed", campaign=campaign, object=campaign, data=data)
