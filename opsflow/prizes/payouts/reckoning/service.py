"""Reconciling with a provider's statement; a difference that nobody has explained stops what would be sent next."""

from collections.abc import Iterable
from datetime import datetime

from opsflow.campaigns.service import check
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.errors import NotFound
from opsflow.kernel.faultpoints import passing
from opsflow.kernel.paying import StatementLine
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.prizes.payouts.reckoning import store
from opsflow.prizes.payouts.reckoning.model import EmptyStatement, NoSuchDifference, Reconciled, compare
from opsflow.prizes.payouts.store import add_tries, providers_named
from opsflow.prizes.settling.service import wake_closing


def reconcile(
    ctx: Context,
    campaign: CampaignKey,
    provider: str,
    *,
    by: PersonKey,
    lines: Iterable[StatementLine] | None = None,
    empty: bool = False,
) -> Reconciled:
    """Hold our books against a statement: the one that is given, else the provider is asked for its own.

    A statement counts as a whole. Repeating it finds the same differences again and keeps each once; another amount, currency
    or reference of the same key is a difference of its own. One that it shows no more stops nothing any more. What was asked
    for again and is shown as paid under an earlier key is not sent: people decide, whatever explains the difference.
    `empty`: that it has no line is meant. EmptyStatement: it has none, though something was paid, or the last one had some.
    PortFailed: the provider cannot tell. NotFound: there is no such provider here, nor has any payout of the campaign gone
    through one.
    """
    with ctx.reading() as session:  # before the provider is asked
        _check(ctx, session, campaign, by=by)
        _check_name(ctx, session, campaign, provider, asked=lines is None)
    asked_at = ctx.clock.now() if lines is None else None
    if lines is None:
        lines = ctx.payouts[provider].statement(campaign)
    theirs = tuple(lines)
    passing("statement read")
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        _check(ctx, session, campaign, by=by)
        ours = store.ours(session, campaign, provider, asked_at=asked_at)
        if not theirs and not empty:
            _check_emptiness(session, campaign, provider, sum(one.is_paid for one in ours.values()))
        matching, under_way, found = compare(ours, theirs)
        new, gone = store.keep(session, campaign, provider, found, at=now)
        held = store.hold_back(session, campaign, provider, found)
        add_tries(session, held, attempt=None, at=now)
        stopped = store.is_stopped(session, campaign, provider)
        data: dict[str, Value] = {
            "provider": provider,
            "matching": matching,
            "under_way": under_way,
            "differences": len(found),
        }
        if held:
            data["held_back"] = len(held)
        write(session, at=now, actor=by, action=store.RECONCILED, campaign=campaign, object=provider, data=data)
        if gone:
            _put_gone_on_record(session, campaign, provider, gone, now=now)
    return Reconciled(matching, under_way, found, new, gone, stopped, len(held))


def _check_name(ctx: Context, session: Session, campaign: CampaignKey, provider: str, *, asked: bool) -> None:
    """NotFound: nobody is of that name; of one that payouts.yaml names no more, a statement can still be handed in."""
    here = frozenset(ctx.payouts)
    known = here if asked else here | providers_named(session, campaign)
    if provider in known:
        return
    there = f"those there are: {', '.join(sorted(known))}" if known else "it names none"
    hand_in = " One that it names no more is not asked: hand in its `--statement`." if asked else ""
    raise NotFound(
        f"There is no payout provider {provider} here: payouts.yaml of the workspace names them ({there}).{hand_in}"
    )


def _check_emptiness(session: Session, campaign: CampaignKey, provider: str, paid: int) -> None:
    """A file without lines is more often the wrong one: it would make a difference of each payment, and settle all others."""
    shown = store.shown(session, campaign, provider)
    if paid or shown:
        raise EmptyStatement(provider, paid, shown)


def _put_gone_on_record(session: Session, campaign: CampaignKey, provider: str, gone: int, *, now: datetime) -> None:
    """What a whole statement does not show any more is settled by it; what waited for that may go on."""
    data: dict[str, Value] = {"count": gone}
    action = "payouts.settled_by_statement"
    write(session, at=now, actor=ENGINE, action=action, campaign=campaign, object=provider, data=data)
    wake_closing(session, load_campaign(session, campaign), now=now)


def explain(ctx: Context, campaign: CampaignKey, number: int, *, by: PersonKey, text: str) -> None:
    """Say what is behind a difference, so that it stops nothing any more. NoSuchDifference: none of that number is open."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        _check(ctx, session, campaign, by=by)
        if not store.explain(session, campaign, number, by=by, text=text, at=now):
            raise NoSuchDifference(campaign, number)
        data = {"explanation": text}
        write(session, at=now, actor=by, action="payouts.explained", campaign=campaign, object=str(number), data=data)
        wake_closing(session, load_campaign(session, campaign), now=now)


def _check(ctx: Context, session: Session, campaign: CampaignKey, *, by: PersonKey) -> None:
    held = load_campaign(session, campaign)
    check(ctx, held, "prizes.reconcile", f"the payouts of {campaign} are for others to reconcile", by=by)
