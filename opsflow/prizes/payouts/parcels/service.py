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
from opsflow.prizes.payouts.holds.store import check_not_braked
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
    known: tuple[int, ...]
    """Lines that say what was said before."""
    differing: tuple[int, ...]
    """Lines that say otherwise than was said before."""
    unknown: tuple[int, ...]
    """Lines whose key no parcel of the campaign has."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a carrier gets."""

    parcels: tuple[Parcel, ...]
    earlier: int
    """How many wait that an earlier manifest held already."""


def manifest(ctx: Context, campaign: CampaignKey, *, by: PersonKey, again: bool = False) -> Manifest:
    """Parcels that wait for a carrier, with their addresses; that somebody has them now stands in the journal.

    `again`: also those that an earlier manifest held; a carrier who gets both would send twice. Braked: nothing may leave.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        _check(ctx, session, campaign, by=by)
        check_not_braked(session, campaign)
        waiting = store.of_campaign(session, campaign, outcome=None)
        found = tuple(parcel for parcel in waiting if again or parcel.exported_at is None)
        store.set_exported(session, [parcel.key for parcel in found], at=now)
        data: dict[str, Value] = {"count": len(found)}
        write(session, at=now, actor=by, action="payouts.manifest", campaign=campaign, object=campaign, data=data)
    return Manifest(found, sum(parcel.exported_at is not None for parcel in waiting))


def confirm(ctx: Context, campaign: CampaignKey, confirmations: Sequence[Confirmation], *, by: PersonKey) -> Confirmed:
    """Take what the carrier says; payouts move with the next round of paying. BadInput names the first line that is wrong."""
    now = ctx.clock.now()
    for one in confirmations:
        _check_line(one)
    with ctx.transaction() as session:
        _check(ctx, session, campaign, by=by)
        before = {parcel.key: parcel for parcel in store.parcels(session, [one.key for one in confirmations])}
        lines: dict[str, list[int]] = {"taken": [], "known": [], "differing": [], "unknown": []}
        for one in confirmations:
            lines[_take(session, campaign, one, before.get(one.key))].append(one.line)
        data: dict[str, Value] = {"count": len(lines["taken"])}
        write(session, at=now, actor=by, action="payouts.shipped", campaign=campaign, object=campaign, data=data)
    return Confirmed(len(lines["taken"]), tuple(lines["known"]), tuple(lines["differing"]), tuple(lines["unknown"]))


def _take(session: Session, campaign: CampaignKey, one: Confirmation, before: Parcel | None) -> str:
    """What becomes of a line: it is taken once, whatever is said of its parcel later."""
    reference, code = one.reference or None, one.code or None
    if before is None or before.campaign != campaign:
        return "unknown"
    if store.confirm(session, campaign, one.key, outcome=one.outcome, reference=reference, reason=code):
        return "taken"
    same = (before.outcome, before.reference, before.reason) == (one.outcome, reference, code)
    return "known" if same else "differing"


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
