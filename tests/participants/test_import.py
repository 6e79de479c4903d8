"""Participants and results come in from files: once, in one form, with a reason for what is not taken."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.tables import ContactRow, ParticipantRow, ResultRow
from opsflow.engine.record import journal
from opsflow.kernel.errors import Conflict, NotFound, Refused
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey
from opsflow.participants import service, store
from opsflow.participants.model import Participant, ParticipantStatus
from opsflow.participants.service import decide, find, import_participants, import_results
from tests.engine.small import KEY, LEGAL, MANAGER, begin, in_workspace

CANARY = ("Canary Wang", "canary@example.com", "13900000001")


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    """The small campaign, started."""
    context = in_workspace(ctx, tmp_path / "ws")
    begin(context)
    return context


def given(*values: dict[str, str]) -> Iterable[Row]:
    return [Row(line, row) for line, row in enumerate(values, 2)]


def take(ctx: Context, *values: dict[str, str]) -> tuple[Imported, list[tuple[int, str]]]:
    refused: list[Rejected] = []
    done = import_participants(ctx, KEY, given(*values), by=MANAGER, reject=refused.append)
    return done, [(one.line, one.reason) for one in refused]


def results(ctx: Context, *values: dict[str, str], add: bool = False) -> tuple[Imported, list[tuple[int, str]]]:
    refused: list[Rejected] = []
    done = import_results(ctx, KEY, given(*values), by=MANAGER, add=add, reject=refused.append)
    return done, [(one.line, one.reason) for one in refused]


def found(ctx: Context, text: str) -> Participant:
    with ctx.transaction() as session:
        return find(session, KEY, text)


def test_the_same_file_twice_changes_nothing(here: Context) -> None:
    """M4: yesterday's file is replayed."""
    rows = [{"account": f"u{n}", "email": f"u{n}@example.com", "paying": "yes"} for n in range(5)]
    assert take(here, *rows) == (Imported(added=5), [])
    assert take(here, *rows) == (Imported(known=5), [])


@pytest.mark.parametrize("account", ["ALICE", "Ａlice", " alice ", "ali\u200bce"])
def test_another_way_of_writing_is_the_same_person(here: Context, account: str) -> None:
    take(here, {"account": "alice"})
    assert take(here, {"account": account}, {"account": "alice"})[1] == [(3, "the account stands in line 2 already")]
    assert found(here, account).id == found(here, "alice").id


def test_one_person_with_two_accounts_is_refused(here: Context) -> None:
    first = {"account": "a", "email": "li@example.com", "phone": "13800138000"}
    done, why = take(here, first, {"account": "b", "email": "LI+win@example.com"})
    assert (done, why[0][0]) == (Imported(added=1, rejected=1), 3)
    assert "the e-mail address is another participant's" in why[0][1]
    done, why = take(here, {"account": "c", "phone": "+86 138 0013 8000"})
    assert "the telephone number is another participant's" in why[0][1]


def test_consent_is_given_and_taken_back_by_a_file_that_says_so_and_by_no_other(here: Context) -> None:
    """M21: whoever takes it back is asked nothing more after the campaign."""
    for said, stands in (({}, False), ({"consent": "yes"}, True), ({}, True), ({"consent": "否"}, False)):
        take(here, {"account": "a"} | said)
        assert found(here, "a").consent is stands


def test_what_a_later_file_says_is_brought_up_to_date_and_what_it_does_not_say_stays(here: Context) -> None:
    take(here, {"account": "a", "email": "old@example.com", "paying": "yes", "device": "d1"})
    done, _ = take(here, {"account": "a", "email": "new@example.com"})
    assert done == Imported(changed=1)
    assert (found(here, "new@example.com").paying, found(here, "a").device is not None) == (True, True)
    with pytest.raises(NotFound):
        found(here, "old@example.com")


def test_a_bad_row_is_refused_with_its_line_and_the_others_are_taken(here: Context) -> None:
    done, refused = take(here, {"account": "a", "email": "nope"}, {"account": "good"})
    assert (done, refused) == (Imported(added=1, rejected=1), [(2, "the e-mail address has no form of one")])
    done, refused = results(here, {"account": "good", "orders": "-1"}, {"account": "good", "orders": "1"})
    assert (done.added, done.rejected, refused[0][0]) == (1, 1, 2)


def test_without_registration_whoever_is_imported_takes_part(here: Context) -> None:
    take(here, {"account": "a"}, {"account": "b", "status": "received"})
    assert found(here, "a").status is ParticipantStatus.JOINED
    assert decide(here, KEY, ["b"], ParticipantStatus.APPROVED, by=MANAGER) == [found(here, "b").id]
    assert decide(here, KEY, [], ParticipantStatus.JOINED, by=MANAGER) == [found(here, "b").id]
    assert decide(here, KEY, [], ParticipantStatus.JOINED, by=MANAGER) == []


def test_nobody_is_moved_when_one_of_them_is_nobody(here: Context) -> None:
    take(here, {"account": "b", "status": "received"})
    with pytest.raises(NotFound):
        decide(here, KEY, ["b", "ghost"], ParticipantStatus.APPROVED, by=MANAGER)
    assert found(here, "b").status is ParticipantStatus.RECEIVED


def test_results_are_replaced_by_day_and_an_unknown_account_is_told(here: Context) -> None:
    take(here, {"account": "a"})
    day = {"account": "A", "day": "2026-08-24"}
    assert results(here, day | {"orders": "2", "points": "10"}) == (Imported(added=2), [])
    assert results(here, day | {"orders": "3", "points": "10"}) == (Imported(changed=1, known=1), [])
    done, why = results(here, {"account": "ghost", "orders": "1"})
    assert (done, why[0][0]) == (Imported(rejected=1), 2)
    assert results(here, {"account": "ghost", "orders": "1"}, add=True)[0] == Imported(added=1)
    with here.transaction() as session:
        assert store.measure_sums(session, KEY) == {"orders": (2, 4), "points": (1, 10)}


def test_a_result_without_a_day_is_of_the_day_it_was_reached_on_in_the_campaigns_zone(here: Context) -> None:
    results(here, {"account": "a", "reached_at": "2026-08-24T23:30:00+00:00", "orders": "1"}, add=True)
    with here.transaction() as session:
        stored = session.execute(sa.select(ResultRow.day, ResultRow.reached_at)).one()
    assert stored == (date(2026, 8, 25), datetime(2026, 8, 24, 23, 30, tzinfo=UTC))


def test_what_was_taken_before_a_file_broke_stays_and_it_goes_on_from_there(
    here: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CHUNK", 2)
    rows = [{"account": f"u{n}"} for n in range(5)]

    def broken() -> Iterable[Row]:
        yield from list(given(*rows))[:3]
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        import_participants(here, KEY, broken(), by=MANAGER)
    assert take(here, *rows)[0] == Imported(added=3, known=2)


def test_who_may(here: Context) -> None:
    with pytest.raises(Refused, match="cannot import participants"):
        import_participants(here, KEY, given({"account": "a"}), by=LEGAL)
    with pytest.raises(NotFound):
        import_participants(here, CampaignKey("nothing"), given({"account": "a"}), by=MANAGER)
    with here.transaction() as session:
        assert store.counts(session, KEY) == {"blocked": 0, "paying": 0}


def test_nobody_comes_in_when_it_is_over(here: Context) -> None:
    with here.transaction() as session:
        session.execute(sa.text("update campaigns set status = 'cancelled'"))
    with pytest.raises(Conflict, match="cancelled"):
        take(here, {"account": "a"})


def columns(ctx: Context) -> Sequence[str]:
    with ctx.transaction() as session:
        tables = (ParticipantRow, ResultRow, ContactRow)
        return [str(row) for table in tables for row in session.execute(sa.select(*table.__table__.columns))]


def test_personal_data_stand_in_one_table_and_are_erased_from_it(here: Context) -> None:
    """P1 and P2 of reliability.md: names and addresses are nowhere else, and nowhere at all afterwards."""
    name, email, phone = CANARY
    take(here, {"account": "canary-1", "name": name, "email": email, "phone": phone, "device": "canary-device"})
    results(here, {"account": "canary-1", "orders": "1"})
    who = found(here, email)
    said = [each for each in columns(here) if "canary" in each.casefold() or phone in each]
    assert len(said) == 1
    with here.transaction() as session:
        held = load_campaign(session, KEY)
        service.erase(session, held, who.id, by=MANAGER, now=here.clock.now())
    assert not [each for each in columns(here) if "canary" in each.casefold() or phone in each]
    entries = journal(here, KEY)
    assert not [entry for entry in entries if "canary" in str(entry).casefold() or phone in str(entry)]
    with pytest.raises(NotFound):
        found(here, email)
    assert found(here, who.id).status is ParticipantStatus.ERASED
