"""A winner says where a prize goes, by a link of their own; what nobody claims in time goes to the next, once."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from opsflow.bootstrap import use_context
from opsflow.campaigns.model import Prize
from opsflow.cli.drawview import where_text
from opsflow.context import Context
from opsflow.db.tables import AwardRow, PayeeRow
from opsflow.engine.distribution import distribute
from opsflow.engine.record import journal
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.money import Money
from opsflow.kernel.signing import Altered, Expired, Signed, sign
from opsflow.outbox.links import secret
from opsflow.prizes.claims.model import checked, fields_of
from opsflow.prizes.claims.service import TooLate, claim, invitations, lapse_all, lapse_due, read_claim
from opsflow.prizes.draws import store as draws
from opsflow.prizes.draws.checking import verified
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.service import look_up, perform, proof, replace_winner, seal
from opsflow.prizes.letters.service import letters
from opsflow.prizes.payouts.holds.service import brake, resume
from opsflow.prizes.payouts.holds.store import Braked
from opsflow.prizes.payouts.lists.model import NothingDue
from opsflow.prizes.payouts.service import pay_due
from opsflow.prizes.service import erase
from tests.campaigns.planning import organisation
from tests.cli.desk import said
from tests.engine.small import KEY, LEGAL, MANAGER
from tests.prizes.drawing import EVERYBODY, LOTTERY, NUMBER, crowd, drawing, evening, play
from tests.prizes.paying import FINANCE, SECOND, approved, states, with_memory

FUNDED = {
    "org": organisation(permissions={"finance": [FINANCE, SECOND]}),
    "budget": {"lines": [{"line": "rewards", "amount": "100"}]},
}
PARCEL = {"name": "Li  Lei", "phone": "+86 138 0013 8000", "address": "Street 1\nTown", "tax_id": "11010519900101123x"}


def prize(kind: str, *, taxable: bool = False) -> Prize:
    return Prize.model_validate(
        {"id": "abc", "title": "x", "kind": kind, "quantity": "1", "unit_value": "1", "taxable": taxable}
    )


def won(ctx: Context, folder: Path, people: int = 8) -> Context:
    """Drawn on the 28th: a phone, two mugs, two alternates."""
    here = drawing(ctx, folder, LOTTERY)
    here = replace(
        here,
        settings=here.settings.model_copy(
            update={"public_url": "https://example.com/prizes", "secret": SecretStr("s" * 40)}
        ),
    )
    play(here, *crowd(people, orders="1"))
    freeze(here, KEY, "lots", by=MANAGER)
    seal(here, KEY, "lots", winners=3, cost=Money(129_000, "CNY"), by=MANAGER)
    evening(here, "28", 16)
    perform(here, KEY, "lots", number=NUMBER, by=MANAGER)
    return here


def tokens(ctx: Context) -> list[str]:
    return [each.link.rpartition("/")[2] for each in invitations(ctx, KEY, by=MANAGER)]


def stands(ctx: Context, who: str) -> str:
    """What customer service is told of somebody."""
    return "\n".join(where_text(*look_up(ctx, KEY, who, by=LEGAL)))


def until(ctx: Context, day: int, hour: int, minute: int) -> None:
    """Let time pass, to an hour of September in UTC."""
    assert isinstance(ctx.clock, VirtualClock)
    ctx.clock.move_to(datetime(2026, 9, day, hour, minute, tzinfo=UTC))


def statuses(ctx: Context) -> list[tuple[int, str]]:
    with ctx.transaction() as session:
        rows = session.execute(sa.select(AwardRow.rank, AwardRow.status).order_by(AwardRow.rank, AwardRow.status))
        return [(row.rank, row.status) for row in rows]


@pytest.mark.parametrize(
    ("kind", "taxable", "fields"),
    [
        ("physical", False, ("name", "phone", "address")),
        ("physical", True, ("name", "phone", "address", "tax_id")),
        ("cash", True, ("name", "account", "tax_id")),
        ("coupon", True, ()),
    ],
)
def test_only_what_the_prize_needs_is_asked(kind: str, taxable: bool, fields: tuple[str, ...]) -> None:
    assert fields_of(prize(kind, taxable=taxable)) == fields


def test_what_is_written_is_read_in_one_form_and_nothing_else_is_kept() -> None:
    found = checked(prize("physical", taxable=True), PARCEL | {"hobby": "chess"})
    assert found.mistakes == {}
    assert found.values == {
        "name": "Li Lei", "phone": "13800138000", "address": "Street 1 Town", "tax_id": "11010519900101123X",
    }  # fmt: skip


def test_each_mistake_is_told_at_its_field() -> None:
    given = {"name": "\u200b ", "phone": "none", "address": "x" * 501, "tax_id": "12"}
    found = checked(prize("physical", taxable=True), given)
    assert found.mistakes == {"name": "missing", "phone": "form", "address": "long", "tax_id": "form"}
    assert len(found.values["address"]) == 500


def test_a_winner_claims_and_corrects_until_it_is_paid(ctx: Context, tmp_path: Path) -> None:
    here = won(ctx, tmp_path)
    invited = invitations(here, KEY, by=MANAGER)
    assert [each.prize.id for each in invited] == ["phone", "mug", "mug"]
    assert invited[0].link.startswith("https://example.com/prizes/claims/")
    token = invited[0].link.rpartition("/")[2]
    assert claim(here, token, PARCEL | {"name": ""}).mistakes == {"name": "missing"}
    assert statuses(here)[0] == (1, "won")
    assert claim(here, token, PARCEL).mistakes == {}
    assert read_claim(here, token).is_claimed
    assert len(invitations(here, KEY, by=MANAGER)) == 2
    for _ in range(3):  # pressed again, it is no other correction
        claim(here, token, PARCEL | {"address": "Street 2"})
    with here.transaction() as session:
        (kept,) = session.scalars(sa.select(PayeeRow.data))
    assert kept is not None
    assert (kept["address"], kept["phone"]) == ("Street 2", "13800138000")
    entries = [entry for entry in journal(here, KEY) if entry.action.startswith("award.")]
    assert [entry.action for entry in entries] == ["award.claimed", "award.corrected"]
    assert "Street" not in str(entries)


def test_a_link_is_for_one_award_of_one_winner(ctx: Context, tmp_path: Path) -> None:
    here = won(ctx, tmp_path)
    first, second, _ = invitations(here, KEY, by=MANAGER)
    mine, theirs = (read_claim(here, each).won.participant for each in tokens(here)[:2])
    assert second.award != first.award
    key, ends = secret(here.settings), first.until
    other = here.settings.model_copy(update={"secret": SecretStr("o" * 40)})
    for token in (
        "",
        "nonsense",
        sign(secret(other), Signed("claim", first.award, mine, ends)),
        sign(key, Signed("claim", first.award, theirs, ends)),
        sign(key, Signed("claim", "f" * 32, "f" * 32, ends)),
        sign(key, Signed("view", first.award, mine, ends)),
    ):
        with pytest.raises(Altered):
            claim(here, token, PARCEL)


def test_customer_service_sees_how_a_prize_stands(ctx: Context, tmp_path: Path) -> None:
    here, _ = with_memory(won(ctx, tmp_path))
    with here.reading() as session:
        first, second = session.scalars(
            sa.select(AwardRow.participant).where(AwardRow.rank < 3).order_by(AwardRow.rank)
        )
    claim(here, tokens(here)[0], PARCEL)
    assert stands(here, first).endswith("won phone (place 1), waits to be handed out")
    assert stands(here, second).endswith("won mug (place 2), not claimed yet")
    replace_winner(here, KEY, "lots", second, reason="Staff", by=MANAGER)
    assert "not claimed" not in stands(here, second)


def test_what_nobody_claims_goes_to_the_next_once(ctx: Context, tmp_path: Path) -> None:
    """Ten whole days from the 28th: the 7th of September is the last. An alternate's prize lapses for good."""
    here = won(ctx, tmp_path)
    claim(here, tokens(here)[1], PARCEL)
    late = tokens(here)[0]
    until(here, 7, 15, 59)
    assert lapse_due(here, KEY) == (0, 0)
    until(here, 7, 16, 0)
    assert lapse_due(here, KEY) == (2, 2)
    assert lapse_due(here, KEY) == (0, 0)
    assert statuses(here) == [(1, "lapsed"), (2, "claimed"), (3, "lapsed"), (4, "won"), (5, "won")]
    with pytest.raises(Expired):
        claim(here, late, PARCEL)
    heirs = invitations(here, KEY, by=MANAGER)
    assert [each.prize.id for each in heirs] == ["phone", "mug"]
    until(here, 30, 0, 0)
    assert lapse_due(here, KEY) == (2, 0)


def test_under_the_brake_nobody_is_told_and_nothing_lapses(ctx: Context, tmp_path: Path) -> None:
    here = won(ctx, tmp_path)
    until(here, 7, 16, 0)
    brake(here, KEY, by=MANAGER, reason="Wrong draw")
    assert lapse_all(here) == 0
    with pytest.raises(Braked, match="Wrong draw"):
        lapse_due(here, KEY)
    with pytest.raises(Braked, match="Wrong draw"):
        invitations(here, KEY, by=MANAGER)
    with pytest.raises(Braked, match=f"opsflow prizes resume {KEY}"):
        letters(here, KEY, "won", by=MANAGER)
    resume(here, KEY, by=FINANCE)
    assert lapse_due(here, KEY) == (3, 2)


def test_whoever_was_refused_gets_another_link_and_is_paid_where_they_say_then(ctx: Context, tmp_path: Path) -> None:
    """Weeks after the time to claim is over: a mistyped account is no forfeit."""
    here, provider = with_memory(won(ctx, tmp_path))
    for token in tokens(here):
        claim(here, token, PARCEL)
    approved(here)
    provider.faults = lambda _: "decline"
    pay_due(here, KEY)
    assert states(here) == {"refused": 3}
    with here.reading() as session:
        first = next(iter(session.scalars(sa.select(AwardRow.participant).where(AwardRow.rank == 1))))
    assert "refused by whoever pays it: a new link" in stands(here, first)
    until(here, 29, 12, 0)
    found = invitations(here, KEY, by=MANAGER)
    assert [each.prize.id for each in found] == ["phone", "mug", "mug"]
    assert {each.until.isoformat() for each in found} == {"2026-10-10T00:00:00+08:00"}
    token = tokens(here)[0]
    assert read_claim(here, token).until == found[0].until
    claim(here, token, PARCEL | {"address": "Street 2 Town"})
    provider.faults = lambda _: "ok"
    approved(here, again=True)
    pay_due(here, KEY)
    assert states(here) == {"paid": 3}
    assert stands(here, first).endswith("won phone (place 1), handed out")
    assert [booked.payment.to["address"] for booked in provider.books].count("Street 2 Town") == 1
    assert invitations(here, KEY, by=MANAGER) == []


def test_finance_gets_what_is_declared_and_nobody_else_the_number(
    ctx: Context, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The number for the tax office goes to no carrier and no payment provider."""
    here, provider = with_memory(won(ctx, tmp_path))
    for token in tokens(here):
        claim(here, token, PARCEL)
    approved(here)
    pay_due(here, KEY)
    sent = [dict(booked.payment.to) for booked in provider.books]
    assert sent
    assert all("tax_id" not in each and each["name"] == "Li Lei" for each in sent)
    with use_context(here):
        told = said(capsys, "prizes", "tax", KEY, "-o", tmp_path / "tax.csv", "--by", FINANCE)
        said(capsys, "prizes", "tax", KEY, "-o", tmp_path / "other.csv", "--by", MANAGER, code=3)
    assert told.startswith("1 taxable prizes are in")
    (row,) = csv.DictReader((tmp_path / "tax.csv").read_text("utf-8-sig").splitlines())
    assert (row["name"], row["tax_id"], row["prize"]) == ("Li Lei", "11010519900101123X", "Phone")
    # 1,000 x 20 % / 80 %: paid by the organiser, the tax is itself income of the winner.
    assert (row["worth"], row["tax"], row["paid_by"]) == ("1000.00", "250.00", "organiser")
    assert (tmp_path / "tax.csv").stat().st_mode & 0o077 == 0
    assert [entry.actor for entry in journal(here, KEY) if entry.action == "taxes.listed"] == [FINANCE]


@pytest.mark.parametrize("name", ["-", "。", "..."])
def test_a_name_without_any_letter_is_a_mistake(name: str) -> None:
    prize = Prize.model_validate({"id": "mug", "title": "Mug", "kind": "physical", "quantity": "1", "unit_value": "1"})
    read = checked(prize, PARCEL | {"name": name, "address": name})
    assert read.mistakes == {"name": "form", "address": "form"}


def test_an_alternate_who_was_erased_is_passed_over(ctx: Context, tmp_path: Path) -> None:
    """They could not claim it, and nobody else would get it."""
    here = won(ctx, tmp_path)
    with here.reading() as session:
        found = draws.draw(session, KEY, "lots")
        assert found is not None
        first, second = (each.participant for each in draws.placed(session, found) if each.is_alternate)
    erase(here, KEY, first, by=MANAGER)
    winner = read_claim(here, tokens(here)[0]).won.participant
    heir = replace_winner(here, KEY, "lots", winner, reason="staff", by=MANAGER)
    assert (heir and heir.participant) == second
    assert f"{first}\twas erased" in proof(here, KEY, "lots")[1]["lost.tsv"].decode()
    assert replace_winner(here, KEY, "lots", second, reason="staff", by=MANAGER) is None, "nobody is left"


def test_what_an_erased_winner_was_not_given_goes_to_the_next(ctx: Context, tmp_path: Path) -> None:
    here = won(ctx, tmp_path)
    token, *others = tokens(here)
    winner = read_claim(here, token).won
    claim(here, token, PARCEL)
    erase(here, KEY, winner.participant, by=MANAGER)
    with pytest.raises(Altered):
        claim(here, token, PARCEL)
    assert statuses(here)[0] == (1, "void")
    with here.reading() as session:
        found = draws.draw(session, KEY, "lots")
        assert found is not None
        heirs = [each.participant for each in draws.placed(session, found) if each.prize == winner.prize]
    assert len(heirs) == 1
    assert winner.participant not in heirs
    assert f"{winner.participant}\twas erased" in proof(here, KEY, "lots")[1]["lost.tsv"].decode()
    assert len(tokens(here)) == len(others) + 1


def test_one_who_was_erased_does_not_keep_the_others_from_being_paid(ctx: Context, tmp_path: Path) -> None:
    here, provider = with_memory(drawing(ctx, tmp_path, EVERYBODY, **FUNDED))
    play(here, *crowd(5, orders="2"))
    freeze(here, KEY, "thanks", by=MANAGER)
    seal(here, KEY, "thanks", winners=5, cost=Money(2_500, "CNY"), by=MANAGER)
    perform(here, KEY, "thanks", number=None, by=MANAGER)
    erase(here, KEY, "u1", by=MANAGER)
    assert approved(here).count == 4
    erase(here, KEY, "u2", by=MANAGER)  # it is approved by now: the list is void
    assert approved(here).count == 3
    pay_due(here, KEY)
    assert (states(here), provider.paid().total()) == ({"paid": 3, "cancelled": 2}, 3)
    erase(here, KEY, "u3", by=MANAGER)
    assert states(here) == {"paid": 3, "cancelled": 2}, "what was handed out stays"


def test_who_was_erased_after_the_seal_wins_nothing_that_anybody_could_be_paid(ctx: Context, tmp_path: Path) -> None:
    """The sealed list is drawn as it is; the next alternate gets what they would have won, and the proof says why."""
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(5, orders="1"))
    freeze(here, KEY, "lots", by=MANAGER)
    commitment = seal(here, KEY, "lots", winners=3, cost=Money(129_000, "CNY"), by=MANAGER)
    gone = {erase(here, KEY, account, by=MANAGER) for account in ("u0", "u1", "u2")}
    evening(here, "28", 16)
    places = perform(here, KEY, "lots", number=NUMBER, by=MANAGER)
    winners = {each.participant for each in places if each.prize}
    assert (len(winners), winners & gone) == (2, set()), "of five, whom three prizes go to, two are left"
    assert any(each.lost == "was erased" for each in places)
    told, files = proof(here, KEY, "lots")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert told.commitment == commitment
    assert verified(tmp_path, commitment, NUMBER).startswith("The proof holds")


def test_where_nobody_can_be_paid_nothing_is_asked_for(ctx: Context, tmp_path: Path) -> None:
    """Somebody was erased before erasing took away what they had won."""
    here, _ = with_memory(drawing(ctx, tmp_path, EVERYBODY, **FUNDED))
    play(here, *crowd(1, orders="2"))
    freeze(here, KEY, "thanks", by=MANAGER)
    seal(here, KEY, "thanks", winners=1, cost=Money(500, "CNY"), by=MANAGER)
    perform(here, KEY, "thanks", number=None, by=MANAGER)
    with here.transaction() as session:
        session.execute(sa.update(PayeeRow).values(data=sa.null()))
    with pytest.raises(NothingDue):
        approved(here)


def test_a_prize_that_was_taken_away_cannot_be_claimed(ctx: Context, tmp_path: Path) -> None:
    here = won(ctx, tmp_path)
    token = tokens(here)[0]
    replace_winner(here, KEY, "lots", read_claim(here, token).won.participant, reason="staff", by=MANAGER)
    with pytest.raises(TooLate):
        claim(here, token, PARCEL)


def test_who_may_invite_and_where_to(ctx: Context, tmp_path: Path) -> None:
    here = won(ctx, tmp_path)
    with pytest.raises(Refused, match="cannot send winners their claim links"):
        invitations(here, KEY, by=LEGAL)
    bare = replace(here, settings=here.settings.model_copy(update={"public_url": ""}))
    with pytest.raises(BadInput, match="set OPSFLOW_PUBLIC_URL"):
        invitations(bare, KEY, by=MANAGER)


def test_the_scheduled_payer_takes_back_what_nobody_claimed(ctx: Context, tmp_path: Path) -> None:
    here = won(ctx, tmp_path)
    assert distribute(here).lapsed == 0
    until(here, 8, 16, 0)
    assert distribute(here).lapsed == 3
    assert distribute(here).lapsed == 0
