"""The shipping manifest: what is to be sent goes out as a table, what the carrier says of it comes in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from opsflow.campaigns.service import check
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.prizes.payouts.parcels import store
from opsflow.prizes.payouts.parcels.store import REFUSED, SENT, Parcel

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the carrier says of one parcel."""

    line: int
    key: str
    outcome: str
    reference: str = ""
    """Of one that is sent: how it is tracked."""
    code: str = ""
    """Of one that is refused: why."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of confirmations."""

    taken: int
    unknown: tuple[int, ...]
    """Lines that speak of no parcel that waits."""


def manifest(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> tuple[Parcel, ...]:
    """Every parcel that waits for a carrier, with its address; that somebody has it now stands in the journal."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        _check(ctx, session, campaign, by=by)
        found = store.of_campaign(session, campaign, outcome=None)
        store.set_exported(session, [parcel.key for parcel in found], at=now)
        data: dict[str, Value] = {"count": len(found)}
        write(session, at=now, actor=by, action="payouts.manifest", campaign=campaign, object=campaign, data=data)
    return found


def confirm(ctx: Context, campaign: CampaignKey, confirmations: Sequence[Confirmation], *, by: PersonKey) -> Confirmed:
    """Take what the carrier says; payouts move with the next round of paying. BadInput names the first line that is wrong."""
    now = ctx.clock.now()
    for one in confirmations:
        _check_line(one)
    with ctx.transaction() as session:
        _check(ctx, session, campaign, by=by)
        unknown = tuple(
            one.line
            for one in confirmations
            if not store.confirm(
                session,
                campaign,
                one.key,
                outcome=one.outcome,
                reference=one.reference or None,
                reason=one.code or None,
            )
        )
        data: dict[str, Value] = {"count": len(confirmations) - len(unknown)}
        write(session, at=now, actor=by, action="payouts.shipped", campaign=campaign, object=campaign, data=data)
    return Confirmed(len(confirmations) - len(unknown), unknown)


def _check_line(one: Confirmation) -> None:
    if one.outcome not in (SENT, REFUSED):
        raise BadInput(f"Line {one.line}: the outcome is {SENT} or {REFUSED}, not {one.outcome[:40]!r}.")
    if one.outcome == SENT and not one.reference:
        raise BadInput(f"Line {one.line}: what is sent has the carrier's reference.")
    if one.outcome == REFUSED and not _CODE.fullmatch(one.code):
        raise BadInput(f"Line {one.line}: what is refused has a code of letters, figures, `_`, `.` and `-`.")


def _check(ctx: Context, session: Session, campaign: CampaignKey, *, by: PersonKey) -> None:
    hold_campaign(session, campaign)
    held = load_campaign(session, campaign)
    check(ctx, held, "prizes.ship", f"the parcels of {campaign} are for others", by=by)
