"""A draw from its entrants to its proof: who is in it, what is sealed, and what the operator can no longer do (threat D1)."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.tables import AwardRow, Base, PayeeRow
from opsflow.engine.record import journal
from opsflow.journal.service import verify as verify_journal
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.money import Money
from opsflow.participants.service import block
from opsflow.ports import Kept
from opsflow.prizes.awards.store import awards_of
from opsflow.prizes.draws import freezing, store
from opsflow.prizes.draws.checking import verified
from opsflow.prizes.draws.freezing import freeze, readmit
from opsflow.prizes.draws.model import DrawStatus
from opsflow.prizes.draws.service import look_up, perform, proof, replace_winner, seal
from opsflow.prizes.draws.standing import currency_of, overview
from opsflow.prizes.payouts.lists.service import set_payee
from opsflow.prizes.service import erase
from opsflow.prizes.terms.service import file_terms
from tests.engine.small import KEY, LEGAL, MANAGER
from tests.prizes.drawing import (
    EVERYBODY,
    LIST,
    LOTTERY,
    NUMBER,
    RANKING,
    awards,
    crowd,
    drawing,
    drawn,
    evening,
    id_of,
    named,
    play,
    sealed,
)

COPIED = "campaign, draw, '{id}', tickets, score, reached_at, refused, listed, rank, prize, lost"
LOT_COST = Money(129_000, "CNY")
"""A phone with 250 of tax on it, and two mugs."""


def lots(ctx: Context, folder: Path, people: int = 20) -> Context:
    """A lottery with a crowd, frozen and sealed."""
    here = drawing(ctx, folder, LOTTERY)
    play(here, *crowd(people, orders="2"))
    freeze(here, KEY, "lots", by=MANAGER)
    sealed(here, "lots", 3, LOT_COST)
    return here


def test_a_lottery_from_its_list_to_its_proof(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(20, orders="2"), {"account": "none"}, {"account": "zero", "orders": "0"})
    found = freeze(here, KEY, "lots", by=MANAGER)
    assert found.draw is not None
    assert found.expected is not None
    assert (found.draw.entrants, found.draw.refused, found.draw.status) == (20, 0, DrawStatus.FROZEN)
    assert (found.expected.winners, found.expected.cost) == (3, LOT_COST)
    commitment = sealed(here, "lots", 3, LOT_COST)
    with pytest.raises(Refused, match=r"known from 2026-08-28 15:00 \(Asia/Shanghai\) on"):
        drawn(here)
    evening(here, "28", 16)
    places = drawn(here)
    assert [each.prize for each in places] == ["phone", "mug", "mug", None, None]
    assert len({each.participant for each in places}) == 5
    assert drawn(here) == places
    assert [row[2:] for row in awards(here)] == [("phone", 1, 100_000), ("mug", 2, 2_000), ("mug", 3, 2_000)]
    told, files = proof(here, KEY, "lots")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert told.commitment == commitment
    assert verified(tmp_path, commitment, NUMBER).startswith("The proof holds: 5 drawn of 20")
    actions = [entry.action for entry in journal(here, KEY) if entry.action.startswith("draw.")]
    assert actions == ["draw.frozen", "draw.committed", "draw.drawn"]


def test_a_draw_is_made_once(ctx: Context, tmp_path: Path) -> None:
    here = lots(ctx, tmp_path)
    evening(here, "28", 16)
    before = drawn(here)
    with pytest.raises(Conflict, match=r"drawn with 3245.67"):
        drawn(here, number="3245.68")
    with pytest.raises(Conflict, match="was committed"):
        freeze(here, KEY, "lots", by=MANAGER)
    assert drawn(here) == before
    assert len(awards(here)) == 3


def test_what_is_sealed_is_not_frozen_sealed_or_appealed_again(ctx: Context, tmp_path: Path) -> None:
    here = lots(ctx, tmp_path)
    play(here, {"account": "late", "orders": "5"})
    with pytest.raises(Conflict, match="entrants, prizes and rules"):
        freeze(here, KEY, "lots", by=MANAGER)
    with pytest.raises(Conflict, match="was committed"):
        sealed(here, "lots", 3, LOT_COST)
    with pytest.raises(Conflict, match="was committed"):
        readmit(here, KEY, "lots", "u1", reason="x", by=MANAGER)


@pytest.mark.parametrize(
    "tampering",
    [
        "delete from entrants where participant = (select min(participant) from entrants)",
        "update entrants set tickets = 5 where participant = (select min(participant) from entrants)",
        "update entrants set refused = 'burst' where participant = (select min(participant) from entrants)",
        f"insert into entrants select {COPIED} from entrants where participant = (select min(participant) from entrants)",
        "update draws set rules = replace(cast(rules as varchar), '\"mug\", 2', '\"mug\", 3'){json}",
        "update draws set rules = replace(cast(rules as varchar), 'The figure', 'My figure'){json}",
    ],
)
def test_who_changes_the_list_after_it_was_sealed_draws_nothing(ctx: Context, tmp_path: Path, tampering: str) -> None:
    here = lots(ctx, tmp_path)
    evening(here, "28", 16)
    with here.transaction() as session:
        json = "::json" if session.get_bind().dialect.name == "postgresql" else ""
        statement = tampering.replace("{id}", "f" * 32).replace("{json}", json)
        statement = statement.replace("replace(", "(replace(").replace("')", "'))") if json else statement
        session.connection().exec_driver_sql(statement)
    with pytest.raises(Refused, match="not those that were sealed"):
        drawn(here)
    assert awards(here) == []


def test_a_number_that_is_known_seals_nothing_but_may_be_put_off(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(5, orders="1"))
    evening(here, "28", 15)
    freeze(here, KEY, "lots", by=MANAGER)
    with pytest.raises(Refused, match="is known since 2026-08-28 15:00"):
        sealed(here, "lots", 3, LOT_COST)
    with pytest.raises(BadInput, match="later than what the campaign file says"):
        freeze(here, KEY, "lots", by=MANAGER, number_at=datetime.fromisoformat("2026-08-28T14:00"))
    freeze(here, KEY, "lots", by=MANAGER, number_at=datetime.fromisoformat("2026-08-31T15:00"))
    sealed(here, "lots", 3, LOT_COST)
    evening(here, "31", 14)
    with pytest.raises(Refused, match="known from 2026-08-31 15:00"):
        drawn(here)
    evening(here, "31", 15)
    assert len(drawn(here)) == 5


def test_what_a_draw_costs_is_held_against_the_rewards_line_with_its_tax(ctx: Context, tmp_path: Path) -> None:
    """A phone of 1,000 with 250 of tax and two mugs: 1,040 would be covered, 1,290 is not; it is sealed with a warning."""
    budget = {"lines": [{"line": "rewards", "amount": "1289.99"}]}
    here = drawing(ctx, tmp_path, LOTTERY, EVERYBODY, budget=budget)
    play(here, *crowd(5, orders="2"))
    lots = freeze(here, KEY, "lots", by=MANAGER)
    assert (lots.left, lots.short) == (Money(128_999, "CNY"), Money(1, "CNY"))
    thanks = freeze(here, KEY, "thanks", by=MANAGER)
    assert (thanks.left, thanks.short) == (Money(128_999, "CNY"), None), "nothing is sealed yet"
    sealed(here, "lots", 3, LOT_COST)
    assert overview(here, KEY)[1].short == Money(2_501, "CNY"), "what is sealed is as good as given"
    evening(here, "28", 16)
    drawn(here)
    lots, thanks = overview(here, KEY)
    assert (lots.short, thanks.short) == (None, Money(2_501, "CNY")), "what is won counts with its tax"
    sealed(here, "thanks", 5, Money(2_500, "CNY"))


@pytest.mark.parametrize(("winners", "cost"), [(2, 129_000), (3, 104_000), (50_000, 129_000)])
def test_more_or_less_than_was_meant_is_not_sealed(ctx: Context, tmp_path: Path, winners: int, cost: int) -> None:
    """F67: every ticket a winner."""
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(5, orders="1"))
    freeze(here, KEY, "lots", by=MANAGER)
    with pytest.raises(Refused, match=r"gives 3 prizes for CNY 1,290.00, and you said"):
        sealed(here, "lots", winners, Money(cost, "CNY"))


def test_who_is_left_out_may_appeal_before_it_is_sealed(ctx: Context, tmp_path: Path) -> None:
    filters = [
        {"name": "blocklist"},
        {"name": "same_device", "most": "2"},
        {"name": "burst", "most": "2", "within": "60"},
    ]
    here = drawing(ctx, tmp_path, LOTTERY | {"filters": filters, "appeal_days": "1", "number_at": "2026-08-31T15:00"})
    for number in range(4):
        when = f"2026-08-24T10:0{number}:30"
        play(here, {"account": f"family{number}", "device": "tablet", "registered_at": when, "orders": "1"})
        burst = {"network": "10.0.0.1", "registered_at": f"2026-08-24T10:00:{10 + number}"}
        play(here, {"account": f"bot{number}", "orders": "1"} | burst)
    play(here, {"account": "cheat", "orders": "1"}, {"account": "honest", "orders": "1"})
    block(here, KEY, "cheat", reason="a program", by=MANAGER)
    found = freeze(here, KEY, "lots", by=MANAGER)
    assert found.reasons == {"blocklist": 1, "burst": 2, "same_device": 2}
    assert look_up(here, KEY, "family3", by=LEGAL)[1][0][1].refused == "same_device"
    assert look_up(here, KEY, "family1", by=LEGAL)[1][0][1].refused is None
    with pytest.raises(Refused, match="may appeal until 2026-08-28 19:00"):
        sealed(here, "lots", 3, LOT_COST)
    assert readmit(here, KEY, "lots", "family3", reason="a family's tablet", by=MANAGER) == id_of(here, "family3")
    with pytest.raises(NotFound, match="was not left out"):
        readmit(here, KEY, "lots", "family3", reason="again", by=MANAGER)
    evening(here, "28", 20)
    sealed(here, "lots", 3, LOT_COST)
    (now,) = overview(here, KEY)
    assert now.draw is not None
    assert (now.draw.entrants, now.draw.refused) == (6, 4)


def test_results_outside_the_window_do_not_count(ctx: Context, tmp_path: Path) -> None:
    window = {"starts": "2026-08-24T12:00", "ends": "2026-08-26T12:00"}
    here = drawing(ctx, tmp_path, LOTTERY | window | {"when": ["orders >= 3"]})
    for day in ("2026-08-23", "2026-08-24", "2026-08-26", "2026-08-27"):
        play(here, {"account": "days", "orders": "1"}, day=day)
    hours = {
        "in": "2026-08-24T12:00",
        "in2": "2026-08-26T11:59",
        "early": "2026-08-24T11:59",
        "late": "2026-08-26T12:00",
    }
    for name, hour in hours.items():
        play(here, {"account": name, "orders": "3", "reached_at": hour}, day=hour[:10])
    freeze(here, KEY, "lots", by=MANAGER)
    assert [bool(look_up(here, KEY, name, by=LEGAL)[1]) for name in ("days", *hours)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_it_is_not_frozen_while_results_count(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY | {"ends": "2026-08-27T20:00", "number_at": "2026-08-31T15:00"})
    play(here, *crowd(3, orders="1"))
    with pytest.raises(Refused, match=r"count until 2026-08-27 20:00 \(Asia/Shanghai\)"):
        freeze(here, KEY, "lots", by=MANAGER)
    evening(here, "27", 20)
    freeze(here, KEY, "lots", by=MANAGER)


def test_ranks_thresholds_and_lists_need_no_number(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, RANKING, EVERYBODY, LIST)
    people = [{"account": f"u{n}", "points": str(n), "orders": str(n)} for n in range(9)]
    play(here, *people)
    freeze(here, KEY, "ranks", by=MANAGER)
    sealed(here, "ranks", 2, Money(127_000, "CNY"))
    with pytest.raises(BadInput, match="no number decides it"):
        drawn(here, "ranks")
    assert [(each.participant, each.prize) for each in drawn(here, "ranks", None)] == [
        (id_of(here, "u8"), "phone"), (id_of(here, "u7"), "mug"),
    ]  # fmt: skip
    freeze(here, KEY, "thanks", by=MANAGER)
    sealed(here, "thanks", 5, Money(2_500, "CNY"))
    assert len(drawn(here, "thanks", None)) == 5
    freeze(here, KEY, "jury", by=MANAGER, winners=named(("U1", "mug"), ("u2", "coupon")))
    sealed(here, "jury", 2, Money(2_500, "CNY"))
    assert {(each.participant, each.prize) for each in drawn(here, "jury", None)} == {
        (id_of(here, "u1"), "mug"), (id_of(here, "u2"), "coupon"),
    }  # fmt: skip
    for draw in ("ranks", "thanks", "jury"):
        told, files = proof(here, KEY, draw)
        folder = tmp_path / draw
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        assert told.commitment is not None
        assert verified(folder, told.commitment, "").startswith("The proof holds")
        lines = (folder / "winners.tsv").read_bytes().splitlines()
        (folder / "winners.tsv").write_bytes(b"\n".join(reversed(lines)) + b"\n")
        with pytest.raises(ValueError, match="not what this list gives"):
            verified(folder, told.commitment, "")


def test_a_list_that_was_frozen_before_its_script_was_sealed_is_drawn_and_proven(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = drawing(ctx, tmp_path, RANKING)
    play(here, *({"account": f"u{n}", "points": str(n)} for n in range(3)))
    with monkeypatch.context() as before:
        before.setattr(freezing, "with_code", dict)
        freeze(here, KEY, "ranks", by=MANAGER)
    commitment = sealed(here, "ranks", 2, Money(127_000, "CNY"))
    drawn(here, "ranks", None)
    for name, content in proof(here, KEY, "ranks")[1].items():
        (tmp_path / name).write_bytes(content)
    assert "code" not in json.loads((tmp_path / "manifest.json").read_bytes())["rules"]
    assert verified(tmp_path, commitment, "").startswith("The proof holds")


def test_one_person_wins_no_more_than_the_campaign_lets_them(ctx: Context, tmp_path: Path) -> None:
    """F65, F69: who has won enough is left out of the next draw, and draws that share a cap are made one after the other."""
    second = LOTTERY | {"id": "more", "prizes": [{"prize": "mug", "quantity": "1"}]}
    here = drawing(ctx, tmp_path, LOTTERY, second, EVERYBODY, prize_terms={"physical_per_person": "1"})
    play(here, *crowd(4, orders="2"))
    freeze(here, KEY, "lots", by=MANAGER)
    with pytest.raises(Refused, match="lots comes first"):
        freeze(here, KEY, "more", by=MANAGER)
    sealed(here, "lots", 3, LOT_COST)
    evening(here, "28", 16)
    won = {each.participant for each in drawn(here) if each.prize}
    found = freeze(here, KEY, "more", by=MANAGER, number_at=datetime.fromisoformat("2026-08-31T15:00"))
    assert found.reasons == {"has won as much as one person may": 3}
    sealed(here, "more", 1, Money(2_000, "CNY"))
    evening(here, "31", 16)
    (winner, *_) = drawn(here, "more")
    assert winner.participant not in won
    # A coupon is not physical.
    assert freeze(here, KEY, "thanks", by=MANAGER).reasons == {}


def test_a_prize_that_nobody_claims_goes_to_the_account_that_took_part(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, EVERYBODY)
    play(here, {"account": "Li-1", "orders": "2"}, {"account": "u2", "orders": "2"})
    freeze(here, KEY, "thanks", by=MANAGER)
    sealed(here, "thanks", 2, Money(1_000, "CNY"))
    drawn(here, "thanks", None)
    with here.transaction() as session:
        kept = session.scalars(sa.select(PayeeRow.data)).all()
    assert sorted(each["account"] for each in kept if each) == ["Li-1", "u2"]


def test_the_next_alternate_gets_what_a_winner_may_not_have(ctx: Context, tmp_path: Path) -> None:
    here = lots(ctx, tmp_path)
    evening(here, "28", 16)
    places = drawn(here)
    loser, first, second = places[0].participant, places[3].participant, places[4].participant
    heir = replace_winner(here, KEY, "lots", loser, reason="staff", by=MANAGER)
    assert heir is not None
    assert (heir.participant, heir.prize) == (first, "phone")
    assert look_up(here, KEY, loser, by=LEGAL)[1][0][1].lost == "staff"
    with pytest.raises(NotFound, match="has won nothing"):
        replace_winner(here, KEY, "lots", loser, reason="again", by=MANAGER)
    heir = replace_winner(here, KEY, "lots", first, reason="staff too", by=MANAGER)
    assert heir is not None
    assert heir.participant == second
    assert replace_winner(here, KEY, "lots", second, reason="all of them", by=MANAGER) is None
    with here.transaction() as session:
        stands = sa.select(AwardRow.participant).where(AwardRow.status == "won")
        assert set(session.scalars(stands)) == {places[1].participant, places[2].participant}
    # What was drawn can still be proven; who lost a prize stands beside it.
    _, files = proof(here, KEY, "lots")
    assert files["winners.tsv"].splitlines()[0] == f"phone\t{loser}".encode()
    assert len(files["lost.tsv"].splitlines()) == 3


@pytest.mark.parametrize(
    ("terms", "moves_up"),
    [
        ({}, True),
        ({"per_person": "2", "physical_per_person": "1"}, True),
        ({"per_person": "1"}, False),
    ],
)
def test_an_alternate_who_has_won_as_much_as_one_person_may_is_passed_over(
    ctx: Context, tmp_path: Path, terms: dict[str, str], moves_up: bool
) -> None:
    """F65: caps are for all draws together, however somebody comes to a prize. A coupon is not physical."""
    here = drawing(ctx, tmp_path, LOTTERY, EVERYBODY, prize_terms=terms)
    play(here, *crowd(5, orders="2"))
    freeze(here, KEY, "lots", by=MANAGER)
    sealed(here, "lots", 3, LOT_COST)
    evening(here, "28", 16)
    places = drawn(here)
    found = freeze(here, KEY, "thanks", by=MANAGER)
    assert found.expected is not None
    sealed(here, "thanks", found.expected.winners, found.expected.cost)
    drawn(here, "thanks", None)
    heir = replace_winner(here, KEY, "lots", places[0].participant, reason="staff", by=MANAGER)
    lost = proof(here, KEY, "lots")[1]["lost.tsv"].decode()
    if moves_up:
        assert (heir and heir.participant) == places[3].participant
        assert "passed over" not in lost
    else:
        assert heir is None, "both alternates have their coupon"
        for each in places[3:]:
            assert f"{each.participant}\tpassed over: has won as much as one person may\n" in lost


def test_who_moves_up_elsewhere_after_the_seal_wins_no_second_prize(ctx: Context, tmp_path: Path) -> None:
    """F65: the list is sealed, so they are drawn, and lose what is more than one person may have; `lost.tsv` says why."""
    here = drawing(ctx, tmp_path, LOTTERY, EVERYBODY, prize_terms={"per_person": "1"})
    play(here, *crowd(8, orders="2"))
    freeze(here, KEY, "lots", by=MANAGER)
    sealed(here, "lots", 3, LOT_COST)
    evening(here, "28", 16)
    places = drawn(here)
    found = freeze(here, KEY, "thanks", by=MANAGER)
    assert found.expected is not None
    assert found.expected.winners == 5, "all who have won nothing"
    sealed(here, "thanks", 5, found.expected.cost)
    heir = replace_winner(here, KEY, "lots", places[0].participant, reason="staff", by=MANAGER)
    assert heir is not None
    assert [each.participant for each in drawn(here, "thanks", None) if each.prize].count(heir.participant) == 0
    with here.reading() as session:
        coupons = sa.select(AwardRow.participant).where(AwardRow.draw == "thanks", AwardRow.status == "void")
        assert session.scalars(coupons).all() == [heir.participant]
    lost = proof(here, KEY, "thanks")[1]["lost.tsv"].decode()
    assert lost == f"{heir.participant}\thas won as much as one person may\n"


def test_an_alternate_who_has_a_physical_prize_by_now_gets_no_other(ctx: Context, tmp_path: Path) -> None:
    mugs = EVERYBODY | {"prizes": [{"prize": "mug", "quantity": "2"}]}
    here = drawing(ctx, tmp_path, LOTTERY, mugs, prize_terms={"physical_per_person": "1"})
    play(here, *crowd(4, orders="2"))
    freeze(here, KEY, "lots", by=MANAGER)
    sealed(here, "lots", 3, LOT_COST)
    evening(here, "28", 16)
    first, *_, alternate = drawn(here)
    assert freeze(here, KEY, "thanks", by=MANAGER).reasons == {"has won as much as one person may": 3}
    sealed(here, "thanks", 1, Money(2_000, "CNY"))
    assert [each.participant for each in drawn(here, "thanks", None)] == [alternate.participant]
    assert replace_winner(here, KEY, "lots", first.participant, reason="staff", by=MANAGER) is None


def test_an_alternate_who_is_on_the_blocklist_is_passed_over(ctx: Context, tmp_path: Path) -> None:
    here = lots(ctx, tmp_path)
    evening(here, "28", 16)
    winner, _, _, first, second = drawn(here)
    block(here, KEY, first.participant, reason="a program", by=MANAGER)
    heir = replace_winner(here, KEY, "lots", winner.participant, reason="staff", by=MANAGER)
    assert (heir and heir.participant) == second.participant
    assert f"{first.participant}\tpassed over: blocklist\n" in proof(here, KEY, "lots")[1]["lost.tsv"].decode()
    (_, entrant, _), *_ = look_up(here, KEY, first.participant, by=LEGAL)[1]
    assert entrant.lost == "passed over: blocklist"


def test_freezing_is_taken_up_again_after_it_broke_off(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(10, orders="1"))
    monkeypatch.setattr(store, "CHUNK", 3)

    def stop(done: int) -> None:
        if done > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        freeze(here, KEY, "lots", by=MANAGER, tell=stop)
    with pytest.raises(Refused, match="Nobody has frozen"):
        sealed(here, "lots", 3, LOT_COST)
    found = freeze(here, KEY, "lots", by=MANAGER)
    assert found.draw is not None
    assert found.draw.entrants == 10


def test_two_who_freeze_at_once_do_not_mix_their_lists(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(6, orders="1"))
    monkeypatch.setattr(store, "CHUNK", 2)
    begun: list[int] = []

    def other(done: int) -> None:
        if not begun:
            begun.append(done)
            freeze(here, KEY, "lots", by=MANAGER)

    with pytest.raises(Conflict, match="somebody else is freezing it"):
        freeze(here, KEY, "lots", by=MANAGER, tell=other)
    (found,) = overview(here, KEY)
    assert found.draw is not None
    assert (found.draw.entrants, found.draw.status) == (6, DrawStatus.FROZEN)


def test_what_a_frozen_draw_gives_stands_in_worth_and_kind(ctx: Context, tmp_path: Path) -> None:
    """Its cost was confirmed, and an alternate gets what the winner would have got; a prize of no frozen draw may be raised."""
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, *crowd(20, orders="2"))
    freeze(here, KEY, "lots", by=MANAGER)
    with here.reading() as session:
        stored = load_campaign(session, KEY).file

    def refused(part: str, *, at: int = 0, **changed: object) -> None:
        prizes = [one.model_copy(update=changed) if n == at else one for n, one in enumerate(stored.prizes)]
        with pytest.raises((Conflict, Refused), match=part):
            file_terms(here, KEY, stored.model_copy(update={"prizes": tuple(prizes)}), by=MANAGER)

    def all_refused() -> None:
        refused("lots stands and gives phone: its unit_value would be 25000", unit_value=Decimal(25_000))
        refused("worth 999 instead of 1000", unit_value=Decimal(999))
        refused("taxable would be False", taxable=False)
        refused("points instead of physical", kind="points")
        terms = stored.prize_terms.model_copy(update={"tax_paid_by": "winner"})
        with pytest.raises(Refused, match="the winner pays the tax"):
            file_terms(here, KEY, stored.model_copy(update={"prize_terms": terms}), by=MANAGER)

    all_refused()
    sealed(here, "lots", 3, LOT_COST)
    all_refused()
    evening(here, "28", 16)
    loser = drawn(here)[0]
    all_refused()
    raised = [one.model_copy(update={"unit_value": Decimal(9)}) for one in stored.prizes if one.id == "coupon"]
    new = stored.model_copy(update={"prizes": (*stored.prizes[:2], *raised)})
    assert file_terms(here, KEY, new, by=MANAGER).changes == ("prize coupon: unit_value",)
    replace_winner(here, KEY, "lots", loser.participant, reason="staff", by=MANAGER)
    assert [row[4] for row in awards(here) if row[2] == "phone"] == [100_000, 100_000]


def test_who_may_and_what_there_is(ctx: Context, tmp_path: Path) -> None:
    here = lots(ctx, tmp_path)
    for refused in (
        lambda: freeze(here, KEY, "lots", by=LEGAL),
        lambda: seal(here, KEY, "lots", winners=3, cost=LOT_COST, by=LEGAL),
        lambda: perform(here, KEY, "lots", number=NUMBER, by=LEGAL),
        lambda: replace_winner(here, KEY, "lots", "u1", reason="x", by=LEGAL),
    ):
        with pytest.raises(Refused, match="are for others"):
            refused()
    with pytest.raises(NotFound, match=r"has no draw nothing\. It has lots"):
        freeze(here, KEY, "nothing", by=MANAGER)
    evening(here, "28", 16)
    with pytest.raises(BadInput, match="Which number"):
        drawn(here, number=None)
    with pytest.raises(BadInput, match="no public number"):
        drawn(here, number="about 3000")
    assert currency_of(here, KEY) == "CNY"


def test_who_is_forgotten_leaves_the_bare_id_and_the_proof_holds(ctx: Context, tmp_path: Path) -> None:
    """P1 of reliability.md: no table has anything personal of them afterwards; draw and books still verify."""
    here = drawing(ctx, tmp_path, LOTTERY)
    play(here, {"account": "canary-1", "name": "Canary Wang", "email": "canary@example.com", "orders": "1"})
    freeze(here, KEY, "lots", by=MANAGER)
    commitment = sealed(here, "lots", 1, Money(125_000, "CNY"))
    evening(here, "28", 16)
    (winner,) = drawn(here)
    with here.transaction() as session:
        (award,) = awards_of(session, KEY, winner.participant)
        set_payee(session, award, {"name": "Canary Wang", "address": "Canary Street 1"}, here.clock.now())
    with pytest.raises(Refused, match="are for others"):
        erase(here, KEY, "canary-1", by=LEGAL)
    assert erase(here, KEY, "CANARY@example.com", by=MANAGER) == winner.participant
    with here.transaction() as session:
        for table in Base.metadata.sorted_tables:
            assert "canary" not in str(session.execute(sa.select(table)).all()).casefold(), table.name
    assert [each.fault for each in verify_journal(here, Kept((), ())).chains] == [None]
    told, files = proof(here, KEY, "lots")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert told.commitment == commitment
    assert verified(tmp_path, commitment, NUMBER).startswith("The proof holds")
