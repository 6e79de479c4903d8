"""The scheduled payer: several processes share what is due, and one campaign's trouble is its own."""

from dataclasses import replace

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.context import Context
from opsflow.engine.distribution import Progress, distribute
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey
from tests.engine.small import KEY
from tests.engine.together import errors, together
from tests.prizes.paying import approved, assert_sound, campaign, record, states, with_memory, won

OTHER = CampaignKey("other-campaign")


def two_campaigns(ctx: Context) -> tuple[Context, MemoryPayouts]:
    """Sixty coupons are to be paid in each."""
    found, provider = with_memory(ctx, batch=10)
    for key in (KEY, OTHER):
        campaign(found, key=key)
        record(found, won(found, 60, campaign=key), key)
        approved(found, key)
    return found, provider


def test_runs_at_the_same_time_share_the_work(ctx: Context) -> None:
    here, provider = two_campaigns(ctx)
    outcomes = together(*[lambda: distribute(here)] * 3)
    assert not errors(outcomes)
    assert (states(here), provider.requests.total()) == ({"paid": 60}, 120)
    assert_sound(here)
    assert_sound(here, OTHER)


def test_it_tells_how_far_each_campaign_is(ctx: Context) -> None:
    here, _ = two_campaigns(ctx)
    told: list[Progress] = []
    distribute(here, told.append)
    assert [one.settled for one in told if one.campaign == KEY] == [10, 20, 30, 40, 50, 60]
    assert {one.total for one in told} == {60}


class Broken(dict[str, MemoryPayouts]):
    """Providers that cannot be made."""

    def __getitem__(self, name: str) -> MemoryPayouts:
        raise BadInput(f"The secret of {name} is not set.")


def test_one_campaigns_trouble_is_its_own(ctx: Context) -> None:
    here, provider = two_campaigns(ctx)
    found = distribute(replace(here, payouts=Broken(memory=provider)))
    assert found.failures == dict.fromkeys((OTHER, KEY), "The secret of memory is not set.")
    assert distribute(here).moved == {"paid": 120}
