"""The money for prizes: a cap that nothing passes, reserved in one statement, and a ledger that sums to zero."""

import time
from functools import partial

import pytest
import sqlalchemy as sa

from opsflow.budget import store
from opsflow.budget.model import Account, CapTooLow, fitting
from opsflow.budget.service import fund, pay, release, reserve
from opsflow.campaigns.store import load_campaign, set_file
from opsflow.context import Context
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.money import MOST, Money
from opsflow.prizes.awards.model import MOST_WORTH, Award, AwardStatus, OtherContent, Recorded
from opsflow.prizes.awards.service import set_status
from opsflow.prizes.payouts import store as payouts
from opsflow.prizes.payouts.model import PayoutStatus
from tests.engine.small import KEY, file
from tests.engine.together import errors, together
from tests.prizes.paying import assert_sound, campaign, record, won

CLAIMANTS = 64


def states(ctx: Context) -> dict[str, int]:
    with ctx.reading() as session:
        return {status.value: count for status, (count, _) in payouts.sums(session, KEY).items()}


def test_an_award_reserves_its_worth_and_is_recorded_once(ctx: Context) -> None:
    campaign(ctx, "10")
    awards = won(ctx, 3)
    assert (record(ctx, awards), record(ctx, awards)) == (Recorded(3, 0, 0), Recorded(0, 3, 0))
    with ctx.reading() as session:
        budget = store.load(session, KEY)
        assert (budget.cap, budget.reserved, budget.available) == (1000, 300, 700)
        accounts = store.accounts(session, KEY)
    assert accounts == {"funding": -1000, "available": 700, "reserved": 300}
    assert_sound(ctx)


def test_what_the_budget_does_not_cover_is_refused_and_a_smaller_prize_behind_it_is_not(ctx: Context) -> None:
    campaign(ctx, "10")
    assert record(ctx, won(ctx, 4, [600, 500, 300, 200])) == Recorded(4, 0, 2)
    assert states(ctx) == {"planned": 2, "refused_budget": 2}
    assert_sound(ctx)


def test_awards_of_a_campaign_without_a_rewards_line_are_all_refused_but_those_worth_nothing(ctx: Context) -> None:
    campaign(ctx, budget={"lines": []})
    assert record(ctx, won(ctx, 2, [1, 0])).refused == 1
    assert_sound(ctx)


def test_an_award_recorded_again_with_another_worth_is_refused(ctx: Context) -> None:
    campaign(ctx)
    record(ctx, won(ctx, 2))
    with pytest.raises(OtherContent):
        record(ctx, won(ctx, 2, [100, 101]))
    assert states(ctx) == {"planned": 2}


@pytest.mark.parametrize("units", [-1, MOST_WORTH + 1, MOST])
def test_a_worth_outside_the_bounds_is_refused(ctx: Context, units: int) -> None:
    with pytest.raises(BadInput, match="worth 0 or more"):
        won(ctx, 1, units)


@pytest.mark.parametrize("units", [float("nan"), 1e308, 1.0, True, None])
def test_a_worth_that_is_no_whole_number_of_minor_units_is_refused(units: object) -> None:
    with pytest.raises(BadInput, match="whole minor units"):
        Money(units, "CNY")  # type: ignore[arg-type]


def test_a_prize_in_another_currency_than_the_budget_is_refused(ctx: Context) -> None:
    campaign(ctx)
    euros = Award(KEY, "first", "0" * 32, "gift", 1, Money(100, "EUR"), "cash", ctx.clock.now())
    with pytest.raises(BadInput, match=r"counted in EUR, its budget in CNY"):
        record(ctx, [*won(ctx, 1), euros])
    assert states(ctx) == {}, "nothing of it is kept"


def test_a_raised_cap_is_posted_and_one_below_what_was_won_is_refused(ctx: Context) -> None:
    campaign(ctx, "10")
    record(ctx, won(ctx, 5))
    for rewards, fits in (("20", True), ("5", True), ("4.99", False)):
        changed = file(budget={"lines": [{"line": "rewards", "amount": rewards}]})
        with ctx.transaction() as session:
            set_file(session, KEY, changed)
            if fits:
                fund(session, changed, now=ctx.clock.now())
            else:
                with pytest.raises(CapTooLow, match=r"CNY 4\.99: CNY 5\.00 is won"):
                    fund(session, changed, now=ctx.clock.now())
        assert_sound(ctx)


def test_lapsed_awards_give_their_money_back_once(ctx: Context) -> None:
    campaign(ctx, "10")
    awards = won(ctx, 3)
    record(ctx, awards)
    with ctx.transaction() as session:
        assert set_status(session, [awards[0].id], AwardStatus.LAPSED, now=ctx.clock.now()) == 1
    with ctx.transaction() as session:
        assert set_status(session, [awards[0].id], AwardStatus.LAPSED, now=ctx.clock.now()) == 0
    with pytest.raises(Conflict, match="cannot become claimed"), ctx.transaction() as session:
        set_status(session, [awards[0].id], AwardStatus.CLAIMED, now=ctx.clock.now())
    with ctx.reading() as session:
        assert store.load(session, KEY).reserved == 200
    assert_sound(ctx)


def test_nothing_is_posted_twice_and_nothing_negative_moves(ctx: Context) -> None:
    campaign(ctx, "10")
    record(ctx, won(ctx, 3))
    now = ctx.clock.now()
    with ctx.transaction() as session:
        pay(session, store.load(session, KEY), key="pay/1", units=100, count=1, at=now)
    with pytest.raises(Conflict, match="pay/1 already"), ctx.transaction() as session:
        pay(session, store.load(session, KEY), key="pay/1", units=100, count=1, at=now)
    with pytest.raises(Conflict, match="less than 201 reserved"), ctx.transaction() as session:
        release(session, store.load(session, KEY), key="release/1", units=201, count=1, at=now)
    with pytest.raises(BadInput, match="corrections are moves"), ctx.transaction() as session:
        reserve(session, store.load(session, KEY), key="reserve/x", units=-1, count=1, at=now)
    with ctx.reading() as session:
        assert store.accounts(session, KEY)[Account.PAID] == 100


@pytest.mark.parametrize("statement", ["delete from {}", "update {} set {} = {}"])
@pytest.mark.parametrize(("table", "column"), [("ledger_entries", "count"), ("ledger_postings", "units")])
def test_the_database_refuses_to_change_the_ledger(ctx: Context, table: str, column: str, statement: str) -> None:
    campaign(ctx, "10")
    record(ctx, won(ctx, 1))
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), ctx.transaction() as session:
        session.execute(sa.text(statement.format(table, column, column)))


def last_unit(ctx: Context, *, guarded: bool, rounds: int) -> list[int]:
    """How many of the claimants got the last unit in each round."""
    taken = []

    def claim(name: str) -> bool:
        with ctx.transaction() as session:
            budget = store.load(session, KEY)
            return reserve(session, budget, key=name, units=1, count=1, at=ctx.clock.now()) is not None

    def unguarded(name: str) -> bool:
        """The control: it reads, then writes."""
        with ctx.reading() as session:
            room = store.load(session, KEY).available
        time.sleep(0.001)  # lets the others look as well
        if room < 1:
            return False
        with ctx.transaction() as session:
            session.execute(sa.text("update payout_budgets set cap = cap + 1, reserved = reserved + 1"))
        return True

    for number in range(rounds):
        with ctx.transaction() as session:
            session.execute(sa.text("update payout_budgets set cap = reserved + 1"))
        work = claim if guarded else unguarded
        outcomes = together(*(partial(work, f"round-{number}/{each}") for each in range(CLAIMANTS)))
        assert not errors(outcomes)
        taken.append(sum(outcome is True for outcome in outcomes))
    return taken


def test_of_64_claimants_exactly_one_gets_the_last_unit(ctx: Context) -> None:
    """F60, A14."""
    campaign(ctx, "0.01")
    with ctx.transaction() as session:
        fund(session, load_campaign(session, KEY).file, now=ctx.clock.now())
    assert last_unit(ctx, guarded=True, rounds=2) == [1, 1]


def test_without_the_conditional_update_more_than_one_does(ctx: Context) -> None:
    """The control: the same race, where each looks first."""
    campaign(ctx, "0.01")
    with ctx.transaction() as session:
        fund(session, load_campaign(session, KEY).file, now=ctx.clock.now())
    assert min(last_unit(ctx, guarded=False, rounds=2)) > 1


def test_the_cap_holds_even_against_a_statement_by_hand(ctx: Context) -> None:
    campaign(ctx, "1")
    record(ctx, won(ctx, 1))
    with pytest.raises(sa.exc.IntegrityError), ctx.transaction() as session:
        session.execute(sa.text("update payout_budgets set reserved = reserved + 1"))


def test_what_fits_is_chosen_in_order() -> None:
    assert fitting([5, 6, 4, 1], 10) == (0, 2, 3)
    assert fitting([], 10) == fitting([11], 10) == ()


def test_awards_of_two_campaigns_keep_their_budgets_apart(ctx: Context) -> None:
    """F64: the ledger of another pool."""
    campaign(ctx, "1")
    other = campaign(ctx, "1", key="other-campaign")
    assert record(ctx, won(ctx, 2)) == Recorded(2, 0, 1)
    assert record(ctx, won(ctx, 1, campaign=other), other) == Recorded(1, 0, 0)
    with pytest.raises(ValueError, match=other):
        record(ctx, [*won(ctx, 1, draw="second"), *won(ctx, 1, campaign=other)])
    assert states(ctx) == {PayoutStatus.PLANNED: 1, PayoutStatus.REFUSED_BUDGET: 1}
    assert_sound(ctx, other)
