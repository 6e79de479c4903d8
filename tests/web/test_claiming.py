"""The page of a winner: nothing is recorded by opening it, nothing given before is shown, and it works without script."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from opsflow.adapters.memory import MemoryLauncher
from opsflow.adapters.payouts.codes import CodePool
from opsflow.cli.drawview import where_json, where_text
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import PayeeRow
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.money import Money
from opsflow.kernel.signing import Signed, sign
from opsflow.outbox.links import read_link, secret
from opsflow.prizes.claims.service import CLAIM, CODE, invitations
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.service import look_up, perform, replace_winner, seal
from opsflow.prizes.letters.service import letters
from opsflow.prizes.payouts.service import pay_due
from opsflow.prizes.payouts.stock import store as stock
from opsflow.prizes.service import erase
from opsflow.settings import Settings
from tests.campaigns.planning import organisation
from tests.engine.small import KEY, LEGAL, MANAGER
from tests.prizes.drawing import EVERYBODY, crowd, drawing, play
from tests.prizes.paying import FINANCE, SECOND, approved, paying
from tests.prizes.test_claims import PARCEL, won
from tests.web.site import Site

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def winners(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Site:
    """Three who have won and not claimed yet."""
    bare = Context(Settings(database_url=sqlite_database.url), sqlite_database, clock, MemoryLauncher(), {})
    return Site(won(bare, tmp_path), None)  # type: ignore[arg-type]  # nothing is voted on


def paths(site: Site) -> list[str]:
    return [f"/claims/{each.link.rpartition('/')[2]}" for each in invitations(site.ctx, KEY, by=MANAGER)]


def test_opening_the_page_records_nothing_and_shows_what_is_needed(winners: Site) -> None:
    path = paths(winners)[0]
    pages = [winners.ask(path, method) for method in ("HEAD", "GET", "GET")]
    assert [page.status_code for page in pages] == [200, 200, 200]
    for part in ("You have won: Phone", "Number of your identity document", "2026-09-08", 'name="address"'):
        assert part in pages[-1].text, part
    assert "<script" not in pages[-1].text
    assert pages[-1].headers["referrer-policy"] == "no-referrer"
    assert pages[-1].headers["cache-control"] == "no-store"
    assert len(paths(winners)) == 3
    assert "恭喜您获得" in winners.ask(f"{path}?language=zh").text


def test_a_winner_claims_and_what_they_gave_is_never_shown_again(winners: Site) -> None:
    path = paths(winners)[0]
    answer = winners.ask(path, "POST", data=PARCEL, headers=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/prizes{path}/done?language=en")
    assert "Thank you" in winners.ask(f"{path}/done").text
    again = winners.ask(path).text
    assert "What you send now replaces it" in again
    assert "Li Lei" not in again
    assert "Street 1" not in again


def test_a_mistake_is_told_at_its_field_with_what_was_written(winners: Site) -> None:
    path = paths(winners)[0]
    answer = winners.ask(path, "POST", data=PARCEL | {"phone": '"><script>', "name": ""}, headers=FORM)
    assert answer.status_code == 422
    assert answer.text.count('role="alert"') == 2
    assert "<script>" not in answer.text
    assert "Street 1 Town" in answer.text
    assert len(paths(winners)) == 3


def test_links_that_are_none_of_theirs(winners: Site) -> None:
    path = paths(winners)[0]
    for bad in ("/claims/none", path[:-2], path.replace("claims", "links"), "/links/none"):
        assert winners.ask(bad).status_code in (403, 404), bad
    assert winners.ask(path, "POST", data=PARCEL, headers=FORM | {"origin": "https://evil.example"}).status_code == 403
    assert winners.ask(path, "POST", json={"name": "x"}).status_code == 403
    clock = winners.ctx.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(clock.now().replace(month=9, day=20))
    over = winners.ask(path)
    assert (over.status_code, "This link has ended" in over.text) == (410, True)
    # No reminder brings a winner another link, and nobody outside may see the list of campaigns.
    assert "customer service" in over.text
    assert "reminder" not in over.text
    assert "All campaigns" not in over.text


def test_what_stands_for_no_characters_overwrites_nothing(winners: Site) -> None:
    path = paths(winners)[0]
    assert winners.ask(path, "POST", data=PARCEL, headers=FORM).status_code == 303
    kind = {"content-type": "application/x-www-form-urlencoded"}
    broken = winners.ask(path, "POST", content="name=%ff%fe&phone=13800138000&address=%ff", headers=FORM | kind)
    assert (broken.status_code, "All campaigns" in broken.text) == (403, False)
    with winners.ctx.reading() as session:
        (data,) = session.scalars(sa.select(PayeeRow.data).where(PayeeRow.data.is_not(None)))
    assert data["name"] == "Li Lei"


def test_nobody_tries_many_links_from_one_address(winners: Site) -> None:
    """As participants: a mobile network hides thousands behind one."""
    path = paths(winners)[0]
    assert replace(winners, per_minute=0).ask(path).status_code == 200
    refused = replace(winners, crowd=0).ask(path)
    assert refused.status_code == 429
    assert "All campaigns" not in refused.text


NASTY = '<b>&"-4711'
"""A code is text from somebody's file."""


@pytest.fixture
def coded(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Site:
    """Two have won a coupon each, which is a code from a pool; nothing is paid yet."""
    bare = Context(Settings(database_url=sqlite_database.url), sqlite_database, clock, MemoryLauncher(), {})
    return Site(with_coupons(bare, tmp_path), None)  # type: ignore[arg-type]  # as above


def with_coupons(ctx: Context, folder: Path, public_url: str = "https://example.com/prizes") -> Context:
    finance = {"permissions": {"finance": [FINANCE, SECOND]}}
    here = drawing(ctx, folder, EVERYBODY, org=organisation(**finance))
    settings = here.settings.model_copy(update={"public_url": public_url, "secret": SecretStr("s" * 40)})
    here = paying(replace(here, settings=settings), CodePool("pool", frozenset({"coupon"}), ctx.database, ctx.clock))
    play(here, *crowd(2, orders="2"))
    freeze(here, KEY, "thanks", by=MANAGER)
    seal(here, KEY, "thanks", winners=2, cost=Money(1_000, "CNY"), by=MANAGER)
    perform(here, KEY, "thanks", number=None, by=MANAGER)
    return here


def pay_codes(ctx: Context, *codes: str) -> None:
    with ctx.transaction() as session:
        stock.add_codes(session, KEY, "coupon", codes)
    approved(ctx)
    pay_due(ctx, KEY)


def code_paths(ctx: Context) -> list[str]:
    """The links of the letters that the winners get."""
    told = letters(ctx, KEY, "won", by=MANAGER, again=True)
    lines = [line for each in told for line in each.body.splitlines()]
    return [f"/claims/{line.rpartition('/')[2]}" for line in lines if "/claims/" in line]


def test_a_winner_reads_the_code_they_have_won_once_it_is_paid_and_nobody_else_does(coded: Site) -> None:
    first, second = code_paths(coded.ctx)
    before = coded.ask(first)
    assert (before.status_code, "not been handed out yet" in before.text, "<form" in before.text) == (200, True, False)
    pay_codes(coded.ctx, NASTY, "CODE-2")
    pages = [coded.ask(path) for path in (first, second)]
    told = ["&lt;b&gt;&amp;&#34;-4711", "CODE-2"]
    assert sorted([code in page.text for code in told] for page in pages) == [[False, True], [True, False]]
    assert NASTY not in pages[0].text + pages[1].text
    assert "您的兑换码" in coded.ask(f"{first}?language=zh").text
    for page in pages:
        assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert "<script" not in page.text
    assert coded.ask(first, "POST", data=PARCEL, headers=FORM).status_code == 403, "it shows, and does nothing"


def test_customer_service_sees_that_a_code_was_handed_out_and_not_the_code(coded: Site) -> None:
    winner = award_of(coded.ctx, code_paths(coded.ctx)[0]).person
    for handed_out in (False, True):
        person, places = look_up(coded.ctx, KEY, winner, by=LEGAL)
        shown = [*where_text(person, places), str(where_json(person, places))]
        assert [", handed out" in shown[1], "'handed_out': True" in shown[2]] == [handed_out] * 2
        assert "CODE-" not in str(shown)
        if not handed_out:
            pay_codes(coded.ctx, "CODE-1", "CODE-2")


def test_no_other_link_shows_a_code(coded: Site) -> None:
    (first, second), key = code_paths(coded.ctx), secret(coded.ctx.settings)
    pay_codes(coded.ctx, "CODE-1", "CODE-2")
    awards = [award_of(coded.ctx, path) for path in (first, second)]
    ends = coded.ctx.clock.now().replace(year=2027)
    swapped = Signed(CODE, awards[0].matter, awards[1].person, ends)
    for token in (
        sign(key, swapped),
        sign(key, replace(awards[0], action=CLAIM)),
        sign("o" * 40, awards[0]),
        first[:-3],
    ):
        answer = coded.ask(f"/claims/{token.rpartition('/')[2]}")
        assert (answer.status_code, "CODE-" in answer.text) == (403, False)
    clock = coded.ctx.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(awards[0].ends)
    assert "CODE-" not in coded.ask(first).text, "no link is for ever"


def test_a_code_that_was_taken_back_is_not_shown(coded: Site) -> None:
    path = code_paths(coded.ctx)[0]
    replace_winner(coded.ctx, KEY, "thanks", award_of(coded.ctx, path).person, reason="staff", by=MANAGER)
    pay_codes(coded.ctx, "CODE-1", "CODE-2")
    answer = coded.ask(path)
    assert (answer.status_code, "CODE-" in answer.text) == (409, False)


def test_whoever_was_erased_cannot_claim_any_more(winners: Site) -> None:
    """Their data would come back: a link that was sent before outlives what it was made of."""
    path = paths(winners)[0]
    erase(winners.ctx, KEY, award_of(winners.ctx, path).person, by=MANAGER)
    assert winners.ask(path).status_code == 403
    assert winners.ask(path, "POST", data=PARCEL, headers=FORM).status_code == 403


def award_of(ctx: Context, path: str) -> Signed:
    """What a link is for."""
    return read_link(ctx.settings, path.rpartition("/")[2], now=ctx.clock.now())
