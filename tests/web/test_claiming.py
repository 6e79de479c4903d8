"""The page of a winner: nothing is recorded by opening it, nothing given before is shown, and it works without script."""

from dataclasses import replace
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.prizes.claims.service import invitations
from opsflow.settings import Settings
from tests.engine.small import KEY, MANAGER
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
    assert "This link has ended" in winners.ask(path).text


def test_nobody_tries_many_links_from_one_address(winners: Site) -> None:
    narrow = replace(winners, per_minute=0)
    assert narrow.ask(paths(winners)[0]).status_code == 429
