"""Rows of proposals and of who has agreed to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import SopAgreementRow, SopProposalRow
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.values import to_json
from opsflow.sop.changes.model import Agreement, NewProposal, Proposal, ProposalStatus, Seat, Source, change_hash


def add(session: Session, new: NewProposal, *, now: datetime) -> tuple[int, bool]:
    """Keep a proposal; answers its number, and whether it is new: the same (by its key) is kept once."""
    row = {
        "key": new.key,
        "sop": new.sop,
        "base": new.base,
        "source": new.source,
        "status": ProposalStatus.OPEN if new.change else ProposalStatus.DRAFT,
        "reason": new.reason,
        "evidence": [to_json(each) for each in new.evidence],
        "campaign": new.campaign,
        "task": new.task,
        "author": new.author,
        "made_at": now,
        "change": new.change,
        "changed_by": new.author if new.change else None,
        "summary": [],
    }
    made = insert_or_nothing(session, SopProposalRow, [row], returning=SopProposalRow.number)
    if made:
        return made[0], True
    known = session.scalars(sa.select(SopProposalRow.number).where(SopProposalRow.key == new.key)).one()
    return known, False


def load(session: Session, number: int, *, hold: bool = False) -> Proposal:
    """One proposal; NotFound. `hold`: nobody else changes it until the transaction ends."""
    query = sa.select(SopProposalRow).where(SopProposalRow.number == number)
    row = session.scalars(query.with_for_update() if hold else query).first()
    if row is None:
        raise NotFound(f"There is no proposal {number}. `opsflow sop list --all` shows those there are.")
    return _proposal(row, _agreements(session, [row.number]))


def proposals(
    session: Session, *, campaign: CampaignKey | None = None, statuses: Iterable[ProposalStatus] = ()
) -> tuple[Proposal, ...]:
    """Proposals in the order they were made; of one campaign, or in some states alone."""
    query = sa.select(SopProposalRow).order_by(SopProposalRow.number)
    if campaign is not None:
        query = query.where(SopProposalRow.campaign == campaign)
    if wanted := tuple(statuses):
        query = query.where(SopProposalRow.status.in_(wanted))
    rows = session.scalars(query).all()
    agreed = _agreements(session, [row.number for row in rows])
    return tuple(_proposal(row, agreed) for row in rows)


def set_change(session: Session, proposal: Proposal, change: str, *, base: int, by: PersonKey) -> None:
    """Write the edited file into a proposal that is not decided."""
    values = {"change": change, "changed_by": by, "base": base, "status": ProposalStatus.OPEN}
    _update(session, proposal, **values, version=None, written_hash=None, summary=[])


def announce(session: Session, proposal: Proposal, *, version: int, file_hash: str, summary: Sequence[Text]) -> None:
    """Note which file is about to be written, so that whoever finds it knows whose it is."""
    _update(session, proposal, version=version, written_hash=file_hash, summary=[to_json(each) for each in summary])


def decide(
    session: Session,
    proposal: Proposal,
    status: ProposalStatus,
    *,
    by: PersonKey,
    now: datetime,
    why: Text | None = None,
) -> None:
    """Accept or reject."""
    _update(session, proposal, status=status, decided_at=now, decided_by=by, decision=why)


def agree(session: Session, proposal: Proposal, seat: Seat, *, by: PersonKey, now: datetime) -> bool:
    """Note that somebody agrees to the change as it is; False when that seat has agreed already."""
    assert proposal.change is not None
    row = {
        "proposal": proposal.number,
        "seat": seat,
        "change_hash": change_hash(proposal.change),
        "person": by,
        "at": now,
    }
    return bool(insert_or_nothing(session, SopAgreementRow, [row], returning=SopAgreementRow.seat))


def _update(session: Session, proposal: Proposal, **values: Any) -> None:
    session.execute(sa.update(SopProposalRow).where(SopProposalRow.number == proposal.number).values(**values))


def _agreements(session: Session, numbers: Sequence[int]) -> dict[tuple[int, str], list[Agreement]]:
    found: dict[tuple[int, str], list[Agreement]] = {}
    rows = session.scalars(
        sa.select(SopAgreementRow)
        .where(SopAgreementRow.proposal.in_(numbers))
        .order_by(SopAgreementRow.at, SopAgreementRow.seat)
    )
    for row in rows:
        agreement = Agreement(Seat(row.seat), PersonKey(row.person), row.at)
        found.setdefault((row.proposal, row.change_hash), []).append(agreement)
    return found


def _proposal(row: SopProposalRow, agreed: dict[tuple[int, str], list[Agreement]]) -> Proposal:
    of_change = agreed.get((row.number, change_hash(row.change)), []) if row.change else []
    return Proposal(
        number=row.number,
        sop=row.sop,
        base=row.base,
        source=Source(row.source),
        status=ProposalStatus(row.status),
        reason=row.reason,
        evidence=tuple(Text(**each) for each in row.evidence),
        campaign=CampaignKey(row.campaign) if row.campaign else None,
        task=TaskCode(row.task) if row.task else None,
        author=PersonKey(row.author),
        made_at=row.made_at,
        change=row.change,
        changed_by=PersonKey(row.changed_by) if row.changed_by else None,
        decided_at=row.decided_at,
        decided_by=PersonKey(row.decided_by) if row.decided_by else None,
        decision=row.decision,
        version=row.version,
        written_hash=row.written_hash,
        summary=tuple(Text(**each) for each in row.summary),
        agreements=tuple(of_change),
    )
