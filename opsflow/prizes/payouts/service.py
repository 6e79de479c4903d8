"""Paying: each chunk is claimed, written down, sent between two transactions, judged, and confirmed; any number may work."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from opsflow.budget import store as budgets
from opsflow.budget.model import Budget, differences
from opsflow.budget.service import pay, release
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.kernel.errors import BadInput, NotFound, PortFailed
from opsflow.kernel.faultpoints import passing
from opsflow.kernel.keys import key
from opsflow.kernel.paying import Payment, PayoutOutcome, Unsent
from opsflow.kernel.terms import CampaignKey
from opsflow.ports import PayoutProvider
from opsflow.prizes.payouts import store
from opsflow.prizes.payouts.classify import after_looking, after_sending, unanswered, without_looking
from opsflow.prizes.payouts.lists.model import ListId
from opsflow.prizes.payouts.lists.service import is_signed, void
from opsflow.prizes.payouts.model import Attempt, Claimed, Hold, PayoutStatus, Ruled, key_life, times
from opsflow.prizes.payouts.reckoning.store import is_stopped
from opsflow.prizes.payouts.telling import tell_of_doubts, tell_of_finished
from opsflow.prizes.settling.service import wake_closing

LOST = "whoever sent it did not come back"
TOO_LATE = "its sender came back after somebody else had taken it up"
CHANGED = "a prize, its worth or where it goes was changed after the approval"
OUTLIVED = "it was sent before, and its key is no longer known there"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of paying did in one campaign."""

    lost: int = 0
    """Taken up from senders that did not come back."""
    moved: Mapping[PayoutStatus, int] = field(default_factory=dict)
    """How many payouts went to each state."""
    unusable: Mapping[str, str] = field(default_factory=dict)
    """Providers through which something is due and that cannot be used from here, and why."""


def pay_due(
    ctx: Context,
    campaign: CampaignKey,
    *,
    chunks: int | None = None,
    tell: Callable[[Counter[PayoutStatus]], None] = lambda _: None,
) -> Round:
    """Do everything that payouts of a campaign need now: take up what was lost, ask about what is unknown, send what is due.

    Any number of processes may do it at once. `chunks`: at most so many of each provider. `tell`: hears after each chunk
    how many payouts have gone to each state in this round. A provider that cannot be used from here holds up no other.
    """
    lost, moved, sound = take_up_lost(ctx, campaign), Counter[PayoutStatus](), set[ListId]()
    names, unusable = _providers(ctx, campaign)
    for name in names:
        for done in islice(_chunks(ctx, campaign, name, sound), chunks):
            moved += done
            tell(moved)
    if moved:
        with ctx.transaction() as session:
            wake_closing(session, load_campaign(session, campaign), now=ctx.clock.now())
    return Round(lost, moved, unusable)


def _chunks(ctx: Context, campaign: CampaignKey, name: str, sound: set[ListId]) -> Iterator[Counter[PayoutStatus]]:
    while (looked := look_chunk(ctx, campaign, name)) is not None:
        yield looked
    while (sent := send_chunk(ctx, campaign, name, sound)) is not None:
        yield sent


def _providers(ctx: Context, campaign: CampaignKey) -> tuple[list[str], dict[str, str]]:
    """Those that are to be worked through; and those that cannot be used from here, with the reason."""
    with ctx.reading() as session:
        names = store.providers_of(session, campaign)
    usable, unusable = list[str](), dict[str, str]()
    for name in names:
        try:
            _provider(ctx, name)
        except (NotFound, BadInput) as error:
            unusable[name] = str(error)
        else:
            usable.append(name)
    return usable, unusable


def take_up_lost(ctx: Context, campaign: CampaignKey) -> int:
    """What a sender left whose lease is over is unknown: it may have been sent. How many."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        found = store.lost(session, campaign, now=now)
        for (name, until), ids in found.items():
            store.give_up(session, ids, reason=LOST, look_at=until + _settles_within(ctx, name))
            ruled = [Ruled(each, PayoutStatus.UNKNOWN, LOST, "lost") for each in ids]
            store.add_tries(session, ruled, attempt=None, at=now)
    return sum(map(len, found.values()))


def _settles_within(ctx: Context, name: str) -> timedelta:
    try:
        return _provider(ctx, name).terms.settles_within
    except (NotFound, BadInput):  # nobody asks it before it can be used again
        return timedelta()


def send_chunk(
    ctx: Context, campaign: CampaignKey, name: str, sound: set[ListId] | None = None
) -> Counter[PayoutStatus] | None:
    """Send one chunk: where its payouts went, or None when nothing can be sent now.

    `sound`: lists that were found to cover what was signed in this round; what is looked at here is added.
    """
    provider = _provider(ctx, name)
    sound = set[ListId]() if sound is None else sound
    while isinstance(claim := _claim(ctx, campaign, provider, sound), frozenset):
        _look_through(ctx, campaign, claim, sound)
    if claim is None:
        return None
    attempt, claimed, payments = claim
    passing("claimed")
    outcomes: Mapping[str, PayoutOutcome]
    if not payments:
        return Counter()
    passing("before sending")
    if ctx.clock.now() < attempt.send_until:
        outcomes = provider.pay(payments, until=attempt.send_until)
    else:  # whoever slept so long sends nothing any more: somebody else may be at it
        outcomes = {one.key: Unsent("its sender's time was over before it was sent") for one in payments}
    passing("answer read")
    ruled = tuple(after_sending(claimed, outcomes, terms=provider.terms, now=ctx.clock.now()))
    return _settle(ctx, attempt, claimed, ruled, was=PayoutStatus.SENDING)


def look_chunk(ctx: Context, campaign: CampaignKey, name: str) -> Counter[PayoutStatus] | None:
    """Ask what became of one chunk of unknown payouts: where they went, or None when nothing is to be asked now."""
    provider = _provider(ctx, name)
    now, terms = ctx.clock.now(), provider.terms
    with ctx.transaction() as session:
        if store.hold_of(session, campaign) is Hold.BRAKED:
            return None
        claimed = store.unknown_due(session, campaign, name, limit=terms.batch, now=now)
        if not claimed:
            return None
        attempt = store.add_attempt(session, campaign, name, "look", rows=claimed, now=now, until=times(terms, now))
        store.take_to_look(session, claimed, attempt)
    ruled = tuple(_looked_up(provider, claimed, now=now))
    passing("looked up")
    return _settle(ctx, attempt, claimed, ruled, was=PayoutStatus.UNKNOWN)


def _looked_up(provider: PayoutProvider, claimed: Sequence[Claimed], *, now: datetime) -> Iterable[Ruled]:
    if not provider.terms.finds:
        return without_looking(claimed, terms=provider.terms, now=now)
    try:
        found = provider.find([one.key for one in claimed])
    except PortFailed as error:
        return unanswered(claimed, str(error), now=now)
    return after_looking(claimed, found, terms=provider.terms, now=now)


def _claim(
    ctx: Context, campaign: CampaignKey, provider: PayoutProvider, sound: set[ListId]
) -> tuple[Attempt, Sequence[Claimed], Sequence[Payment]] | frozenset[ListId] | None:
    """Take a chunk that may be sent, with its attempt written; when this is over, the database knows of it.

    Lists: nothing is taken before somebody has looked them through.
    """
    now, terms, name = ctx.clock.now(), provider.terms, provider.name
    life = key_life(terms)
    alive_since = None if life is None else now - life
    with ctx.transaction() as session:
        if not _may_send(session, campaign, name):
            return None
        found = store.due(session, campaign, name, limit=terms.batch, now=now, alive_since=alive_since)
        if not found:  # what is left may be there because its key is not alive any more
            dead = store.outlived(session, campaign, name, alive_since=alive_since, reason=OUTLIVED)
            ruled = [Ruled(each, PayoutStatus.NEEDS_HUMAN, OUTLIVED, "outlived") for each in dead]
            store.add_tries(session, ruled, attempt=None, at=now)
            return None
        unseen = frozenset(ListId(one.claimed.on) for one in found) - sound
        if unseen:
            return unseen
        changed = {one.claimed.on for one in found if not one.is_as_approved}
        for target in sorted(changed):
            void(session, ListId(target), now=now, reason=CHANGED)
        taken = [one for one in found if one.claimed.on not in changed]
        claimed = [one.claimed for one in taken]
        attempt = store.add_attempt(session, campaign, name, "send", rows=claimed, now=now, until=times(terms, now))
        store.take(session, claimed, attempt)
    return attempt, claimed, [one.payment for one in taken]


def _look_through(ctx: Context, campaign: CampaignKey, lists: frozenset[ListId], sound: set[ListId]) -> None:
    """Whether these lists cover what was signed: those that do are kept in mind, the others are void.

    It reads each as a whole, so no lock is held meanwhile; what a chunk holds of them is looked at again when it is taken.
    """
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        good = {each for each in lists if is_signed(session, held, each)}
    sound |= good
    if lists - good:
        with ctx.transaction() as session:
            for target in sorted(lists - good):
                void(session, target, now=ctx.clock.now(), reason=CHANGED)


def _may_send(session: Session, campaign: CampaignKey, provider: str) -> bool:
    """Nobody has stopped it: not the campaign, not its payouts, not a difference to the provider's statement."""
    if load_campaign(session, campaign).status is CampaignStatus.PAUSED:
        return False
    return store.hold_of(session, campaign) is None and not is_stopped(session, campaign, provider)


def _settle(
    ctx: Context, attempt: Attempt, claimed: Sequence[Claimed], ruled: Sequence[Ruled], *, was: PayoutStatus
) -> Counter[PayoutStatus]:
    """Write down what came of an attempt, and move the money: budget first, then payouts, as everybody who takes both."""
    now, units = ctx.clock.now(), {one.id: one.units for one in claimed}
    paid = {one.id: one.reference or "" for one in ruled if one.status is PayoutStatus.PAID}
    others = [one for one in ruled if one.status is not PayoutStatus.PAID]
    with ctx.transaction() as session:
        budget = budgets.load(session, attempt.campaign, hold=True)
        moved = _confirm(session, budget, attempt, paid, units, was=was, at=now)
        passing("confirming")
        late = set[int]()
        for like, ids in _alike(others).items():
            mine = store.rule(session, attempt, ids, like, was=was, at=now)
            moved[like.status] += len(mine)
            late.update(each for each in ids if each not in mine)
            if like.status is PayoutStatus.REFUSED and mine:
                meaning = key("release", attempt.id, min(mine))
                freed = sum(units[each] for each in mine)
                release(session, budget, key=meaning, units=freed, count=len(mine), at=now)
        if moved[PayoutStatus.PAID] or moved[PayoutStatus.REFUSED]:
            lists = {one.on for one in claimed}
            tell_of_finished(session, ctx.settings.template_folders, attempt.campaign, lists, now=now)
        _call_people(ctx, session, attempt, moved[PayoutStatus.NEEDS_HUMAN], now=now)
        store.add_tries(session, [one for one in others if one.id not in late], attempt=attempt.id, at=now)
    passing("confirmed")
    return +moved


def _call_people(ctx: Context, session: Session, attempt: Attempt, count: int, *, now: datetime) -> None:
    """Who has to decide hears of it in the transaction that says so."""
    if count:
        campaign = load_campaign(session, attempt.campaign)
        tell_of_doubts(session, ctx.settings.template_folders, campaign, attempt=attempt.id, count=count, now=now)


def _confirm(
    session: Session,
    budget: Budget,
    attempt: Attempt,
    references: Mapping[int, str],
    units: Mapping[int, int],
    *,
    was: PayoutStatus,
    at: datetime,
) -> Counter[PayoutStatus]:
    paid = store.confirm(session, attempt, references, was=was, at=at)
    if paid:
        total = sum(units[each] for each in paid)
        pay(session, budget, key=key("pay", attempt.id), units=total, count=len(paid), at=at)
    late = [
        Ruled(each, PayoutStatus.PAID, TOO_LATE, "late", reference=references[each])
        for each in references.keys() - paid
    ]
    store.add_tries(session, late, attempt=attempt.id, at=at)
    return Counter({PayoutStatus.PAID: len(paid)})


def _alike(ruled: Iterable[Ruled]) -> Mapping[Ruled, list[int]]:
    """Those to be moved, by what becomes of them: the same for many is one statement."""
    groups: dict[Ruled, list[int]] = {}
    for one in ruled:
        groups.setdefault(one._replace(id=0), []).append(one.id)
    return groups


def _provider(ctx: Context, name: str) -> PayoutProvider:
    """NotFound: nobody is of that name. BadInput: it cannot be used from here."""
    if name not in frozenset(ctx.payouts):
        raise NotFound(
            f"There is no payout provider {name} here: payouts.yaml of the workspace does not name it (any more). Put it back under "
            "that name."
        )
    return ctx.payouts[name]


def faults(session: Session, campaign: CampaignKey) -> tuple[str, ...]:
    """What does not hold of a campaign's books; nothing: budget, ledger and payouts say the same."""
    budget = budgets.find(session, campaign)
    if budget is None:
        return ()
    found = store.sums(session, campaign)
    paid = found.get(PayoutStatus.PAID, (0, 0))[1]
    by_payouts = {"reserved": store.held_units(found), "paid": paid}
    unbalanced = [f"the entry {each} does not sum to 0" for each in budgets.unbalanced(session, campaign)]
    return (*differences(budget, budgets.accounts(session, campaign), by_payouts), *unbalanced)
