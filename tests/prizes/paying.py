"""A campaign with a rewards line, awards of it, and people of finance who approve its payouts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from typing import Any

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.campaigns.store import insert_campaign
from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.ports import PayoutProvider
from opsflow.prizes.awards.model import Award, AwardStatus, Recorded
from opsflow.prizes.awards.service import record_awards, set_status
from opsflow.prizes.payouts import store
from opsflow.prizes.payouts.lists.model import PayoutList
from opsflow.prizes.payouts.lists.service import approve, set_payee
from opsflow.prizes.payouts.requesting import request as ask
from opsflow.prizes.payouts.service import Round, faults, pay_due
from tests.campaigns.planning import organisation
from tests.engine.small import KEY, file, planned

MANAGER, FINANCE, SECOND = PersonKey("manager"), PersonKey("finance-deputy"), PersonKey("finance-head")


def campaign(ctx: Context, rewards: str = "10000", key: str = KEY, **changes: Any) -> CampaignKey:
    """A campaign of that rewards line; two people are of finance."""
    org = organisation(permissions={"finance": [FINANCE, SECOND]})
    budget = {"lines": [{"line": "rewards", "amount": rewards}]}
    found = file(key=key, **({"budget": budget} | changes))
    with ctx.transaction() as session:
        assert insert_campaign(session, found, org, planned(found, org), sop_version=1, now=ctx.clock.now())
    return CampaignKey(key)


def won(ctx: Context, count: int, units: int | Sequence[int] = 100, **how: Any) -> list[Award]:
    """So many awards, the first rank first; `units`: what each is worth, or all of them."""
    return list(winning(ctx, count, units, **how))


def winning(
    ctx: Context,
    count: int,
    units: int | Sequence[int] = 100,
    *,
    campaign: CampaignKey = KEY,
    draw: str = "first",
    kind: Any = "coupon",
    prize: str = "gift",
) -> Iterator[Award]:
    """The same, one after the other."""
    worths = repeat(units, count) if isinstance(units, int) else units
    for rank, worth in enumerate(worths, 1):
        yield Award(campaign, draw, f"{rank:032x}", prize, rank, Money(worth, "CNY"), kind, ctx.clock.now())


def record(ctx: Context, awards: Iterable[Award], campaign: CampaignKey = KEY) -> Recorded:
    with ctx.transaction() as session:
        return record_awards(session, campaign, awards, now=ctx.clock.now())


def claim(ctx: Context, awards: Iterable[Award], account: str = "6222") -> None:
    """The winners say where it goes."""
    with ctx.transaction() as session:
        for award in awards:
            set_payee(session, award.id, {"account": f"{account}-{award.rank}"}, ctx.clock.now())
        set_status(session, [award.id for award in awards], AwardStatus.CLAIMED, now=ctx.clock.now())


def request(ctx: Context, campaign: CampaignKey = KEY) -> PayoutList:
    return ask(ctx, campaign, by=MANAGER)


def approved(ctx: Context, campaign: CampaignKey = KEY, *, again: bool = False) -> PayoutList:
    """Everything that is due, asked for and approved."""
    found = ask(ctx, campaign, by=MANAGER, again=again)
    for person in (FINANCE, SECOND)[: found.needed]:
        found = approve(ctx, campaign, number=found.number, root=found.root, by=person)
    return found


def paying(ctx: Context, *providers: PayoutProvider) -> Context:
    return replace(ctx, payouts={provider.name: provider for provider in providers})


def with_memory(ctx: Context, **terms: Any) -> tuple[Context, MemoryPayouts]:
    """A context whose payouts go to a provider in memory."""
    provider = MemoryPayouts(ctx.clock, **terms)
    return paying(ctx, provider), provider


def wait(ctx: Context, **delta: float) -> None:
    clock = ctx.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(clock.now() + timedelta(**delta))


def rounds(ctx: Context, count: int, campaign: CampaignKey = KEY, *, minutes: float = 5) -> Round:
    """So many rounds of paying, some minutes apart; the last one."""
    found = Round()
    for _ in range(count):
        found = pay_due(ctx, campaign)
        assert_sound(ctx, campaign)
        wait(ctx, minutes=minutes)
    return found


def assert_sound(ctx: Context, campaign: CampaignKey = KEY) -> None:
    """Budget, ledger and payouts say the same."""
    with ctx.reading() as session:
        assert faults(session, campaign) == ()


def states(ctx: Context) -> dict[str, int]:
    with ctx.reading() as session:
        return {status.value: count for status, (count, _) in store.sums(session, KEY).items()}


def begun(ctx: Context, count: int = 5, **terms: Any) -> tuple[Context, MemoryPayouts]:
    """So many coupons won, asked for and approved; nothing is sent yet."""
    here, provider = with_memory(ctx, **terms)
    campaign(here)
    record(here, won(here, count))
    approved(here)
    return here, provider
