"""Incident rows."""

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import IncidentRow
from opsflow.incidents.model import Incident, NoSuchIncident, Severity
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.text import Text


def insert_incident(
    session: Session,
    campaign: CampaignKey,
    *,
    title: Text,
    severity: Severity,
    risk: int | None,
    by: PersonKey,
    now: datetime,
    acknowledge_by: datetime,
) -> Incident:
    """Store an incident under the campaign's next number; the caller holds the campaign, or two would get the same."""
    latest = session.scalar(sa.select(sa.func.max(IncidentRow.number)).where(IncidentRow.campaign == campaign))
    row = IncidentRow(
        campaign=campaign,
        number=(latest or 0) + 1,
        title=title,
        severity=severity,
        risk=risk,
        opened_at=now,
        opened_by=by,
        acknowledge_by=acknowledge_by,
    )
    session.add(row)
    session.flush()
    return _incident(row)


def incident(session: Session, campaign: CampaignKey, number: int) -> Incident:
    """One incident. NotFound: there is none of that number."""
    row = session.execute(_ONE, {"campaign": campaign, "number": number}).first()
    if row is None:
        raise NoSuchIncident(campaign, number)
    return _incident(row)


def incidents(session: Session, campaign: CampaignKey) -> tuple[Incident, ...]:
    """Every incident of a campaign, in order."""
    return tuple(_incident(row) for row in session.execute(_IN_ORDER, {"campaign": campaign}))


_INCIDENTS = cast(sa.Table, IncidentRow.__table__)
_OF_CAMPAIGN = sa.select(_INCIDENTS).where(_INCIDENTS.c.campaign == sa.bindparam("campaign"))
_IN_ORDER = _OF_CAMPAIGN.order_by(_INCIDENTS.c.number)
_ONE = _OF_CAMPAIGN.where(_INCIDENTS.c.number == sa.bindparam("number"))


def set_acknowledged(session: Session, incident: Incident, *, by: PersonKey, now: datetime) -> bool:
    """Write down who has it in hand; False when somebody has already, or it is closed."""
    return _move(session, incident, IncidentRow.acknowledged_at.is_(None), acknowledged_at=now, acknowledged_by=by)


def set_plan_b(session: Session, incident: Incident, *, risk: int, by: PersonKey, now: datetime) -> bool:
    """Write down that plan B is on; False when it was already, or the incident is closed."""
    return _move(session, incident, IncidentRow.plan_b_at.is_(None), plan_b_at=now, plan_b_by=by, risk=risk)


def set_closed(
    session: Session,
    incident: Incident,
    *,
    by: PersonKey,
    now: datetime,
    cause: Text,
    done: Text,
    sop_proposal: Text | None,
) -> bool:
    """Write down how it ended; False when it is closed already."""
    values = {"closed_at": now, "closed_by": by, "cause": cause, "done": done, "sop_proposal": sop_proposal}
    return _move(session, incident, sa.true(), **values)


def _move(session: Session, incident: Incident, still: sa.ColumnElement[bool], **values: object) -> bool:
    moved = session.execute(
        sa.update(IncidentRow)
        .where(
            IncidentRow.campaign == incident.campaign,
            IncidentRow.number == incident.number,
            IncidentRow.closed_at.is_(None),
            still,
        )
        .values(**values)
        .returning(IncidentRow.number),
        execution_options={"synchronize_session": False},
    )
    return moved.first() is not None


def _incident(row: IncidentRow | sa.Row[Any]) -> Incident:
    return Incident(
        campaign=CampaignKey(row.campaign),
        number=row.number,
        title=row.title,
        severity=Severity(row.severity),
        risk=row.risk,
        opened_at=row.opened_at,
        opened_by=PersonKey(row.opened_by),
        acknowledge_by=row.acknowledge_by,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=_person(row.acknowledged_by),
        plan_b_at=row.plan_b_at,
        plan_b_by=_person(row.plan_b_by),
        closed_at=row.closed_at,
        closed_by=_person(row.closed_by),
        cause=row.cause,
        done=row.done,
        sop_proposal=row.sop_proposal,
    )


def _person(key: str | None) -> PersonKey | None:
    return PersonKey(key) if key else None
