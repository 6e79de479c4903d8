"""A finished list of winners: what is taken of it, what is rejected and why, and what it costs."""

from pathlib import Path

import pytest

from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.money import Money
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Rejected
from opsflow.participants.service import block
from opsflow.prizes.draws import store
from opsflow.prizes.draws.freezing import freeze
from tests.engine.small import KEY, MANAGER
from tests.prizes.drawing import LIST, LOTTERY, awards, crowd, drawing, drawn, id_of, named, play, sealed


@pytest.mark.parametrize(
    ("row", "part"),
    [
        (Row(9, {"account": "U1", "prize": "coupon"}), "stands in the list already"),
        (Row(9, {"account": "u2", "prize": "mug"}), "gives out no more of `mug`"),
        (Row(9, {"account": "u2", "prize": "phone"}), "a prize of this draw: mug, coupon"),
        (Row(9, {"account": "u2"}), "a prize of this draw: mug, coupon"),
        (Row(9, {"account": "ghost", "prize": "coupon"}), "nobody who takes part"),
        (Row(9, {"prize": "coupon"}), "an account, an e-mail address or a telephone number"),
        (Row(9, {}, "it has 3 values, the first line 2"), "it has 3 values"),
    ],
)
def test_a_row_that_does_not_fit_is_rejected_and_the_others_have_won(
    ctx: Context, tmp_path: Path, row: Row, part: str
) -> None:
    """F69: whoever stands twice in a list has won once; what is rejected names its line and its reason."""
    here, rejected = drawing(ctx, tmp_path, LIST), list[Rejected]()
    play(here, *crowd(3))
    found = freeze(
        here,
        KEY,
        "jury",
        by=MANAGER,
        winners=[*named(("u1", "mug")), row, Row(10, {"account": "u0", "prize": "Coupon"})],
        reject=rejected.append,
    )
    assert [(each.line, part in each.reason, each.values) for each in rejected] == [(9, True, row.values)]
    assert found.draw is not None
    assert found.draw.entrants == 2
    found = freeze(here, KEY, "jury", by=MANAGER, winners=named(("u1", "mug"), ("u2", "coupon")))
    assert found.draw is not None
    assert found.draw.entrants == 2, "until it is sealed the list may be brought again"


def test_a_list_costs_what_its_rows_say(ctx: Context, tmp_path: Path) -> None:
    """Not what its first places would: of three places the list fills the last two."""
    here = drawing(ctx, tmp_path, LIST)
    play(here, *crowd(3))
    found = freeze(here, KEY, "jury", by=MANAGER, winners=named(("u1", "coupon"), ("u2", "coupon")))
    assert found.expected is not None
    assert (found.expected.by_prize, found.expected.cost) == ({"mug": 0, "coupon": 2}, Money(1_000, "CNY"))
    with pytest.raises(Refused, match=r"gives 2 prizes for CNY 10.00, and you said 2 for CNY 25.00"):
        sealed(here, "jury", 2, Money(2_500, "CNY"))
    sealed(here, "jury", 2, Money(1_000, "CNY"))
    drawn(here, "jury", None)
    assert sum(row[4] for row in awards(here)) == found.expected.cost.units


def test_a_list_names_people_as_they_registered_and_prizes_by_id_or_title(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LIST | {"prizes": [{"prize": "coupon", "quantity": "9"}]})
    play(
        here,
        {"account": "a", "phone": "13800000001"},
        {"account": "b", "email": "b@x.cn"},
        {"account": "c"},
        {"account": "d"},
    )
    rows = [
        Row(2, {"手机号": "+86 138 0000 0001", "奖品": "coupon"}),
        Row(3, {"email": "B+game@X.cn", "prize": "COUPON"}),
        Row(4, {"account": id_of(here, "c"), "prize": prize_title(here)}),
    ]  # fmt: skip
    rejected = list[Rejected]()
    found = freeze(here, KEY, "jury", by=MANAGER, winners=rows, reject=rejected.append)
    assert (rejected, found.draw and found.draw.entrants) == ([], 3)


def prize_title(here: Context) -> str:
    with here.reading() as session:
        return next(each for each in load_campaign(session, KEY).file.prizes if each.id == "coupon").title.zh


def test_a_long_list_is_read_in_chunks_and_nobody_wins_twice_across_them(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHUNK", 2)
    here, rejected, told = (
        drawing(ctx, tmp_path, LIST | {"prizes": [{"prize": "coupon", "quantity": "9"}]}),
        list[Rejected](),
        list[int](),
    )
    play(here, *crowd(6))
    winners = named(*((f"u{n}", "coupon") for n in (1, 2, 3, 4, 1, 5)))
    found = freeze(here, KEY, "jury", by=MANAGER, winners=winners, reject=rejected.append, tell=told.append)
    assert [(each.line, "already" in each.reason) for each in rejected] == [(6, True)]
    assert (told, found.draw and found.draw.entrants) == ([2, 4, 5], 5)


@pytest.mark.parametrize(
    ("terms", "left_out"),
    [({"per_person": "1"}, ["mug", "coupon"]), ({"physical_per_person": "1"}, ["mug"]), ({}, [])],
)
def test_a_list_gives_nobody_more_than_one_person_may_win(
    ctx: Context, tmp_path: Path, terms: dict[str, str], left_out: list[str]
) -> None:
    """F65: a second list names the winners of the first again; a coupon is not physical."""
    second = LIST | {"id": "more"}
    here, rejected = drawing(ctx, tmp_path, LIST, second, prize_terms=terms), list[Rejected]()
    play(here, *crowd(4))
    freeze(here, KEY, "jury", by=MANAGER, winners=named(("u1", "mug"), ("u2", "coupon")))
    if terms:
        with pytest.raises(Refused, match="jury comes first"):
            freeze(here, KEY, "more", by=MANAGER, winners=named(("u1", "mug")))
    sealed(here, "jury", 2, Money(2_500, "CNY"))
    drawn(here, "jury", None)
    again = named(("u1", "mug"), ("u1", "coupon"), ("u3", "coupon"))
    found = freeze(here, KEY, "more", by=MANAGER, winners=again, reject=rejected.append)
    said = [each.values["prize"] for each in rejected if "has won as much as one person may" in each.reason]
    assert said == left_out
    assert found.expected is not None
    assert found.expected.by_prize == {"mug": 1 - ("mug" in left_out), "coupon": 1 + (left_out == ["mug"])}


def test_who_is_on_the_blocklist_wins_by_no_list(ctx: Context, tmp_path: Path) -> None:
    here, rejected = drawing(ctx, tmp_path, LIST), list[Rejected]()
    play(here, *crowd(3))
    block(here, KEY, "u1", reason="a program", by=MANAGER)
    winners = named(("u1", "mug"), ("u2", "coupon"))
    found = freeze(here, KEY, "jury", by=MANAGER, winners=winners, reject=rejected.append)
    assert [(each.line, "is on the blocklist: `opsflow participants unblock`" in each.reason) for each in rejected] == [
        (2, True)
    ]
    assert found.draw is not None
    assert found.draw.entrants == 1
    block(here, KEY, "u1", reason=None, by=MANAGER)
    found = freeze(here, KEY, "jury", by=MANAGER, winners=winners, reject=rejected.append)
    assert found.draw is not None
    assert (found.draw.entrants, len(rejected)) == (2, 1)


def test_a_list_is_for_a_draw_of_that_form(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LIST, LOTTERY)
    for draw, winners in (("jury", None), ("lots", [("u1", "mug")])):
        with pytest.raises(BadInput, match="a finished list of winners"):
            freeze(here, KEY, draw, by=MANAGER, winners=named(*winners) if winners else None)
