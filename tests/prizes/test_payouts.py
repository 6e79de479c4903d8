"""From an award to its payment: approved by the exact list, sent once, and judged by what the provider says."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import set_file
from opsflow.campaigns.store import set_status as set_campaign_status
from opsflow.context import Context
from opsflow.db.money import APPEND_ONLY
from opsflow.db.tables import PayoutTryRow
from opsflow.db.written import take_written
from opsflow.engine.distribution import distribute
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.keys import content_hash
from opsflow.kernel.paying import Payment
from opsflow.ports import PayoutProvider
from opsflow.prizes.payouts.lists.model import NothingDue
from opsflow.prizes.payouts.lists.service import erase_payee
from opsflow.prizes.payouts.model import is_key_alive
from opsflow.prizes.payouts.overview import overview
from opsflow.prizes.payouts.service import pay_due, send_chunk
from tests.engine.small import KEY, file
from tests.engine.together import errors, together
from tests.prizes.paying import (
    approved,
    assert_sound,
    begun,
    campaign,
    claim,
    paying,
    record,
    request,
    rounds,
    states,
    wait,
    with_memory,
    won,
)


def test_what_is_approved_is_paid_once_and_the_books_agree(ctx: Context) -> None:
    here, provider = begun(ctx, 120)
    pay_due(here, KEY)
    assert states(here) == {"paid": 120}
    assert (set(provider.paid().values()), provider.units) == ({1}, 12_000)
    pay_due(here, KEY)
    assert provider.requests.total() == 120, "a second round asks for nothing"
    assert_sound(here)


def test_the_payer_creates_no_award(ctx: Context) -> None:
    """d5: who pays cannot make up whom to pay."""
    here, _ = begun(ctx)
    drain(here)
    pay_due(here, KEY)
    written = drain(here)
    assert "payouts" in written
    assert not {"awards", "payees", "payout_lists", "payout_signatures"} & written


def drain(ctx: Context) -> frozenset[str]:
    """What was written since it was last asked, on every connection that the pool keeps."""
    with ExitStack() as stack:
        sessions = [stack.enter_context(ctx.reading()) for _ in range(5)]
        return frozenset[str]().union(*map(take_written, sessions))


def test_nothing_is_sent_before_the_list_is_approved(ctx: Context) -> None:
    here, provider = with_memory(ctx)
    campaign(here)
    record(here, won(here, 3))
    request(here)
    pay_due(here, KEY)
    assert (states(here), provider.requests.total()) == ({"planned": 3}, 0)


def test_only_what_is_claimed_is_due_where_somebody_must_say_where_it_goes(ctx: Context) -> None:
    here, provider = with_memory(ctx)
    campaign(here)
    money = won(here, 3, kind="cash")
    record(here, money)
    with pytest.raises(NothingDue):
        request(here)
    claim(here, money[:2])
    assert approved(here).count == 2
    pay_due(here, KEY)
    assert states(here) == {"paid": 2, "planned": 1}
    assert {one.payment.to["account"] for one in provider.books} == {"6222-1", "6222-2"}


def faulty(provider: MemoryPayouts, *faults: str) -> None:
    """The first requests of each payment end like this, the ones after them well."""
    seen: dict[str, int] = {}

    def fault(payment: Payment) -> str:
        seen[payment.key] = seen.get(payment.key, 0) + 1
        return faults[seen[payment.key] - 1] if seen[payment.key] <= len(faults) else "ok"

    provider.faults = fault


@pytest.mark.parametrize(
    ("faults", "first", "last", "requests"),
    [
        (["decline"], {"refused": 1}, {"refused": 1}, 1),
        (["lose"], {"unknown": 1}, {"paid": 1}, 1),
        (["drop"], {"unknown": 1}, {"paid": 1}, 2),
        (["drop", "drop", "lose"], {"unknown": 1}, {"paid": 1}, 3),
        (["busy", "busy"], {"planned": 1}, {"paid": 1}, 3),
        (["bare"], {"unknown": 1}, {"paid": 1}, 1),
        (["short"], {"unknown": 1}, {"paid": 1}, 1),
    ],
)
def test_what_an_answer_makes_of_a_payout(
    ctx: Context, faults: list[str], first: dict[str, int], last: dict[str, int], requests: int
) -> None:
    here, provider = begun(ctx, 1)
    faulty(provider, *faults)
    pay_due(here, KEY)
    assert states(here) == first
    wait(here, minutes=5)
    rounds(here, 7)
    assert (states(here), provider.requests.total()) == (last, requests)
    assert len(provider.books) == (last == {"paid": 1})


def test_a_refusal_gives_the_money_back_and_an_unknown_outcome_does_not(ctx: Context) -> None:
    here, provider = begun(ctx, 2)
    provider.faults = lambda payment: "decline" if payment.participant.endswith("1") else "lose"
    pay_due(here, KEY)
    assert states(here) == {"refused": 1, "unknown": 1}
    with here.reading() as session:
        reserved = session.execute(sa.text("select reserved, paid from payout_budgets")).one()
    assert tuple(reserved) == (100, 0)
    assert_sound(here)


def test_past_the_life_of_its_key_nothing_is_sent_again(ctx: Context) -> None:
    """A5: the look-up still finds what was paid; what it does not find, people decide."""
    here, provider = begun(ctx, 2, key_ttl=timedelta(hours=8))
    provider.faults = lambda payment: "drop" if payment.participant.endswith("1") else "lose"
    pay_due(here, KEY)
    wait(here, hours=7)
    rounds(here, 3)
    assert (states(here), provider.requests.total()) == ({"needs_human": 1, "paid": 1}, 2)
    assert_sound(here)


def test_what_was_sent_before_and_waits_too_long_to_be_sent_again_is_for_people(ctx: Context) -> None:
    """It was surely absent, but its key is not known any more when the campaign's pause is over."""
    here, provider = begun(ctx, 1)
    faulty(provider, "drop")
    pay_due(here, KEY)
    wait(here, minutes=2)
    with here.transaction() as session:
        set_campaign_status(session, KEY, CampaignStatus.PAUSED)
    pay_due(here, KEY)
    assert states(here) == {"planned": 1}, "what is known is looked up, nothing is sent"
    wait(here, hours=30)
    with here.transaction() as session:
        set_campaign_status(session, KEY, CampaignStatus.ACTIVE)
    pay_due(here, KEY)
    assert (states(here), provider.requests.total()) == ({"needs_human": 1}, 1)


@pytest.mark.parametrize(
    ("terms", "fault", "end", "paid"),
    [
        (
            {"key_ttl": None},
            "drop",
            {"needs_human": 1},
            0,
        ),  # absent, but nobody keeps a second request from paying again
        ({"key_ttl": None}, "lose", {"paid": 1}, 1),
        ({"finds": False}, "lose", {"paid": 1}, 1),  # the same key again, which pays nothing more
        ({"finds": False, "key_ttl": None}, "lose", {"needs_human": 1}, 1),
        ({"finds": False, "key_ttl": None}, "drop", {"needs_human": 1}, 0),
    ],
)
def test_a_provider_that_cannot_do_all_is_never_paid_through_twice(
    ctx: Context, terms: dict[str, Any], fault: str, end: dict[str, int], paid: int
) -> None:
    here, provider = begun(ctx, 1, **terms)
    faulty(provider, fault)
    rounds(here, 6)
    assert (states(here), len(provider.books)) == (end, paid)


def test_a_wrong_amount_that_the_look_up_confirms_is_for_people(ctx: Context) -> None:
    here, provider = begun(ctx, 1)
    provider.faults = lambda _: "lose"
    pay_due(here, KEY)
    provider._first = {
        key: replace(one, payment=one.payment._replace(units=99)) for key, one in provider._first.items()
    }
    rounds(here, 3)
    assert states(here) == {"needs_human": 1}


def test_while_the_provider_does_not_answer_nothing_changes_hands(ctx: Context) -> None:
    here, provider = begun(ctx, 3)
    provider.faults = lambda _: "lose"
    pay_due(here, KEY)
    provider.down = True
    rounds(here, 4)
    assert states(here) == {"unknown": 3}
    provider.down = False
    rounds(here, 3, minutes=60)
    assert (states(here), provider.requests.total()) == ({"paid": 3}, 3)


def test_several_workers_share_one_run(ctx: Context) -> None:
    """A4: claims by SKIP LOCKED, or one after the other."""
    here, provider = begun(ctx, 400, batch=20)
    outcomes = together(*[lambda: pay_due(here, KEY)] * 4)
    assert not errors(outcomes)
    pay_due(here, KEY)
    assert states(here) == {"paid": 400}
    assert (provider.requests.total(), set(provider.paid().values())) == (400, {1})
    assert_sound(here)


def test_where_a_prize_went_can_be_erased_once_it_is_paid(ctx: Context) -> None:
    here, provider = with_memory(ctx)
    campaign(here)
    money = won(here, 1, kind="cash")
    record(here, money)
    claim(here, money)
    approved(here)
    pay_due(here, KEY)
    assert [one.payment.to for one in provider.books] == [{"account": "6222-1"}], "and nothing that is only ours"
    with here.transaction() as session:
        erase_payee(session, money[0].id, here.clock.now())
        left = str(session.execute(sa.text("select * from payees, payouts")).all())
    assert "6222" not in left
    assert content_hash({"account": "6222-1"}) not in left, "nobody can try accounts out against what stays"
    assert_sound(here)


@pytest.mark.parametrize("statement", ["delete from {}", "update {} set {} = {}"])
def test_attempts_tries_and_signatures_cannot_be_changed(ctx: Context, statement: str) -> None:
    here, provider = begun(ctx, 2)
    provider.faults = lambda _: "lose"
    pay_due(here, KEY)
    for table, column in (("payout_attempts", "count"), ("payout_tries", "reason"), ("payout_signatures", "root")):
        assert table in APPEND_ONLY
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), here.transaction() as session:
            session.execute(sa.text(statement.format(table, column, column)))


def test_an_award_keeps_its_key_whoever_asks(ctx: Context) -> None:
    one, other = won(ctx, 2)
    assert one.id != other.id
    assert one.id == replace(one, rank=9).id
    assert len(one.id) == 32


def test_a_budget_that_was_raised_covers_what_was_refused(ctx: Context) -> None:
    here, provider = with_memory(ctx)
    campaign(here, "2")
    record(here, won(here, 3))
    assert states(here) == {"planned": 2, "refused_budget": 1}
    approved(here)
    pay_due(here, KEY)
    assert (states(here), provider.units) == ({"paid": 2, "refused_budget": 1}, 200)
    raised = file(budget={"lines": [{"line": "rewards", "amount": "3"}]})
    with here.transaction() as session:
        set_file(session, KEY, raised)
    approved(here)
    pay_due(here, KEY)
    assert (states(here), provider.units) == ({"paid": 3}, 300)
    assert_sound(here)


def test_send_chunk_of_an_unknown_provider_says_what_there_is(ctx: Context) -> None:
    campaign(ctx)
    with pytest.raises(NotFound, match=r"payouts\.yaml"):
        send_chunk(paying(ctx), KEY, "nobody")


def test_a_late_sender_writes_nothing(ctx: Context) -> None:
    """F11: the lease is over, somebody else has taken it up; the fence keeps the first one's answer out."""
    here, provider = begun(ctx, 1)

    def sleep(_payment: Payment) -> str:
        provider.faults = lambda _: "ok"
        wait(here, minutes=10)
        pay_due(here, KEY)  # the other worker: the payout is unknown now, and is looked up later
        return "ok"

    provider.faults = sleep
    pay_due(here, KEY)
    rounds(here, 3)
    assert (states(here), provider.paid().total()) == ({"paid": 1}, 1)
    with here.reading() as session:
        tries = session.scalars(sa.select(PayoutTryRow.outcome).order_by(PayoutTryRow.id)).all()
    assert tries == ["lost", "absent", "late"]
    assert_sound(here)


@pytest.mark.parametrize(
    ("ttl", "sent_hours_ago", "alive"),
    [
        (24, None, True),
        (24, 22, True),
        (24, 23, False),
        (2, 1, True),
        (2, 1.5, False),
        (None, None, True),
        (None, 0, False),
    ],
)
def test_a_key_is_used_again_until_shortly_before_it_dies(
    clock: VirtualClock, ttl: float | None, sent_hours_ago: float | None, alive: bool
) -> None:
    """A5: an hour before, or a quarter of its life where that is less."""
    terms = replace(MemoryPayouts(clock).terms, key_ttl=None if ttl is None else timedelta(hours=ttl))
    sent = None if sent_hours_ago is None else clock.now() - timedelta(hours=sent_hours_ago)
    assert is_key_alive(terms, sent, clock.now()) is alive


class WithoutSecret(dict[str, PayoutProvider]):
    """Providers of which one cannot be used from here, as of payouts.yaml."""

    def __getitem__(self, name: str) -> PayoutProvider:
        if name == "bank":
            raise BadInput(
                "Provider bank signs with the variable SECRET, which is not set where payouts run: set it there."
            )
        return super().__getitem__(name)


def test_a_provider_that_cannot_be_used_holds_up_no_other_and_is_named(ctx: Context) -> None:
    bank, memory = (
        MemoryPayouts(ctx.clock, name, kinds=frozenset({kind}))
        for name, kind in (("bank", "points"), ("memory", "coupon"))
    )
    both = paying(ctx, bank, memory)
    campaign(both)
    record(both, [*won(both, 2), *won(both, 3, draw="second", kind="points")])
    approved(both)
    bank.faults = lambda _: "busy"
    assert pay_due(both, KEY).unusable == {}
    wait(both, minutes=5)
    here = replace(both, payouts=WithoutSecret(both.payouts))
    record(here, won(here, 1, draw="third"))
    done = pay_due(here, KEY)
    assert (states(here), list(done.unusable)) == ({"paid": 2, "planned": 4}, ["bank"])
    assert "SECRET, which is not set" in done.unusable["bank"]
    gone = paying(ctx, memory)
    done = pay_due(gone, KEY)
    assert "There is no payout provider bank here" in done.unusable["bank"]
    assert overview(gone, KEY).missing == ("bank",)
    assert overview(here, KEY).missing == (), "where payouts run it may be usable"
    assert distribute(gone).failures == {KEY: done.unusable["bank"]}
