"""`payouts.yaml` of a workspace: who hands out what; secrets stay in the environment."""

from datetime import timedelta
from pathlib import Path

import pytest

from opsflow.adapters.payouts.configured import Configured
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput
from opsflow.prizes.payouts.requesting import handing_out

BANK = """
providers:
  bank:
    type: http
    kinds: [cash]
    url: https://pay.example.com/v1/payments
    find_url: https://pay.example.com/v1/find
    secret: PAYOUT_BANK_SECRET
    key_hours: 48
    refusals: [402, 422]
  points:
    type: http
    kinds: [points, cash]
    url: http://10.0.0.7/points
    key_hours: 0
    internal: true
  vouchers: {type: codes, kinds: [coupon, code]}
  parcels: {type: manifest, kinds: [physical]}
"""


def configured(folder: Path, clock: VirtualClock, text: str, **variables: str) -> Configured:
    file = folder / "payouts.yaml"
    file.write_text(text, encoding="utf-8")
    return Configured(file, Database(f"sqlite:///{folder / 'none.db'}"), clock, variables)


def test_the_first_provider_that_takes_a_kind_gets_it(tmp_path: Path, clock: VirtualClock) -> None:
    found = configured(tmp_path, clock, BANK, PAYOUT_BANK_SECRET="x")
    assert handing_out(found) == {
        "cash": "bank", "points": "points", "coupon": "vouchers", "code": "vouchers", "physical": "parcels"
    }  # fmt: skip
    assert (found["bank"].terms.key_ttl, found["bank"].terms.finds) == (timedelta(hours=48), True)
    assert (found["points"].terms.key_ttl, found["points"].terms.finds) == (None, False)


def test_a_secret_that_is_not_set_is_named(tmp_path: Path, clock: VirtualClock) -> None:
    with pytest.raises(BadInput, match=r"bank signs with the variable PAYOUT_BANK_SECRET, which is not set"):
        configured(tmp_path, clock, BANK)["bank"]


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        ("kinds: [cash]", "kinds: [gold]", "gold"),
        ("secret: PAYOUT_BANK_SECRET", "secret: s3cr3t", "secret"),
        ("type: http", "type: smoke", "type"),
        ("url: https://pay.example.com/v1/payments", "patience_seconds: 5", "expected `url`"),
        ("key_hours: 48", "key_hours: -1", "key_hours"),
        ("refusals: [402, 422]", "refusal: [402]", "refusal"),
    ],
)
def test_a_mistake_in_it_is_told(tmp_path: Path, clock: VirtualClock, line: str, instead: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        configured(tmp_path, clock, BANK.replace(line, instead, 1), PAYOUT_BANK_SECRET="x")


def test_an_address_inside_is_refused_where_the_file_does_not_say_so(tmp_path: Path, clock: VirtualClock) -> None:
    with pytest.raises(BadInput, match="Provider points has a URL that is not https"):
        configured(tmp_path, clock, BANK.replace("    internal: true\n", ""), PAYOUT_BANK_SECRET="x")["points"]
