"""A list of payouts is approved as it stands, and nothing is sent that is not what was signed."""

import pytest
import sqlalchemy as sa

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.campaigns.permissions import NotAllowed
from opsflow.context import Context
from opsflow.kernel.errors import Refused
from opsflow.kernel.keys import content_hash
from opsflow.kernel.terms import PersonKey
from opsflow.prizes.awards.model import AwardStatus
from opsflow.prizes.awards.service import set_status
from opsflow.prizes.payouts.lists.model import AlreadySigned, ListDecided, ListStatus, OtherList, OwnList
from opsflow.prizes.payouts.lists.service import approve, erase_payee, set_payee
from opsflow.prizes.payouts.lists.store import all_lists
from opsflow.prizes.payouts.model import UnderWay
from opsflow.prizes.payouts.requesting import request as ask
from opsflow.prizes.payouts.service import pay_due
from opsflow.prizes.payouts.waiting import store as open_payouts
from tests.engine.small import KEY
from tests.prizes.paying import (
    FINANCE,
    MANAGER,
    SECOND,
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

NOWHERE = content_hash({})
"""The digest of a payee of whom nothing is known."""


def test_a_list_is_approved_by_others_than_who_asked_and_by_two_above_the_threshold(ctx: Context) -> None:
    here, provider = with_memory(ctx)
    campaign(here, "100000")
    record(here, won(here, 1, 50_000_01))
    found = request(here)
    assert (found.needed, found.worth.units) == (2, 50_000_01)
    with pytest.raises(Refused, match="cannot approve payouts"):
        approve(here, KEY, number=1, root=found.root, by=MANAGER)
    with pytest.raises(OtherList):
        approve(here, KEY, number=1, root="0" * 64, by=FINANCE)
    assert approve(here, KEY, number=1, root=found.root, by=FINANCE).status is ListStatus.PROPOSED
    with pytest.raises(AlreadySigned):
        approve(here, KEY, number=1, root=found.root, by=FINANCE)
    pay_due(here, KEY)
    assert provider.requests.total() == 0, "one of two has signed"
    assert approve(here, KEY, number=1, root=found.root, by=SECOND).status is ListStatus.APPROVED
    with pytest.raises(ListDecided):
        approve(here, KEY, number=1, root=found.root, by=SECOND)
    pay_due(here, KEY)
    assert states(here) == {"paid": 1}


def test_nobody_approves_what_they_asked_for(ctx: Context) -> None:
    here, _ = with_memory(ctx)
    campaign(here, people={"campaign_manager": FINANCE})
    record(here, won(here, 1))
    found = ask(here, KEY, by=FINANCE)
    with pytest.raises(OwnList):
        approve(here, KEY, number=1, root=found.root, by=FINANCE)


@pytest.mark.parametrize("when", ["proposed", "approved"])
def test_another_payee_voids_the_approval_of_the_list_that_holds_it(ctx: Context, when: str) -> None:
    """M5"""
    here, provider = with_memory(ctx)
    campaign(here)
    money = won(here, 2, kind="cash")
    record(here, money)
    claim(here, money)
    found = request(here) if when == "proposed" else approved(here)
    with here.transaction() as session:
        set_payee(session, money[0].id, {"account": "6222-1"}, here.clock.now())
    with here.reading() as session:
        assert all_lists(session, KEY)[0].status is not ListStatus.VOID, "the same again changes nothing"
    with here.transaction() as session:
        set_payee(session, money[0].id, {"account": "thief"}, here.clock.now())
    pay_due(here, KEY)
    assert provider.requests.total() == 0
    with pytest.raises(ListDecided, match="void"):
        approve(here, KEY, number=1, root=found.root, by=SECOND)
    assert approved(here).number == 2
    pay_due(here, KEY)
    assert states(here) == {"paid": 2}
    with pytest.raises(UnderWay), here.transaction() as session:
        set_payee(session, money[0].id, {"account": "late"}, here.clock.now())


@pytest.mark.parametrize(
    "by_hand",
    [
        "update payees set digest = 'x'",
        "update payees set data = null",
        """update payees set data = '{"account": "thief"}'""",
        "update payouts set units = units + 1",
        "update payouts set round = round + 1",
        "update payouts set provider = 'other'",
        "update awards set status = 'void'",
        "update awards set prize = 'phone'",
        "update awards set kind = 'code'",
        "update awards set currency = 'JPY'",
        "update awards set units = 900; update payouts set units = 900",
        f"update payees set data = '{{}}', digest = '{NOWHERE}'; update payouts set digest = '{NOWHERE}'",
        "update payout_lists set root = 'x'",
        "update payout_lists set count = 3",
        "update payout_lists set requested_by = 'finance-deputy'",
    ],
)
def test_what_is_changed_by_hand_after_the_approval_is_not_sent(ctx: Context, by_hand: str) -> None:
    """M5: what is sent is compared with what was signed at the moment of sending."""
    here, provider = with_memory(ctx)
    here = paying(here, provider, MemoryPayouts(here.clock, "other", kinds=frozenset({"rights"})))
    campaign(here)
    money = won(here, 2, kind="cash")
    record(here, money)
    claim(here, money)
    approved(here)
    with here.transaction() as session:
        for statement in by_hand.split(";"):
            session.execute(sa.text(statement))
    assert rounds_quietly(here) == 0
    with here.reading() as session:
        assert all_lists(session, KEY)[0].status is ListStatus.VOID


def rounds_quietly(here: Context) -> int:
    """Two rounds of paying, whatever the books say; how many requests they made."""
    for _ in range(2):
        pay_due(here, KEY)
    providers = [each for each in here.payouts.values() if isinstance(each, MemoryPayouts)]
    return sum(each.requests.total() for each in providers)


@pytest.mark.parametrize(
    "by_hand",
    [
        "update payouts set list = '{id}', provider = 'memory' where list is null",
        "update payout_lists set status = 'approved', needed = 0 where status = 'proposed'",
    ],
)
def test_what_nobody_signed_is_not_sent_whatever_list_it_is_put_on(ctx: Context, by_hand: str) -> None:
    """A row slipped into an approved list, and a list that says of itself that it is approved."""
    here, provider = with_memory(ctx)
    campaign(here)
    record(here, won(here, 2))
    found = approved(here) if "list =" in by_hand else request(here)
    record(here, won(here, 1, draw="second"))
    with here.transaction() as session:
        session.execute(sa.text(by_hand.format(id=found.id)))
    assert rounds_quietly(here) == 0
    assert approved(here).count == 3
    pay_due(here, KEY)
    assert provider.requests.total() == 3


def test_what_was_sent_in_vain_is_asked_for_again_when_its_list_is_void(ctx: Context) -> None:
    """F62: it is sent under the same key once the next list is approved, and does not wait for people to decide."""
    here, provider = with_memory(ctx)
    campaign(here)
    money = won(here, 3, kind="cash")
    record(here, money)
    claim(here, money)
    approved(here)
    provider.faults = lambda payment: "drop" if payment.participant.endswith("1") else "busy"
    pay_due(here, KEY)
    wait(here, minutes=2)
    provider.faults = lambda _: "busy"
    pay_due(here, KEY)  # the provider never got the first: it is to be sent again, under its key
    with here.transaction() as session:
        set_payee(session, money[1].id, {"account": "corrected"}, here.clock.now())
    with here.reading() as session:
        assert open_payouts.unlisted(session, KEY) == 3
    with pytest.raises(UnderWay), here.transaction() as session:
        erase_payee(session, money[0].id, here.clock.now())
    provider.faults = lambda _: "ok"
    assert approved(here).count == 3
    wait(here, hours=1)
    rounds(here, 1)
    assert (states(here), set(provider.paid().values())) == ({"paid": 3}, {1})
    assert provider.requests[money[0].id] == 3


def test_what_is_asked_for_again_leaves_its_list_and_the_rest_of_it_follows(ctx: Context) -> None:
    here, provider = begun(ctx, 3)
    provider.faults = lambda payment: "decline" if payment.participant.endswith("1") else "busy"
    pay_due(here, KEY)
    provider.faults = lambda _: "ok"
    found = approved(here, again=True)
    assert (found.number, found.count) == (2, 3)
    wait(here, hours=1)
    rounds(here, 1)
    assert (states(here), set(provider.paid().values())) == ({"paid": 3}, {1})


def test_a_row_slipped_into_a_list_that_waits_voids_it(ctx: Context) -> None:
    here, _ = with_memory(ctx)
    campaign(here)
    record(here, won(here, 2))
    found = request(here)
    record(here, won(here, 1, draw="second"))
    with here.transaction() as session:
        session.execute(sa.text("update payouts set list = :it, provider = 'memory'"), {"it": found.id})
    with pytest.raises(ListDecided, match="has changed"):
        approve(here, KEY, number=1, root=found.root, by=FINANCE)


def test_a_lapsed_award_voids_its_list_and_is_not_paid(ctx: Context) -> None:
    here, provider = with_memory(ctx)
    campaign(here)
    awards = won(here, 3)
    record(here, awards)
    approved(here)
    with here.transaction() as session:
        set_status(session, [awards[0].id], AwardStatus.VOID, now=here.clock.now())
    pay_due(here, KEY)
    assert provider.requests.total() == 0
    approved(here)
    pay_due(here, KEY)
    assert states(here) == {"cancelled": 1, "paid": 2}
    with pytest.raises(UnderWay), here.transaction() as session:
        set_status(session, [awards[1].id], AwardStatus.VOID, now=here.clock.now())
    assert_sound(here)


def test_who_may_not_sign_hears_who_may(ctx: Context) -> None:
    here, _ = with_memory(ctx)
    campaign(here)
    record(here, won(here, 1))
    found = ask(here, KEY, by=MANAGER)
    with pytest.raises(NotAllowed, match=r"Who can: finance\. Here: finance-head, finance-deputy\.$"):
        approve(here, KEY, number=found.number, root=found.root, by=PersonKey("planner"))
