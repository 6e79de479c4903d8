"""The page of a survey: works without script, keeps what was filled in beside a mistake, and turns away what is no answer."""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import set_status
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import AnswerRow, InvitationRow
from opsflow.feedback.surveys.service import close_survey, open_due, page_links
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import Settings
from opsflow.web.app import make_app
from tests.engine.small import KEY, MANAGER
from tests.feedback.test_surveys import begun, count
from tests.web.site import Site

FORM = {"content-type": "application/x-www-form-urlencoded"}
GOOD = "satisfaction=5&recommend=9&difficulties=rules&difficulties=page&words=" + quote("奖品很好")


@pytest.fixture
def asked(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Site:
    return asking(sqlite_database, clock, tmp_path)


def asking(database: Database, clock: VirtualClock, folder: Path) -> Site:
    """Three are asked and have not answered yet."""
    bare = Context(Settings(database_url=database.url), database, clock, MemoryLauncher(), {})
    live = begun(bare, clock, folder)
    open_due(live, KEY)
    return Site(live, None)  # type: ignore[arg-type]  # nothing is voted on


def paths(site: Site) -> list[str]:
    return [f"/surveys/{link.rpartition('/')[2]}" for _, link in page_links(site.ctx, KEY, by=MANAGER)]


def seen(site: Site) -> int:
    with site.ctx.reading() as session:
        return sum(row.seen_at is not None for row in session.query(InvitationRow))


def test_a_look_records_nothing_and_opening_the_page_notes_that_it_was_seen(asked: Site) -> None:
    path = paths(asked)[0]
    assert asked.ask(path, "HEAD").status_code == 200
    assert seen(asked) == 0
    page = asked.ask(path)
    assert (page.status_code, seen(asked), count(asked.ctx, AnswerRow)) == (200, 1, 0)
    for part in (
        "How satisfied are you",
        'name="recommend" value="10"',
        'type="checkbox" name="difficulties"',
        "<legend>",
    ):
        assert part in page.text, part
    assert "<script" not in page.text
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "您对本次活动整体满意吗" in asked.ask(f"{path}?language=zh").text


def test_an_answer_is_thanked_for_and_never_shown_again(asked: Site) -> None:
    path = paths(asked)[0]
    given = asked.ask(path, "POST", content=GOOD, headers=FORM)
    assert given.status_code == 303
    assert given.headers["location"].endswith(f"{path}/done?language=en")
    for page in (asked.ask(f"{path}/done"), asked.ask(path)):
        assert "Thank you" in page.text
        assert "奖品很好" not in page.text
    assert asked.ask(path, "POST", content="satisfaction=1", headers=FORM).status_code == 303
    assert count(asked.ctx, AnswerRow) == 4


def test_beside_a_mistake_everything_stays_as_it_was_filled_in(asked: Site) -> None:
    path = paths(asked)[0]
    told = asked.ask(path, "POST", content="recommend=9&channel=app&words=%3Cscript%3E", headers=FORM)
    assert told.status_code == 422
    for part in (
        "1 answer needs another look",
        'id="satisfaction-error"',
        'name="recommend" value="9" checked',
        "&lt;script&gt;",
    ):
        assert part in told.text, part
    assert "<script" not in told.text
    nothing = asked.ask(path, "POST", content="x=1", headers=FORM)
    assert nothing.status_code == 422
    assert count(asked.ctx, AnswerRow) == 0


BODIES: Mapping[str, bytes] = {
    "ten megabytes": b"words=" + b"x" * (10 << 20),
    "a million options": b"&".join([b"difficulties=rules"] * 1_000_000),
    "more options than any survey has, in a body of a size that some have": b"&".join([b"difficulties=rules"] * 40_000),
    "more fields than any survey has": b"&".join(b"a=1" for _ in range(3_000)),
    "what is not percent-encoded": "words=奖品".encode(),
    "nothing of a form": b'{"satisfaction": 5}',
}


@pytest.mark.parametrize("body", BODIES)
def test_what_is_no_form_of_ours_is_refused_and_nothing_is_lost(asked: Site, body: str) -> None:
    path = paths(asked)[0]
    refused = asked.ask(path, "POST", content=BODIES[body], headers=FORM)
    assert 400 <= refused.status_code < 500
    assert (
        asked.ask(path, "POST", content=b"satisfaction=5", headers={"content-type": "application/json"}).status_code
        == 403
    )
    assert count(asked.ctx, AnswerRow) == 0
    assert asked.ask(path, "POST", content=GOOD, headers=FORM).status_code == 303


def test_a_form_of_another_site_and_a_link_that_was_changed_are_turned_away(asked: Site) -> None:
    path = paths(asked)[0]
    elsewhere = FORM | {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert asked.ask(path, "POST", content=GOOD, headers=elsewhere).status_code == 403
    assert asked.ask(path[:-3], "POST", content=GOOD, headers=FORM).status_code == 403
    assert asked.ask("/surveys/x").status_code == 403
    assert count(asked.ctx, AnswerRow) == 0


@pytest.mark.parametrize(
    ("language", "closed", "paused"),
    [("en", "The survey is closed", "The campaign is paused"), ("zh", "问卷已结束", "活动已暂停")],
)
def test_closed_and_paused_it_says_so(asked: Site, language: str, closed: str, paused: str) -> None:
    path = f"{paths(asked)[0]}?language={language}"
    with asked.ctx.transaction() as session:
        set_status(session, KEY, CampaignStatus.PAUSED)
    waits = asked.ask(path)
    assert (waits.status_code, paused in waits.text) == (409, True)
    with asked.ctx.transaction() as session:
        set_status(session, KEY, CampaignStatus.ACTIVE)
    close_survey(asked.ctx, KEY, by=MANAGER)
    over = asked.ask(path, "POST", content=GOOD, headers=FORM)
    assert (over.status_code, closed in over.text) == (409, True)
    assert count(asked.ctx, AnswerRow) == 0


async def _many(site: Site, path: str, addresses: list[str], *, crowd: int, everybody: int) -> list[httpx.Response]:
    app = make_app(lambda: nullcontext(site.ctx), crowd=crowd, everybody=everybody)
    found = []
    for address in addresses:
        transport = httpx.ASGITransport(app=app, client=(address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            found.append(await client.get(path))
    return found


@pytest.mark.parametrize(
    ("addresses", "limits", "statuses"),
    [
        (["10.0.0.1"] * 3 + ["10.0.0.2"], (2, 9), [200, 200, 429, 200]),
        ([f"10.0.0.{n}" for n in range(4)], (9, 3), [200, 200, 200, 429]),
        ([f"10.0.0.{n}" for n in range(4)], (9, 9), [200] * 4),
    ],
)
def test_one_address_and_all_of_them_have_their_share_of_a_minute(
    asked: Site, addresses: list[str], limits: tuple[int, int], statuses: list[int]
) -> None:
    found = asyncio.run(_many(asked, paths(asked)[0], addresses, crowd=limits[0], everybody=limits[1]))
    assert [each.status_code for each in found] == statuses
    assert all(each.headers["retry-after"] == "60" for each in found if each.status_code == 429)
