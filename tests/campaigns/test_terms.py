"""Published terms change only in the participants' favour."""

from typing import Any

import pytest

from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.terms import changes, frozen_changes, losses, with_terms
from tests.campaigns.planning import campaign

PRIZES = [
    {"id": "phone", "title": "Phone", "kind": "physical", "quantity": "2", "unit_value": "1000"},
    {"id": "mug", "title": "Mug", "kind": "physical", "quantity": "9", "unit_value": "20"},
]
DRAW: dict[str, Any] = {
    "id": "lots",
    "title": "Lots",
    "form": "lottery",
    "prizes": [{"prize": "phone", "quantity": "1"}, {"prize": "mug", "quantity": "4"}],
    "when": ["orders >= 2"],
    "tickets": {"measure": "orders", "per": "2", "most_a_day": "3", "most": "9", "paying_times": "2"},
    "starts": "2026-10-22T00:00",
    "ends": "2026-11-01T00:00",
    "number_at": "2026-11-02T15:00",
    "alternates": "5",
    "filters": [{"name": "burst", "most": "9", "within": "60"}],
}
TERMS = {"physical_per_person": "2", "number_source": "x", "filters": [{"name": "blocklist"}]}


def version(draw: dict[str, Any] | None = None, **changed: Any) -> CampaignFile:
    given = {"prizes": PRIZES, "draws": [DRAW | (draw or {})], "prize_terms": TERMS, "rules": ["One each."]}
    return campaign(**(given | changed))


BEFORE = version()


def prizes(**changed: str) -> list[dict[str, Any]]:
    return [{**PRIZES[0], **changed}, PRIZES[1]]


@pytest.mark.parametrize(
    "after",
    [
        version(),
        version(prizes=prizes(quantity="3")),
        version(prizes=prizes(unit_value="1200")),
        version(prizes=[*PRIZES, {**PRIZES[1], "id": "cup"}]),
        version(draws=[DRAW, DRAW | {"id": "more"}]),
        version({"prizes": [{"prize": "mug", "quantity": "5"}, {"prize": "phone", "quantity": "1"}]}),
        version({"when": ["orders >= 1"]}),
        version({"when": ["orders > 1"]}),
        version({"when": []}),
        version({"starts": "2026-10-20T00:00", "ends": "2026-11-02T00:00"}),
        version({"number_at": "2026-11-03T15:00"}),
        version({"tickets": {"measure": "orders", "per": "1", "paying_times": "3"}}),
        version({"claim_days": "20", "appeal_days": "4", "alternates": "6"}),
        version({"filters": []}),
        version({"filters": [{"name": "burst", "most": "10", "within": "30"}]}),
        version(prize_terms=TERMS | {"physical_per_person": "3"}),
        version({"title": "Other words"}),
    ],
)
def test_what_nobody_loses_by(after: CampaignFile) -> None:
    assert losses(BEFORE, after) == []
    assert bool(changes(BEFORE, after)) is (after != BEFORE)


@pytest.mark.parametrize(
    ("after", "loss"),
    [
        (version(prizes=PRIZES[1:], draws=[]), "prize phone is gone"),
        (version(draws=[]), "draw lots is gone"),
        (version(prizes=prizes(quantity="1")), "prize phone: 1 instead of 2"),
        (version(prizes=prizes(unit_value="999.99")), "prize phone: worth 999.99 instead of 1000"),
        (version(prizes=prizes(kind="coupon")), "prize phone: coupon instead of physical"),
        (version({"prizes": [{"prize": "phone", "quantity": "1"}]}), "0 of mug instead of 4"),
        (version({"who": "paying"}), "for paying users instead of all"),
        (version({"when": ["orders >= 3"]}), "`orders >= 3` is asked for"),
        (version({"when": ["orders = 2"]}), "`orders = 2` is asked for"),
        (version({"when": ["orders >= 2", "points >= 0"]}), "`points >= 0` is asked for"),
        (version({"when": ["orders <= 2"]}), "`orders <= 2` is asked for"),
        (version({"tickets": DRAW["tickets"] | {"per": "3"}}), "a ticket for 3 instead of 2"),
        (version({"tickets": DRAW["tickets"] | {"most": "8"}}), "fewer tickets at most"),
        (version({"tickets": DRAW["tickets"] | {"most_a_day": "2"}}), "fewer tickets at most"),
        (version({"tickets": DRAW["tickets"] | {"paying_times": "1"}}), "count 1 times instead of 2"),
        (version({"tickets": DRAW["tickets"] | {"measure": "points"}}), "another measure"),
        (version({"starts": "2026-10-23T00:00"}), "a shorter time"),
        (version({"ends": "2026-10-31T00:00"}), "a shorter time"),
        (version({"number_at": "2026-11-02T14:00"}), "known earlier"),
        (version({"number_source": "mine"}), "another number_source"),
        (version(prize_terms=TERMS | {"number_source": "mine"}), "another number_source"),
        (version({"alternates": "4"}), "alternates 4 instead of 5"),
        (version({"claim_days": "9"}), "claim_days 9 instead of 10"),
        (version({"filters": [*DRAW["filters"], {"name": "blocklist"}]}), "the filter blocklist leaves out more"),
        (version({"filters": [{"name": "burst", "most": "8"}]}), "the filter burst leaves out more"),
        (version(prize_terms=TERMS | {"physical_per_person": "1"}), "physical_per_person 1 instead of 2"),
        (version(prize_terms=TERMS | {"per_person": "5"}), "per_person 5 instead of any number"),
        (version(prize_terms=TERMS | {"tax_paid_by": "winner"}), "the winner pays the tax"),
        (version(rules=["Two each."]), "not those that were published"),
        (version(rules=["One each.", "Staff excepted."]), "not those that were published"),
    ],
)  # fmt: skip
def test_what_somebody_loses_by(after: CampaignFile, loss: str) -> None:
    assert any(loss in each for each in losses(BEFORE, after)), losses(BEFORE, after)


def test_nothing_but_the_terms_comes_over() -> None:
    other = version(prizes=prizes(quantity="3"), title="Another", level="C")
    found = with_terms(BEFORE, other)
    assert (found.title, found.level, found.prizes) == (BEFORE.title, BEFORE.level, other.prizes)


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (version(prizes=prizes(unit_value="1200")), "its unit_value would be 1200 instead of 1000"),
        (version(prizes=prizes(unit_value="900")), "its unit_value would be 900 instead of 1000"),
        (version(prizes=prizes(kind="points")), "its kind would be points instead of physical"),
        (version(prizes=prizes(taxable="true")), "its taxable would be True instead of False"),
        (version(prizes=PRIZES[1:]), "which would be gone"),
        (version(prizes=[PRIZES[0], PRIZES[1] | {"quantity": "3"}]), "lots stands and gives mug: 3 would be left of 4"),
    ],
)
def test_what_a_frozen_draw_gives_does_not_change(after: CampaignFile, change: str) -> None:
    (found,) = frozen_changes(BEFORE, after, BEFORE.draws)
    assert change in found
    assert list(frozen_changes(BEFORE, after, [])) == []


def test_of_a_prize_that_a_frozen_draw_gives_title_and_number_may_change() -> None:
    after = version(prizes=prizes(title="Telephone", quantity="1"))
    assert list(frozen_changes(BEFORE, after, BEFORE.draws)) == []


def test_who_pays_the_tax_on_what_a_frozen_draw_gives_stands() -> None:
    before = version(prizes=prizes(taxable="true"))
    after = version(prizes=prizes(taxable="true"), prize_terms=TERMS | {"tax_paid_by": "winner"})
    (found,) = frozen_changes(before, after, before.draws)
    assert found == "lots stands and gives phone: its tax would be paid by the winner"
