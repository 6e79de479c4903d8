"""Compares figures with targets and tells who answers for a KPI, once when it goes off track and once when it is back."""

from dataclasses import dataclass
from datetime import datetime

from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.campaigns.team import role_holders, stand_in
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.keys import key
from opsflow.kernel.terms import CampaignKey, PersonKey, Role
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.metrics.alerts import store
from opsflow.metrics.model import load_policy, shown
from opsflow.metrics.pace import Progress, Standing
from opsflow.metrics.service import DATA, standing
from opsflow.outbox.matters import close_matter, open_matter
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all

BY_DAY = "9:00-22:00"
"""When alerts go out, days off included: a weekend of the live time is no time to wait for Monday."""


BACK = (Standing.ON_TRACK, Standing.REACHED)


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look at a campaign's KPIs came to."""

    raised: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()


def watch(ctx: Context, campaign: CampaignKey) -> Watched:
    """Look at every KPI of a campaign, and tell what has changed since the last look; a second look at once tells nothing.

    Nothing is told of a campaign that is paused or over; what was raised before the end and never recovered stays so. The
    alert's matter closes with its recovery, so that one not sent yet is not sent any more. NotFound: no such campaign.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        if held.status is not CampaignStatus.ACTIVE:
            return Watched()
        known, raised, recovered = store.latest(session, campaign), [], []
        for each in standing(ctx, session, held):
            last = known.get(each.kpi.id)
            is_open = last is not None and last.recovered_at is None
            if each.standing is Standing.OFF_TRACK and not is_open:
                if _raise(ctx, session, held, each, (last.number if last else 0) + 1, now):
                    raised.append(each.kpi.id)
            elif each.standing in BACK and last is not None and is_open and _recover(session, held, each, last, now):
                recovered.append(each.kpi.id)
        return Watched(tuple(raised), tuple(recovered))


def answers(campaign: Campaign, department: str | None, now: datetime) -> tuple[PersonKey, ...]:
    """Who hears of a KPI today: the campaign manager, and the head of its department, else of the data department."""
    organisation, day = campaign.organisation, local_date(now, campaign.zone)
    manager = role_holders(campaign.file, organisation).get(Role.CAMPAIGN_MANAGER)
    found = [manager] if manager is not None else []
    own = [each for name, each in organisation.departments.items() if name == (department or DATA)]
    found += [each.head for each in own]
    return tuple(dict.fromkeys(stand_in(person, day, organisation).person for person in found))


def _raise(ctx: Context, session: Session, held: Campaign, each: Progress, number: int, now: datetime) -> bool:
    assert each.pace is not None  # one that is off track has one
    if not store.add(session, held.key, each.kpi.id, number, pace=each.pace, now=now):
        return False
    matter = _matter(held, each, number)
    open_matter(session, matter)
    words = _words(held, each) | {"limit": shown(load_policy(ctx.settings.template_folders).limit(each.kpi))}
    if each.kpi.remedy is not None:
        words["remedy"] = each.kpi.remedy
    if each.gaps:
        words["gaps"] = len(each.gaps)
    _tell(session, held, each, "kpi_off_track", number, words, now=now, matter=matter)
    _note(session, held, each, "off_track", number, now)
    return True


def _recover(session: Session, held: Campaign, each: Progress, alert: store.Alert, now: datetime) -> bool:
    if not store.set_recovered(session, held.key, alert, now=now):
        return False
    close_matter(session, _matter(held, each, alert.number))
    words = _words(held, each) | {"since": alert.raised_at}
    _tell(session, held, each, "kpi_recovered", alert.number, words, now=now, matter=None)
    _note(session, held, each, "recovered", alert.number, now)
    return True


def _matter(held: Campaign, each: Progress, number: int) -> str:
    return f"kpi/{held.key}/{each.kpi.id}/{number}"


def _words(held: Campaign, each: Progress) -> dict[str, Value]:
    kpi = each.kpi
    assert each.actual is not None  # nobody is told of one without figures
    assert each.pace is not None
    return {
        "campaign_title": held.title,
        "kpi": kpi.title,
        "unit": kpi.unit,
        "direction": kpi.direction,
        "target": shown(kpi.target),
        "actual": shown(each.actual),
        "pace": shown(each.pace),
    }


def _tell(
    session: Session,
    held: Campaign,
    each: Progress,
    template: str,
    number: int,
    words: dict[str, Value],
    *,
    now: datetime,
    matter: str | None,
) -> None:
    notices = [
        Notice(
            key=key(template, held.key, each.kpi.id, number, person),
            person=person,
            template=template,
            data=words,
            urgent=True,
            hours=BY_DAY,
            campaign=held.key,
            matter=matter,
        )
        for person in answers(held, each.kpi.department, now)
    ]
    enqueue_all(session, notices, now=now)


def _note(session: Session, held: Campaign, each: Progress, what: str, number: int, now: datetime) -> None:
    words = _words(held, each)
    data: dict[str, Value] = {
        "number": number,
        "title": each.kpi.title,
        "pace": words["pace"],
        "target": words["target"],
    }
    write(session, at=now, actor=ENGINE, action=f"metrics.{what}", campaign=held.key, object=each.kpi.id, data=data)
