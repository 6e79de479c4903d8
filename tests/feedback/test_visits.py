"""Return visits: nobody picks who is called, nobody is called against their will, one visit has one outcome."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.context import Context
from opsflow.db.tables import ContactRow, ParticipantRow, VisitRow, VisitTryRow, WakeRow
from opsflow.engine.record import journal
from opsflow.feedback.visits import service, store
from opsflow.feedback.visits.model import (
    MOST_TRIES,
    Tried,
    Visit,
    VisitChannel,
    VisitOutcome,
    VisitSettled,
    chosen,
    shared_out,
    tried_again,
)
from opsflow.feedback.visits.service import calls, import_visits, list_visits, offers, record, standing
from opsflow.feedback.voices.service import heard
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import PersonKey
from opsflow.participants.service import import_participants
from opsflow.prizes.service import erase
from tests.engine.small import KEY, MANAGER, begin, in_workspace
from tests.engine.together import errors, together

AFTER = datetime(2026, 8, 28, 2, tzinfo=UTC)
"""Friday 10:00 in Shanghai, the day after the end."""
AGENT = PersonKey("customer_service-deputy")
PHONE = VisitChannel.TELEPHONE


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    """Ten who agree to be contacted, one who does not, one who is blocked by their status."""
    context = in_workspace(ctx, tmp_path / "ws")
    begin(context, feedback={"visits": 4})
    crowd = [{"account": f"u{n}", "phone": f"1380000000{n}", "consent": "yes"} for n in range(10)]
    crowd += [{"account": "silent"}, {"account": "out", "consent": "yes", "status": "refused"}]
    import_participants(context, KEY, (Row(n, row) for n, row in enumerate(crowd, 2)), by=MANAGER)
    context.clock.move_to(AFTER)  # type: ignore[attr-defined]
    return context


def take(ctx: Context, *values: dict[str, str]) -> tuple[Imported, list[tuple[int, str]]]:
    refused: list[Rejected] = []
    done = import_visits(
        ctx, KEY, [Row(line, row) for line, row in enumerate(values, 2)], by=AGENT, reject=refused.append
    )
    return done, [(one.line, one.reason) for one in refused]


def to_call(ctx: Context) -> list[str]:
    return sorted(each.contact["account"] for each in calls(ctx, KEY, by=AGENT))


def reach(ctx: Context, who: str, outcome: VisitOutcome = VisitOutcome.REACHED, **more: object) -> Visit:
    return record(ctx, KEY, who, by=AGENT, channel=PHONE, outcome=outcome, **more)  # type: ignore[arg-type]


def again(outcome: VisitOutcome, *, minute: int = 0, before: Visit | None = None, offer: bool = False) -> Visit | None:
    visit = before or Visit("v", "p", AGENT)
    return tried_again(visit, Tried(AFTER + timedelta(minutes=minute), PHONE, outcome), offer=offer)


def test_the_third_time_that_nobody_answers_ends_it_and_any_other_outcome_does_at_once() -> None:
    visit: Visit | None = None
    for minute in range(MOST_TRIES):
        visit = again(VisitOutcome.NO_ANSWER, minute=minute, before=visit)
        assert visit is not None
        assert visit.outcome == (VisitOutcome.NO_ANSWER if minute == MOST_TRIES - 1 else None)
    for outcome in set(VisitOutcome) - {VisitOutcome.NO_ANSWER}:
        ended = again(outcome)
        assert ended is not None
        assert ended.outcome is outcome
        assert again(outcome, before=ended) is None, "the same attempt again"
        with pytest.raises(VisitSettled, match="That visit is settled"):
            again(VisitOutcome.REACHED, minute=5, before=ended)
    with pytest.raises(BadInput, match="Which one is right"):
        again(VisitOutcome.REACHED, before=again(VisitOutcome.NO_ANSWER))
    with pytest.raises(BadInput, match="only who was reached"):
        again(VisitOutcome.REFUSED, offer=True)


def test_who_is_called_follows_from_campaign_and_id_alone_and_agents_share_evenly() -> None:
    crowd = [f"{n:032x}" for n in range(200)]
    assert chosen(KEY, reversed(crowd), 20) == chosen(KEY, crowd, 40)[:20]
    assert chosen(KEY, crowd, 20) != crowd[:20]
    loads = {PersonKey("a"): 3, PersonKey("b"): 0}
    assert shared_out(5, loads).count(PersonKey("b")) == 4


def test_only_who_agrees_is_listed_and_the_same_number_again_changes_nothing(here: Context) -> None:
    assert list_visits(here, KEY, None, by=MANAGER) == service.Listed(4, 4)
    first = to_call(here)
    assert list_visits(here, KEY, 4, by=MANAGER) == service.Listed(0, 4)
    assert list_visits(here, KEY, 50, by=MANAGER) == service.Listed(6, 10)
    assert set(first) < set(to_call(here)) == {f"u{n}" for n in range(10)}
    assert [(load.agent, load.listed) for load in standing(here, KEY)] == [(AGENT, 10)], "the head only alone"


def test_who_takes_consent_back_or_is_erased_is_on_no_list_and_no_export_and_waited_for_no_more(here: Context) -> None:
    """M21."""
    list_visits(here, KEY, 10, by=MANAGER)
    for who in ("u1", "u2", "u3"):
        reach(here, who, offer=True, note=f"{who} wants the page faster")
    import_participants(here, KEY, [Row(2, {"account": "u1", "consent": "no"}), Row(3, {"account": "u4", "consent": "no"})], by=MANAGER)  # fmt: skip
    erase(here, KEY, "u2", by=MANAGER)
    erase(here, KEY, "u5", by=MANAGER)
    assert reach(here, "u6", VisitOutcome.WITHDRAWN).outcome is VisitOutcome.WITHDRAWN
    assert [each.contact["account"] for each in offers(here, KEY, by=MANAGER)] == ["u3"]
    assert to_call(here) == ["u0", "u7", "u8", "u9"]
    with here.reading() as session:
        nobodys = sa.select(VisitRow.outcome, VisitRow.offer).where(VisitRow.participant.is_(None))
        assert sorted(map(tuple, session.execute(nobodys))) == [("reached", False), ("withdrawn", False)], "u2, u5"
        assert store.open_visits(session, KEY) == 4
        asked = sa.select(ParticipantRow.consent).join(ContactRow, ContactRow.participant == ParticipantRow.id)
        assert list(session.scalars(asked)).count(True) == 6, "u1, u4, u6 took it back; silent never gave it"
    reach(here, "u7", VisitOutcome.NO_ANSWER)
    again_on = list_visits(here, KEY, 50, by=MANAGER)
    assert (again_on.new, to_call(here)) == (0, ["u0", "u7", "u8", "u9"])


def test_what_is_said_on_the_telephone_is_kept_as_their_words_and_not_in_the_journal(here: Context) -> None:
    list_visits(here, KEY, 10, by=MANAGER)
    reach(here, "u1", note="快递太慢")
    found = heard(here, KEY, by=MANAGER)[1][0]
    assert (found.text, found.topic, found.source) == ("快递太慢", "delivery", "visit")
    lines = [each for each in journal(here, KEY) if each.action.startswith("visits.")]
    assert [each.data for each in lines] == [{"visits": 10, "agents": 1}, {"listed": 0, "tries": 1, "settled": 1}]


def test_a_file_lists_and_records_and_the_same_file_twice_changes_nothing(here: Context) -> None:
    rows = [
        {"account": "U1"},
        {"电话": "x", "account": "u1"},
        {"phone": "+86 138 0000 0002", "at": "2026-08-28 09:00", "channel": "电话", "outcome": "已接通", "note": "=1+1", "offer": "是"},
        {"account": "u3", "agent": "manager"},
        {"account": "u3", "at": "2026-08-28T09:00", "channel": "chat", "outcome": "no_answer"},
        {"account": "silent"},
        {"account": "nobody"},
        {"account": "u4", "outcome": "maybe", "channel": "chat", "at": "2026-08-28T09:00"},
        {"account": "u4", "outcome": "reached", "channel": "pigeon", "at": "2026-08-28T09:00"},
        {"account": "u4", "outcome": "reached", "channel": "chat"},
        {"account": "u4", "outcome": "reached", "channel": "chat", "at": "2026-08-28T19:00"},
        {"account": "u4", "channel": "chat"},
        {"account": "u4", "agent": "stranger"},
        {"account": "u4", "outcome": "refused", "channel": "chat", "at": "2026-08-28T09:00", "offer": "yes"},
        {"name": "Li"},
    ]  # fmt: skip
    done, why = take(here, *rows)
    reasons = dict(why)
    assert done == Imported(added=2, changed=2, rejected=11)
    for line, reason in {
        3: "there is no column `电话`", 7: "do not agree to be contacted", 8: "nobody who takes part",
        9: "`outcome` is one of reached, no_answer", 10: "`channel` is one of chat, telephone, e-mail",
        11: "when was it?", 12: "lies ahead", 13: "`outcome` is empty", 14: "stranger is nobody in Company",
        15: "only who was reached", 16: "it names nobody",
    }.items():  # fmt: skip
        assert reason in reasons[line]
    assert take(here, *rows)[0] == Imported(known=4, rejected=11)
    assert {load.agent: load.listed for load in standing(here, KEY)} == {AGENT: 2, MANAGER: 1}
    with here.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(VisitTryRow)) == 2
    assert heard(here, KEY, by=MANAGER)[1][0].text == "=1+1"


def attempts(ctx: Context) -> list[str]:
    with ctx.reading() as session:
        return list(session.scalars(sa.select(VisitTryRow.outcome)))


def test_agents_who_settle_one_visit_at_one_moment_settle_it_once(here: Context) -> None:
    list_visits(here, KEY, 10, by=MANAGER)
    ways: list[Callable[[], object]] = [
        partial(reach, here, "u1", outcome)
        for outcome in (VisitOutcome.REACHED, VisitOutcome.REFUSED, VisitOutcome.WRONG_CONTACT, VisitOutcome.WITHDRAWN)
    ]
    outcomes = together(*ways)
    assert [type(each) for each in errors(outcomes)] == [VisitSettled] * 3
    assert len(attempts(here)) == 1
    with here.reading() as session:
        assert [dict(load.outcomes) for load in store.loads(session, KEY)] == [{VisitOutcome(attempts(here)[0]): 1}]


def test_whoever_had_looked_before_the_other_wrote_is_stopped_by_the_database(here: Context) -> None:
    """The control: without the campaign held, both have seen the visit open."""
    list_visits(here, KEY, 10, by=MANAGER)
    with here.reading() as session:
        [seen] = store.visits(session, KEY, [each.participant for each in calls(here, KEY, by=AGENT)][:1]).values()
    assert seen.participant is not None
    reach(here, seen.participant, VisitOutcome.REFUSED)
    late = again(VisitOutcome.REACHED, before=seen, offer=True)
    assert late is not None
    with pytest.raises(sa.exc.IntegrityError), here.transaction() as session:
        store.add_tries(session, KEY, [(late, 1, AGENT)])
    with here.transaction() as session:
        store.settle(session, KEY, [late])
    assert (attempts(here), offers(here, KEY, by=MANAGER)) == (["refused"], [])


def test_the_last_outcome_wakes_the_closing_stage(here: Context) -> None:
    def wakes() -> int:
        with here.reading() as session:
            asked = (
                sa.select(sa.func.count())
                .select_from(WakeRow)
                .where(WakeRow.stage == "closing", WakeRow.not_before == AFTER)
            )
            return session.scalars(asked).one()

    list_visits(here, KEY, 2, by=MANAGER)
    one, two = to_call(here)
    reach(here, one)
    assert wakes() == 0
    reach(here, two)
    assert wakes() == 1


def test_what_cannot_be_is_refused_with_the_way_out(here: Context) -> None:
    with pytest.raises(NotFound, match="is on no list"):
        reach(here, "u1")
    with pytest.raises(BadInput, match="stranger is nobody"):
        list_visits(here, KEY, 1, by=MANAGER, agents=[PersonKey("stranger")])
    with pytest.raises(BadInput, match="How many"):
        list_visits(here, KEY, 0, by=MANAGER)
    with pytest.raises(Refused, match="Who can"):
        offers(here, KEY, by=PersonKey("executor"))
    sooner = replace(here, clock=VirtualClock(AFTER - timedelta(days=10)))
    with pytest.raises(Conflict, match="not launched"):
        list_visits(sooner, KEY, 1, by=MANAGER)
