"""Codes that are given away and parcels that are sent: providers of our own, with their files out and in."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.adapters.payouts.codes import CodePool
from opsflow.adapters.payouts.manifest import Manifest
from opsflow.bootstrap import use_context
from opsflow.cli.commands import run
from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from opsflow.prizes.payouts.holds.service import brake
from opsflow.prizes.payouts.service import pay_due
from opsflow.prizes.payouts.stock import store as codes
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, MANAGER
from tests.engine.together import errors, together
from tests.prizes.paying import approved, assert_sound, campaign, claim, paying, record, rounds, states, wait, won

PRIZES = [
    {"id": "gift", "title": "Gift", "kind": "coupon", "quantity": 100, "unit_value": 1},
    {"id": "box", "title": "Box", "kind": "physical", "quantity": 100, "unit_value": 1},
]


def with_codes(ctx: Context, awards: int) -> Context:
    here = paying(ctx, CodePool("vouchers", frozenset({"coupon"}), ctx.database, ctx.clock))
    campaign(here, prizes=PRIZES)
    record(here, won(here, awards))
    approved(here)
    return here


def take_in(ctx: Context, *numbers: int) -> int:
    with ctx.transaction() as session:
        return codes.add_codes(session, KEY, "gift", [f"CODE-{number}" for number in numbers])


def test_each_code_goes_to_one_winner_and_who_waits_gets_the_next(ctx: Context) -> None:
    """F59: a rapid double click, two codes."""
    here = with_codes(ctx, 30)
    assert (take_in(here, *range(20)), take_in(here, *range(20))) == (20, 0)
    assert not errors(together(*[lambda: pay_due(here, KEY)] * 3))
    assert states(here) == {"paid": 20, "planned": 10}
    wait(here, minutes=20)
    take_in(here, *range(20, 35))
    pay_due(here, KEY)
    assert states(here) == {"paid": 30}
    with here.reading() as session:
        given = session.execute(sa.text("select code, key from prize_codes where key is not null")).all()
        assert (len({code for code, _ in given}), len({key for _, key in given})) == (30, 30)
        assert codes.left(session, KEY, "gift") == 5
    assert_sound(here)
    assert len(list(here.payouts["vouchers"].statement(KEY))) == 30


def test_the_database_gives_a_winner_no_second_code(ctx: Context) -> None:
    here = with_codes(ctx, 1)
    take_in(here, 1, 2)
    pay_due(here, KEY)
    twice = "update prize_codes set key = (select key from prize_codes where key is not null) where key is null"
    with pytest.raises(sa.exc.IntegrityError), here.transaction() as session:
        session.execute(sa.text(twice))


@pytest.fixture
def desk(sqlite_database: object, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """Two boxes are won and claimed, with addresses that would be formulas; a coupon as well."""
    base = desk_context(sqlite_database, clock, tmp_path)  # type: ignore[arg-type]
    boxes = Manifest("parcels", frozenset({"physical"}), base.database, clock)
    here = paying(base, boxes, CodePool("vouchers", frozenset({"coupon"}), base.database, clock))
    campaign(here, prizes=PRIZES)
    awards = won(here, 2, kind="physical", prize="box")
    record(here, awards + won(here, 1, draw="second"))
    claim(here, awards, account="=cmd")
    approved(here)
    with use_context(here):
        yield here


def test_parcels_go_out_as_a_table_and_are_paid_when_the_carrier_says_so(
    desk: Context, capsys: Told, tmp_path: Path
) -> None:
    pay_due(desk, KEY)
    rounds(desk, 3)
    assert states(desk) == {"unknown": 2, "planned": 1}
    out, back = tmp_path / "parcels.csv", tmp_path / "carrier.csv"
    said(capsys, "prizes", "manifest", KEY, "-o", out, "--by", "finance-deputy", code=3)
    assert "2 parcels are in" in said(capsys, "prizes", "manifest", KEY, "-o", out, "--by", "manager")
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert {row["account"] for row in rows} == {"'=cmd-1", "'=cmd-2"}, "no formula"
    back.write_text(
        f"key,outcome,reference,code\n{rows[0]['key']},sent,SF-1,\n{rows[1]['key']},refused,,no_address\nx,sent,SF-2,\n",
        encoding="utf-8",
    )
    run(["prizes", "shipped", KEY, str(back), "--by", "manager"])
    told = capsys.readouterr().out
    assert (told.splitlines()[0], "Of no parcel of small-campaign: line 4" in told) == (
        "2 parcels are confirmed.",
        True,
    )
    back.write_text(
        f"key,outcome,reference,code\n{rows[0]['key']},sent,SF-1,\n{rows[1]['key']},sent,SF-9,\n", encoding="utf-8"
    )
    assert run(["prizes", "shipped", KEY, str(back), "--by", "manager"]) == 1
    told = capsys.readouterr().out
    assert "0 parcels are confirmed." in told
    assert "Said before, and nothing is changed: line 2." in told
    assert "Otherwise than was said before, and not taken: line 3." in told
    rounds(desk, 3)
    assert states(desk) == {"paid": 1, "refused": 1, "planned": 1}
    assert_sound(desk)
    with desk.reading() as session:
        assert "=cmd" not in str(session.execute(sa.text("select address from shipments")).all())


def test_a_parcel_stands_on_one_manifest_unless_it_is_asked_for_again(
    desk: Context, capsys: Told, tmp_path: Path
) -> None:
    """A carrier who gets it twice sends it twice."""
    pay_due(desk, KEY)
    names = [tmp_path / f"{n}.csv" for n in range(4)]
    ran = [
        said(capsys, "prizes", "manifest", KEY, "-o", name, "--by", "manager", *more)
        for name, more in zip(names, ([], [], ["--again"]), strict=False)
    ]
    first, second, again = (list(csv.DictReader(each.read_text("utf-8-sig").splitlines())) for each in names[:3])
    assert ([row["listed_before"] for row in first], second) == (["", ""], [])
    assert [row["key"] for row in again] == [row["key"] for row in first]
    assert all("UTC" in row["listed_before"] for row in again)
    assert "2 more wait that an earlier manifest held" in ran[1]
    assert names[0].stat().st_mode & 0o077 == 0, "addresses are for whoever ships"
    brake(desk, KEY, by=MANAGER, reason="Wrong addresses")
    assert "The brake of small-campaign is on, by manager" in said(
        capsys, "prizes", "manifest", KEY, "-o", names[3], "--again", "--by", "manager", code=3
    )
    assert not names[3].exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("k,lost,,", "the outcome is sent or refused"),
        ("k,sent,,", "what is sent has the carrier's reference"),
        ("k,refused,,no such street", "what is refused has a code of letters"),
    ],
)
def test_a_confirmation_that_says_nothing_is_refused(
    desk: Context, capsys: Told, tmp_path: Path, line: str, told: str
) -> None:
    back = tmp_path / "carrier.csv"
    back.write_text(f"key,outcome,reference,code\n{line}\n", encoding="utf-8")
    assert f"Line 2: {told}" in said(capsys, "prizes", "shipped", KEY, back, "--by", "manager", code=2)


def test_codes_come_in_from_a_file(desk: Context, capsys: Told, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("code\nA-1\nA-2\nA-2\n", encoding="utf-8")
    assert "2 codes of gift taken in, 1 were there; 2 are left to give." in said(
        capsys, "prizes", "codes", KEY, "gift", file, "--by", "manager"
    )
    pay_due(desk, KEY)
    assert states(desk)["paid"] == 1
    assert "has no prize nothing. It has: gift, box" in said(
        capsys, "prizes", "codes", KEY, "nothing", file, "--by", "manager", code=2
    )
