"""The round of drand that draws: asked of its servers, or handed in as a file; by which it is believed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.kernel.errors import BadInput, OpsflowError, PortFailed, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.draws.beacon import Pulse, Told, agreed, published_at, pulse
from opsflow.prizes.draws.model import Draw, DrawStatus
from opsflow.prizes.draws.standing import check_may, frozen, local, number_at_of


def round_of(ctx: Context, campaign: CampaignKey, draw: str, *, given: bytes | None, by: PersonKey) -> Told | None:
    """The round that decides a draw; None: none does, or it is drawn already.

    `given`: as drand's API answered it; without it the servers of the workspace are asked, outside of any transaction. Refused: it is not
    known yet. BadInput: it is no round of drand, or another. PortFailed, Conflict: see `agreed`. Otherwise errors are
    those of `freezing.freeze`.
    """
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        check_may(ctx, held, "prizes.draw", by)
        _, found = frozen(session, held, draw)
    wanted = found.rules.get("drand")
    if wanted is None:
        if given is not None:
            raise BadInput(f"{found.id} is not drawn by drand: its seal names no round.")
        return None
    if given is not None:
        read = pulse(given, wanted)
        if ctx.genuine is not None and not _is_genuine(ctx, read):
            raise BadInput(f"Round {read.number} is not signed by drand: this file is not what it has published.")
        return Told(read, (), ctx.genuine is not None)
    if found.status is DrawStatus.DRAWN:
        return None
    check_known(found, held, ctx.clock.now())
    return _asked(ctx, found, held, wanted)


def check_known(found: Draw, held: Campaign, now: datetime) -> None:
    """Refused: the draw is not committed, or its number is not known yet."""
    if not found.commitment:
        raise Refused(f"{found.id} is not committed: its list must be published before anybody knows who wins.")
    at = number_at_of(found, held)
    if at is not None and now < at:
        raise Refused(f"The number of {found.id} is known from {local(at, held)} on.")


def _asked(ctx: Context, found: Draw, held: Campaign, wanted: Mapping[str, Any]) -> Told:
    chain, number = wanted["chain"], wanted["round"]
    due = published_at(chain, number)
    if ctx.clock.now() < due:
        raise Refused(f"Round {number} of drand, which draws {found.id}, is there from {local(due, held)} on.")
    if not ctx.beacons:
        raise BadInput(
            f"{found.id} is drawn by drand: name its servers in beacon.yaml (docs/draws.md), or give --round, a file with round "
            f"{number} of chain {chain} as drand's API answers it."
        )
    told, silent = dict[str, Pulse](), dict[str, str]()
    for name in ctx.beacons:
        try:
            read = pulse(ctx.beacons[name].round(chain, number), wanted)
        except PortFailed as error:
            silent[name] = str(error)
        except OpsflowError as error:
            silent[name] = f"{name}: {error}"
        else:
            told[name] = read
    return agreed(*_signed(ctx, told, silent), checked=ctx.genuine is not None)


def _signed(
    ctx: Context, told: Mapping[str, Pulse], silent: Mapping[str, str]
) -> tuple[dict[str, Pulse], dict[str, str]]:
    """Without those that drand has not signed; each signature is checked once, whoever told it."""
    if ctx.genuine is None:
        return dict(told), dict(silent)
    genuine = {each: _is_genuine(ctx, each) for each in set(told.values())}
    kept = {name: each for name, each in told.items() if genuine[each]}
    forged = {name: f"{name}: what it tells is not signed by drand." for name in told.keys() - kept.keys()}
    return kept, {**silent, **forged}


def _is_genuine(ctx: Context, read: Pulse) -> bool:
    assert ctx.genuine is not None
    return ctx.genuine(read.chain, read.number, read.signature, read.previous)
