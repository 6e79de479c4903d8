"""The scheduled payer as a Prefect flow: everything that is due, with its progress."""

from collections.abc import Iterator

import pytest

from flows.prize_distribution import prize_distribution
from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.ticks import last_tick
from opsflow.kernel.terms import CampaignKey
from tests.engine.small import KEY
from tests.flows.underway import artifacts_of, lines_of, run_of
from tests.prizes.paying import approved, campaign, claim, record, with_memory, won

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect")]


@pytest.fixture
def here(under_way: Context) -> Iterator[tuple[Context, MemoryPayouts]]:
    """Two campaigns have something to pay."""
    found, provider = with_memory(under_way, batch=25)
    for key in (KEY, CampaignKey("other-campaign")):
        campaign(found, key=key)
        awards = won(found, 60, kind="cash", campaign=key)
        record(found, awards, key)
        claim(found, awards)
        approved(found, key)
    with use_context(found):
        yield found, provider


def test_it_pays_every_campaign_and_shows_how_far_it_is(here: tuple[Context, MemoryPayouts]) -> None:
    ctx, provider = here
    state = prize_distribution(return_state=True)
    assert (state.name, state.message) == ("Distributed", "2 campaigns: 120 paid")
    found = run_of(state)
    assert found.parameters == {}
    shown = artifacts_of(found.id)
    assert {each.key: (each.type, each.data) for each in shown} == {
        f"payouts-{key}": ("progress", 100.0) for key in (KEY, "other-campaign")
    }
    said = str([*shown, *lines_of(found.id, wanted=state.message or "")])
    assert "60 of 60 payouts of small-campaign are settled" in said
    assert "6222" not in said, "where it went stands in no artifact and in no log"
    again = prize_distribution(return_state=True)
    assert again.message == "0 campaigns: nothing was due"
    assert provider.requests.total() == 120
    with ctx.reading() as session:
        assert last_tick(session, "prize_distribution") == ctx.clock.now()
