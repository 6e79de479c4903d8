"""What people do about payouts: stop them, let them go on, decide what nobody can tell, hold them against a statement."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa

from opsflow.adapters.payouts.memory import Booked, MemoryPayouts
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import load_campaign, set_file
from opsflow.cli.payoutview import case_line
from opsflow.context import Context
from opsflow.db.tables import OutboxRow
from opsflow.engine.record import journal
from opsflow.kernel.errors import BadInput, Conflict, NotFound
from opsflow.kernel.money import MOST
from opsflow.kernel.paying import Accepted, Payment, PayoutOutcome, StatementLine
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.payouts.holds.service import brake, pause, resume
from opsflow.prizes.payouts.lists.model import NothingDue
from opsflow.prizes.payouts.model import Hold, PayoutStatus
from opsflow.prizes.payouts.reckoning.model import LeftOut, Match, Ours, Reconciled, compare
from opsflow.prizes.payouts.reckoning.service import explain, reconcile
from opsflow.prizes.payouts.reckoning.store import Case, cases
from opsflow.prizes.payouts.rulings.model import NotAsked, NotCovered, SaidAlready, Verdict
from opsflow.prizes.payouts.rulings.service import decide
from opsflow.prizes.payouts.rulings.store import in_doubt
from opsflow.prizes.payouts.service import pay_due
from tests.engine.small import KEY, file
from tests.prizes.paying import (
    FINANCE,
    MANAGER,
    SECOND,
    approved,
    assert_sound,
    begun,
    campaign,
    paying,
    record,
    rounds,
    states,
    wait,
    with_memory,
    won,
)


def test_a_pause_sends_nothing_and_still_looks_up_what_is_under_way(ctx: Context) -> None:
    here, provider = begun(ctx, 4)
    provider.faults = lambda payment: "lose" if payment.participant.endswith("1") else "busy"
    pay_due(here, KEY)
    pause(here, KEY, by=MANAGER, reason="The account may be wrong")
    with pytest.raises(Conflict, match=r"paused already, by manager: The account"):
        pause(here, KEY, by=FINANCE, reason="Me too")
    wait(here, minutes=5)
    pay_due(here, KEY)
    assert (states(here), provider.requests.total()) == ({"paid": 1, "planned": 3}, 4)
    assert resume(here, KEY, by=FINANCE).hold is Hold.PAUSED
    with pytest.raises(Conflict, match="Nothing stops"):
        resume(here, KEY, by=FINANCE)
    provider.faults = lambda _: "ok"
    pay_due(here, KEY)
    assert states(here) == {"paid": 4}
    told = [(entry.action, entry.actor, entry.data.get("reason")) for entry in journal(here, KEY)]
    assert ("payouts.paused", MANAGER, "The account may be wrong") in told
    assert ("payouts.resumed", FINANCE, None) in told


def test_the_brake_lets_nothing_leave_and_stops_the_reminders(ctx: Context) -> None:
    here, provider = begun(ctx, 2)
    provider.faults = lambda payment: "lose" if payment.participant.endswith("1") else "busy"
    pay_due(here, KEY)
    pause(here, KEY, by=MANAGER, reason="Strange amounts")
    assert brake(here, KEY, by=MANAGER, reason="Stolen key")
    with here.reading() as session:
        assert load_campaign(session, KEY).status is CampaignStatus.PAUSED
    wait(here, minutes=5)
    pay_due(here, KEY)
    assert states(here) == {"unknown": 1, "planned": 1}
    with pytest.raises(Conflict, match="braked already"):
        brake(here, KEY, by=MANAGER, reason="Again")
    resume(here, KEY, by=FINANCE)
    pay_due(here, KEY)
    assert states(here) == {"paid": 1, "planned": 1}, "looked up; sent again when the campaign itself goes on"


def test_the_brake_works_before_anybody_has_won(ctx: Context) -> None:
    here, provider = with_memory(ctx)
    campaign(here)
    brake(here, KEY, by=MANAGER, reason="Wrong draw")
    record(here, won(here, 1))
    approved(here)
    pay_due(here, KEY)
    assert provider.requests.total() == 0


def in_doubt_one(ctx: Context) -> tuple[Context, MemoryPayouts, str]:
    here, provider = begun(ctx, 1, key_ttl=None)
    provider.faults = lambda _: "drop"
    rounds(here, 3)
    with here.reading() as session:
        return here, provider, in_doubt(session, KEY)[0].award


def test_two_people_decide_what_nobody_can_tell(ctx: Context) -> None:
    here, provider, award = in_doubt_one(ctx)
    with pytest.raises(BadInput, match="How do you know"):
        decide(here, KEY, award, by=FINANCE, verdict=Verdict.NOT_PAID, evidence=" ")
    with pytest.raises(BadInput, match="reference"):
        decide(here, KEY, award, by=FINANCE, verdict=Verdict.PAID, evidence="Statement")
    assert (
        decide(here, KEY, award, by=FINANCE, verdict=Verdict.NOT_PAID, evidence="Statement of 3 August")
        == "needs_human"
    )
    with pytest.raises(SaidAlready):
        decide(here, KEY, award, by=FINANCE, verdict=Verdict.NOT_PAID, evidence="Again")
    assert decide(here, KEY, award, by=SECOND, verdict=Verdict.PAID, evidence="Call", reference="r") == "needs_human"
    assert_sound(here)
    wait(here, minutes=1)
    assert decide(here, KEY, award, by=FINANCE, verdict=Verdict.PAID, evidence="Receipt", reference="r") == "paid"
    assert states(here) == {"paid": 1}
    with pytest.raises(NotAsked):
        decide(here, KEY, award, by=SECOND, verdict=Verdict.NOT_PAID, evidence="Hm")
    assert_sound(here)
    assert provider.requests.total() == 1


def test_what_two_people_say_was_not_paid_is_free_again_and_asked_for_under_another_key(ctx: Context) -> None:
    here, provider, award = in_doubt_one(ctx)
    for person in (FINANCE, SECOND):
        decide(here, KEY, award, by=person, verdict=Verdict.NOT_PAID, evidence="Statement of 3 August")
    assert states(here) == {"refused": 1}
    assert_sound(here)
    provider.faults = lambda _: "ok"
    with pytest.raises(NothingDue, match="Nothing of small-campaign is due"):
        approved(here)
    approved(here, again=True)
    pay_due(here, KEY)
    assert (states(here), set(provider.paid())) == ({"paid": 1}, {f"{award}-1"})
    assert_sound(here)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ({"a": Ours(1, "CNY", True)}, [("a", "r1", 1)], []),
        ({"a": Ours(1, "CNY", True)}, [], [("a", Match.OURS_ONLY)]),
        ({}, [("b", "r1", 1)], [("b", Match.THEIRS_ONLY)]),
        ({"a": Ours(1, "CNY", True)}, [("a", "r1", 2)], [("a", Match.AMOUNT_DIFFERS)]),
        ({"a": Ours(1, "EUR", True)}, [("a", "r1", 1)], [("a", Match.AMOUNT_DIFFERS)]),
        ({"a": Ours(1, "CNY", True)}, [("a", "r1", 1), ("a", "r2", 1)], [("a", Match.DUPLICATE)]),
        (
            {"a": Ours(1, "CNY", True), "b": Ours(1, "CNY", True)},
            [("a", "r1", 1), ("b", "r1", 1)],
            [("a", Match.DUPLICATE), ("b", Match.DUPLICATE)],
        ),
        ({"a": Ours(1, "CNY", True, "r1")}, [("a", "r1", 1)], []),
        ({"a": Ours(1, "CNY", True, "r1")}, [("a", "", 1)], []),
        ({"a": Ours(1, "CNY", True, "SAME")}, [("a", "r1", 1)], [("a", Match.REFERENCE_DIFFERS)]),
        ({"a": Ours(1, "CNY", True, "r2")}, [("a", "r1", 1), ("a", "r2", 1)], [("a", Match.DUPLICATE)]),
        ({"a": Ours(1, "CNY", True), "b": Ours(1, "CNY", True)}, [("a", "", 1), ("b", "", 1)], []),
        ({"a": Ours(1, "CNY", False)}, [], []),
        ({"a": Ours(1, "CNY", False)}, [("a", "r1", 1)], []),
    ],
)
def test_two_books_are_compared(
    ours: dict[str, Ours], theirs: list[tuple[str, str, int]], expected: list[tuple[str, Match]]
) -> None:
    lines = [StatementLine(key, reference, units, "CNY") for key, reference, units in theirs]
    assert [(one.key, one.kind) for one in compare(ours, lines)[2]] == expected


def test_a_difference_stops_what_would_be_sent_next_until_it_is_explained(ctx: Context) -> None:
    here, provider = begun(ctx, 3)
    pay_due(here, KEY)
    stray = provider.books[0]
    provider.books.append(Booked(stray.payment._replace(key="f" * 32), "memory-x", here.clock.now()))
    found = reconcile(here, KEY, "memory", by=FINANCE)
    assert (found.matching, [one.kind for one in found.differences], found.stopped) == (3, [Match.THEIRS_ONLY], True)
    assert reconcile(here, KEY, "memory", by=FINANCE).new == 0, "the same difference is kept once"
    record(here, won(here, 2, draw="second"))
    approved(here)
    pay_due(here, KEY)
    assert states(here) == {"paid": 3, "planned": 2}
    with pytest.raises(NotFound, match="no unexplained difference 7"):
        explain(here, KEY, 7, by=FINANCE, text="x")
    explain(here, KEY, 1, by=FINANCE, text="A test payment of the provider's own")
    pay_due(here, KEY)
    assert states(here) == {"paid": 5}
    assert not reconcile(here, KEY, "memory", by=FINANCE).stopped


def lines_of(provider: MemoryPayouts, **others: int) -> list[StatementLine]:
    """The provider's statement, with lines of its own of so many minor units."""
    return [
        *provider.statement(KEY),
        *(StatementLine(name, f"r-{name}", units, "CNY") for name, units in others.items()),
    ]


def test_who_explained_an_amount_has_not_explained_the_next_of_the_same_key(ctx: Context) -> None:
    here, provider = begun(ctx, 2)
    pay_due(here, KEY)
    first, second = provider.statement(KEY)

    def read(units: int, extra: int) -> Reconciled:
        lines = [replace(first, units=units), second, StatementLine("extra-1", "X1", extra, "CNY")]
        return reconcile(here, KEY, "memory", by=FINANCE, lines=lines)

    assert read(101, 100).new == 2
    for number in (1, 2):
        explain(here, KEY, number, by=FINANCE, text="Charges")
    assert not read(101, 100).stopped
    again = read(77_777_700, 8_888_800)
    assert (again.new, again.gone, again.stopped) == (2, 0, True)
    with here.reading() as session:
        assert {case.difference.theirs for case in cases(session, KEY)} == {77_777_700, 8_888_800}
    assert read(101, 100).stopped is False, "what was explained stays so"
    swapped = [replace(first, units=101, currency="EUR"), second, StatementLine("extra-1", "X2", 100, "CNY")]
    assert reconcile(here, KEY, "memory", by=FINANCE, lines=swapped).new == 2, "another currency, another reference"


def test_a_statement_in_another_order_shows_the_same_differences(ctx: Context) -> None:
    here, provider = begun(ctx, 2)
    pay_due(here, KEY)
    first, second = provider.statement(KEY)
    lines = [first, replace(first, reference="other", units=5), second, replace(second, reference=first.reference)]
    found = reconcile(here, KEY, "memory", by=FINANCE, lines=lines)
    again = reconcile(here, KEY, "memory", by=FINANCE, lines=lines[::-1])
    assert (found.new, again.new, again.gone) == (3, 0, 0)


def test_the_right_statement_takes_back_what_a_wrong_one_has_stopped(ctx: Context) -> None:
    here, provider = begun(ctx, 3)
    pay_due(here, KEY)
    wrong = reconcile(here, KEY, "memory", by=FINANCE, lines=lines_of(provider, other=5)[1:])
    assert (wrong.new, wrong.stopped) == (2, True)
    right = reconcile(here, KEY, "memory", by=FINANCE)
    assert (right.matching, right.gone, right.stopped) == (3, 2, False)
    told = [(entry.object, entry.actor, entry.data) for entry in journal(here, KEY) if "settled_by" in entry.action]
    assert told == [("memory", "opsflow", {"count": 2})]
    assert reconcile(here, KEY, "memory", by=FINANCE, lines=lines_of(provider, other=5)[1:]).new == 2, "and back again"


def refused_and_paid(ctx: Context, rewards: str = "10000") -> tuple[Context, MemoryPayouts, list[StatementLine]]:
    """Two coupons; the provider refuses the first although it pays it: its statement."""
    here, provider = with_memory(ctx)
    campaign(here, rewards)
    first, _ = won(here, 2)
    record(here, won(here, 2))
    approved(here)
    provider.faults = lambda payment: "decline" if payment.key == first.id else "ok"
    pay_due(here, KEY)
    assert states(here) == {"refused": 1, "paid": 1}
    provider.faults = lambda _: "ok"
    return here, provider, [*provider.statement(KEY), StatementLine(first.id, "R351", 100, "CNY")]


def test_what_was_refused_and_is_paid_by_the_statement_is_booked_and_not_asked_for_again(ctx: Context) -> None:
    here, provider, lines = refused_and_paid(ctx)
    award = lines[-1].key

    def say(person: PersonKey, verdict: Verdict = Verdict.PAID) -> PayoutStatus:
        reference = "R351" if verdict is Verdict.PAID else None
        return decide(here, KEY, award, by=person, verdict=verdict, evidence="Statement", reference=reference)

    with pytest.raises(
        NotAsked, match=r"is refused.*once the provider's statement shows it \(`opsflow prizes reconcile`\)"
    ):
        say(FINANCE)
    reconcile(here, KEY, "memory", by=FINANCE, lines=lines)
    explain(here, KEY, 1, by=FINANCE, text="Refused, but paid")
    with pytest.raises(LeftOut, match=f"1 refused payouts stand as paid.*decide small-campaign {award} --paid R351"):
        approved(here, again=True)
    record(here, won(here, 1, draw="second"))
    assert approved(here, again=True).count == 1, "the others are asked for"
    with pytest.raises(NotAsked):
        say(FINANCE, Verdict.NOT_PAID)
    assert say(FINANCE) is PayoutStatus.REFUSED
    assert say(SECOND) is PayoutStatus.PAID
    pay_due(here, KEY)
    assert (states(here), provider.paid().total()) == ({"paid": 3}, 2)
    assert_sound(here)
    known = [*lines, *(line for line in provider.statement(KEY) if line not in lines)]
    done = reconcile(here, KEY, "memory", by=FINANCE, lines=known)
    assert (done.matching, done.differences, done.stopped) == (3, (), False)


def test_what_was_asked_for_again_before_the_statement_came_is_held_back(ctx: Context) -> None:
    """Whoever explains the difference does not let the second payment go."""
    here, provider, lines = refused_and_paid(ctx)
    award = lines[-1].key
    approved(here, again=True)
    done = reconcile(here, KEY, "memory", by=FINANCE, lines=lines)
    assert (done.held_back, states(here)) == (1, {"needs_human": 1, "paid": 1})
    explain(here, KEY, 1, by=FINANCE, text="Refused, but paid")
    pay_due(here, KEY)
    rounds(here, 3)
    assert provider.paid()[f"{award}-1"] == 0
    with here.reading() as session:
        (waiting,) = in_doubt(session, KEY)
    assert f"the statement shows {award}, an earlier key of it, as paid" in waiting.reason
    for person in (FINANCE, SECOND):
        decide(here, KEY, award, by=person, verdict=Verdict.PAID, evidence="Statement", reference="R351")
    assert states(here) == {"paid": 2}
    assert_sound(here)


def test_what_has_another_earlier_key_or_was_sent_is_not_held_back(ctx: Context) -> None:
    here, _, lines = refused_and_paid(ctx)
    approved(here, again=True)
    strange = [*lines[:-1], StatementLine(f"{lines[-1].key}-1x", "R351", 100, "CNY")]
    assert reconcile(here, KEY, "memory", by=FINANCE, lines=strange).held_back == 0
    explain(here, KEY, 1, by=FINANCE, text="Not ours")
    pay_due(here, KEY)
    assert states(here) == {"paid": 2}
    assert reconcile(here, KEY, "memory", by=FINANCE, lines=lines).held_back == 0


def test_booking_what_was_refused_explains_the_open_difference_and_needs_the_money(ctx: Context) -> None:
    here, _, lines = refused_and_paid(ctx, "2")
    reconcile(here, KEY, "memory", by=FINANCE, lines=lines)
    record(here, won(here, 1, draw="second"))  # takes what the refusal had freed
    award = lines[-1].key
    decide(here, KEY, award, by=FINANCE, verdict=Verdict.PAID, evidence="Statement", reference="R351")
    with pytest.raises(NotCovered, match=r"has CNY 0\.00 left\. Raise it"):
        decide(here, KEY, award, by=SECOND, verdict=Verdict.PAID, evidence="Statement", reference="R351")
    with here.transaction() as session:
        set_file(session, KEY, file(budget={"lines": [{"line": "rewards", "amount": "3"}]}))
    decide(here, KEY, award, by=SECOND, verdict=Verdict.PAID, evidence="Statement", reference="R351")
    assert_sound(here)
    with here.reading() as session:
        assert cases(session, KEY) == ()


def test_a_later_statement_without_it_lets_what_was_refused_be_asked_for_again(ctx: Context) -> None:
    here, provider, lines = refused_and_paid(ctx)
    reconcile(here, KEY, "memory", by=FINANCE, lines=lines)
    assert reconcile(here, KEY, "memory", by=FINANCE).gone == 1
    approved(here, again=True)
    pay_due(here, KEY)
    assert (states(here), provider.paid().total()) == ({"paid": 2}, 2)


def test_a_statement_of_nobody_there_is_refused_with_the_names_of_those_there_are(ctx: Context) -> None:
    here, provider = begun(ctx, 2)
    pay_due(here, KEY)
    lines = list(provider.statement(KEY))
    with pytest.raises(NotFound, match=r"no payout provider memori here.*\(those there are: memory\)"):
        reconcile(here, KEY, "memori", by=FINANCE, lines=lines)
    gone = paying(here, MemoryPayouts(here.clock, "other"))
    with pytest.raises(NotFound, match=r"those there are: other\)\. One that it names no more"):
        reconcile(gone, KEY, "memory", by=FINANCE)
    assert reconcile(gone, KEY, "memory", by=FINANCE, lines=lines).matching == 2, "the campaign's payouts name it"
    with pytest.raises(NotFound, match="those there are: memory, other"):
        reconcile(gone, KEY, "bnak", by=FINANCE, lines=lines)


def test_a_statement_without_a_line_is_refused_while_something_is_paid_or_differs(ctx: Context) -> None:
    here, provider = begun(ctx, 1)
    assert reconcile(here, KEY, "memory", by=FINANCE, lines=[]).differences == (), "nothing is paid yet"
    stray = [StatementLine("x", "r", 100, "CNY")]
    reconcile(here, KEY, "memory", by=FINANCE, lines=stray)
    with pytest.raises(BadInput, match="0 payments through it are paid here, and 1 differences"):
        reconcile(here, KEY, "memory", by=FINANCE, lines=[])
    assert reconcile(here, KEY, "memory", by=FINANCE, lines=[], empty=True).gone == 1
    pay_due(here, KEY)
    provider.books.clear()
    nothing: list[StatementLine] = []
    for lines in (None, nothing):
        with pytest.raises(BadInput, match=r"memory has no line, but 1 payments.*`--empty`"):
            reconcile(here, KEY, "memory", by=FINANCE, lines=lines)
    with here.reading() as session:
        assert cases(session, KEY) == ()
    assert reconcile(here, KEY, "memory", by=FINANCE, empty=True).new == 1


class Same(MemoryPayouts):
    """Gives every payment the same reference, and has others in its books."""

    def pay(self, payments: Sequence[Payment], *, until: datetime) -> Mapping[str, PayoutOutcome]:
        told = super().pay(payments, until=until)
        return {
            key: Accepted("SAME", one.units, one.currency) for key, one in told.items() if isinstance(one, Accepted)
        }


def test_a_reference_that_the_statement_does_not_have_is_a_difference_of_its_own(ctx: Context) -> None:
    here = paying(ctx, Same(ctx.clock, batch=1))
    campaign(here)
    record(here, won(here, 3))
    approved(here)
    pay_due(here, KEY)
    assert states(here) == {"paid": 3}
    done = reconcile(here, KEY, "memory", by=FINANCE)
    assert (done.matching, done.stopped) == (0, True)
    with here.reading() as session:
        found = [case.difference for case in cases(session, KEY)]
    said = {(one.kind, one.our_reference, one.reference) for one in found}
    assert said == {(Match.REFERENCE_DIFFERS, "SAME", f"memory-{number}") for number in (1, 2, 3)}
    assert "reference_differs, our reference SAME, theirs memory-" in case_line(
        Case(1, "memory", found[0], here.clock.now())
    )


class Slow(MemoryPayouts):
    """Something is paid while its statement is on its way."""

    paying: Context

    def statement(self, campaign: CampaignKey) -> list[StatementLine]:
        told = list(super().statement(campaign))
        wait(self.paying, seconds=1)
        pay_due(self.paying, campaign)
        return told


def test_what_is_paid_while_the_provider_writes_its_statement_is_no_difference(ctx: Context) -> None:
    provider = Slow(ctx.clock)
    here = provider.paying = paying(ctx, provider)
    campaign(here)
    record(here, won(here, 3))
    approved(here)
    done = reconcile(here, KEY, "memory", by=FINANCE)
    assert (done.matching, done.under_way, done.differences, done.stopped) == (0, 3, (), False)
    assert reconcile(here, KEY, "memory", by=FINANCE).matching == 3


def test_a_statement_that_lists_more_than_there_is_money_is_a_difference(ctx: Context) -> None:
    """The same line a second time, each of the most that a column holds."""
    here, _ = begun(ctx, 1)
    line = StatementLine("x", "r", MOST, "CNY")
    done = reconcile(here, KEY, "memory", by=FINANCE, lines=[line, line])
    assert [each.kind.value for each in done.differences] == ["theirs_only", "duplicate"]


def test_a_statement_that_is_given_as_a_file_is_held_against_the_same_books(ctx: Context) -> None:
    here, provider = begun(ctx, 2)
    pay_due(here, KEY)
    found = reconcile(here, KEY, "memory", by=FINANCE, lines=list(provider.statement(KEY))[:1])
    assert [one.kind for one in found.differences] == [Match.OURS_ONLY]


def told(ctx: Context) -> list[tuple[str, str]]:
    """Template and person of every notice, in order."""
    with ctx.reading() as session:
        rows = session.execute(sa.select(OutboxRow.template, OutboxRow.person).order_by(OutboxRow.id))
        return [(template, person) for template, person in rows]


def test_finance_hears_of_a_list_and_whoever_has_to_decide_of_a_doubt_once(ctx: Context) -> None:
    here, _, _ = in_doubt_one(ctx)
    rounds(here, 2)
    assert sorted(told(here)) == [
        ("payouts_in_doubt", "finance-deputy"),
        ("payouts_in_doubt", "finance-head"),
        ("payouts_in_doubt", "manager"),
        ("payouts_requested", "finance-deputy"),
        ("payouts_requested", "finance-head"),
    ]


def test_who_asked_for_a_list_and_finance_hear_once_that_all_of_it_is_paid(ctx: Context) -> None:
    here, _ = begun(ctx, 5, batch=2)
    assert pay_due(here, KEY, chunks=2).moved == {PayoutStatus.PAID: 4}
    assert "payouts_finished" not in {template for template, _ in told(here)}
    rounds(here, 3)
    heard = sorted(person for template, person in told(here) if template == "payouts_finished")
    assert heard == ["finance-deputy", "finance-head", "manager"]
    record(here, won(here, 1, draw="second"))
    approved(here)
    rounds(here, 1)
    assert len([template for template, _ in told(here) if template == "payouts_finished"]) == 6, "another list"


def test_a_list_is_over_when_people_have_decided_the_last_of_it(ctx: Context) -> None:
    here, _, award = in_doubt_one(ctx)
    rounds(here, 2)
    for person in (FINANCE, SECOND):
        assert "payouts_finished" not in {template for template, _ in told(here)}
        decide(here, KEY, award, by=person, verdict=Verdict.NOT_PAID, evidence="Their ledger")
    with here.reading() as session:
        (said,) = {str(data) for data in session.scalars(
            sa.select(OutboxRow.data).where(OutboxRow.template == "payouts_finished")
        )}  # fmt: skip
    assert "'refused': 1" in said


def test_the_brake_is_heard_at_any_hour_though_the_campaign_is_paused(ctx: Context) -> None:
    here, _ = begun(ctx, 1)
    brake(here, KEY, by=MANAGER, reason="Stolen key")
    people = {person for template, person in told(here) if template == "payouts_braked"}
    assert people == {"finance-deputy", "finance-head", "manager", "pmo", "sponsor"}
    with here.reading() as session:
        rows = session.execute(
            sa.select(OutboxRow.urgent, OutboxRow.hours).where(OutboxRow.template == "payouts_braked")
        )
        assert {tuple(row) for row in rows} == {(True, "0:00-24:00")}
