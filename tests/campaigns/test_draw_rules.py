"""How prizes are given out, as the campaign file says it: what contradicts itself or the law is told, with its line."""

from decimal import Decimal
from pathlib import Path

import pytest

from opsflow.campaigns.drawrules import Condition, DrawRule
from opsflow.campaigns.files import load
from opsflow.campaigns.model import Prize
from opsflow.campaigns.prizelaw import RegionLaw, load_prize_law, tax_on
from opsflow.kernel.money import Money
from opsflow.settings import SHIPPED
from tests.campaigns.test_campaign_files import CAMPAIGN, Write, problems, write

__all__ = ["write"]
FILTERS = """  filters:
    - {name: blocklist}
"""
LAST = "    form: threshold\n    prizes: [{prize: coupon-8, quantity: 30000}]\n    when: [orders >= 1]\n"


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("id: second-draw", "id: first-draw", "the id `first-draw` is used twice in draws"),
        ("{prize: phone, quantity: 1}", "{prize: fone, quantity: 1}", "there is no prize `fone`. Did you mean `phone`?"),
        ("{prize: robot-vacuum, quantity: 6}", "{prize: phone, quantity: 6}", "`phone` is named twice in `first-draw`"),
        ("{prize: phone, quantity: 1}", "{prize: phone, quantity: 2}", "give out 6 of `phone`, and there are 5"),
        ("{prize: phone, quantity: 1}", "{prize: phone, quantity: 0}", "expected a number of at least 1, found `0`"),
        ("number_at: 2026-11-02T15:30", "number_at: 2026-11-01T00:09", "known before its results are in"),
        ("    number_at: 2026-11-02T15:30\n", "", "the lottery `first-draw` has no `number_at`"),
        ("  number_source:", "  per_person: 3\n  number_sauce:", "unknown key"),
        ("when: [orders >= 2]", "when: [orders = > 2]", "expected a measure"),
        ("when: [orders >= 2]", "when: [orders >= two]", "expected a measure"),
        ("    when: [orders >= 2]\n", "", "the threshold `winter-coupon` has no `when`"),
        (LAST, LAST + "    alternates: 5\n", "a threshold has no `alternates`"),
        (LAST, LAST + "    tickets: {measure: orders}\n", "a threshold has no `tickets`"),
        (LAST, LAST.replace("threshold", "ranking"), "the ranking `first-order-coupon` has no `measure`"),
        (FILTERS, FILTERS + "    - {name: blocklist}\n", "a filter is named twice"),
        ("{name: same_payee}", "{name: same_face}", "same_payee"),
        ("most_a_day: 3, most: 6", "most_a_day: 3, most: 10001", "10000"),
        ("unit_value: 6999", "unit_value: 50000.01", "the most a draw may give in CN. Source: Anti-Unfair Competition"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_or_the_law_is_told(write: Write, old: str, new: str, part: str) -> None:
    path = write((old, new))
    found = problems(path)
    assert any(part in each for each in found), found


def test_another_region_or_currency_is_not_judged_by_that_law(write: Write) -> None:
    path = write(("unit_value: 6999", "unit_value: 60000"), ("presale: true", "presale: true\nregion: SG"))
    assert load(path, [SHIPPED]).campaign.region == "SG"


def test_a_workspaces_own_law_counts(write: Write, tmp_path: Path) -> None:
    path = write()
    own = tmp_path / "sop_templates" / "prize_law.yaml"
    own.parent.mkdir()
    own.write_text("regions:\n  CN: {currency: CNY, top_draw_prize: {amount: 5000, source: Ours}}\n", encoding="utf-8")
    (found,) = problems(path)
    assert "`phone` is worth more than CNY 5000" in found


def test_a_condition_holds_from_its_bound_on() -> None:
    found = [
        Condition("points", operator, 3).holds(value) for operator in (">=", "<=", ">", "<", "=") for value in (2, 3, 4)
    ]
    assert found == [
        False, True, True,
        True, True, False,
        False, False, True,
        True, False, False,
        False, True, False,
    ]  # fmt: skip


def test_a_draw_names_every_measure_once() -> None:
    given = {
        "id": "abc",
        "title": "x",
        "form": "lottery",
        "prizes": [{"prize": "cup", "quantity": "2"}],
        "when": ["orders >= 1", "points > 5"],
        "tickets": {"measure": "orders"},
    }
    assert DrawRule.model_validate(given).measures == ("orders", "points")


@pytest.mark.parametrize(("payer", "cents"), [("organiser", 174975), ("winner", 139980)])
def test_tax_is_a_share_of_the_value_or_of_both_together(write: Write, payer: str, cents: int) -> None:
    """20 per cent of 6,999, or of the value and the tax that the organiser pays for the winner."""
    path = write(("tax_paid_by: organiser", f"tax_paid_by: {payer}"))
    campaign = load(path, [SHIPPED]).campaign
    law = load_prize_law([SHIPPED]).regions["CN"]
    assert tax_on(campaign.prizes[0], campaign, law) == Money(cents, "CNY")
    assert tax_on(campaign.prizes[2], campaign, law) == Money(0, "CNY")
    assert tax_on(campaign.prizes[0], campaign, None) == Money(0, "CNY")


def test_what_is_worth_no_more_than_is_free_is_not_taxed(write: Write) -> None:
    campaign = load(write(), [SHIPPED]).campaign
    law = RegionLaw.model_validate({"currency": "CNY", "tax": {"percent": "20", "free_up_to": "6999", "source": "x"}})
    assert tax_on(campaign.prizes[0], campaign, law).units == 0
    dearer = Prize.model_copy(campaign.prizes[0], update={"unit_value": Decimal("6999.01")})
    assert tax_on(dearer, campaign, law).units == 174975


def test_the_sample_gives_out_every_prize() -> None:
    assert CAMPAIGN.count("form: lottery") == 3
