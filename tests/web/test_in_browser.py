"""The pages in a real Chromium: nothing is refused, nothing scrolls sideways, everything can be read, the buttons work."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn

from opsflow.adapters.memory import MemoryLauncher
from opsflow.approvals.model import ApprovalStatus
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import AnswerRow
from opsflow.engine.worklist import one_task
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import LANGUAGES, Language, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.links import action_links, page_link
from opsflow.settings import Settings
from opsflow.web.app import make_app
from tests.approvals.asked import stored, votes_in_journal
from tests.engine.small import PLANNER
from tests.feedback.test_surveys import count
from tests.web.browser import Browser, browser
from tests.web.site import KEY, LEGAL, PAGES, SPONSOR, Site, put, small_site
from tests.web.test_answering import asking, paths
from tests.web.test_claiming import code_paths, pay_codes, with_coupons

CONTRAST = """
(() => {
  const part = value => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.querySelectorAll('body *:not(svg *)')) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    if (!element.checkVisibility() || element.closest('.skip')) continue;
    const style = getComputedStyle(element), [a, b] = [light(rgb(style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.7 && style.fontWeight >= 600;
    if (ratio < (large ? 3 : 4.5)) weak.push(element.textContent.trim().slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return weak;
})()
"""
"""Texts that are too faint on what is behind them (WCAG 1.4.3)."""
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
TEXT = "document.body.innerText"


@contextmanager
def served(site: Site, listening: socket.socket) -> Iterator[None]:
    """The application on a port of this machine, as `opsflow up` serves it."""
    config = uvicorn.Config(make_app(lambda: nullcontext(site.ctx)), access_log=False, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)
        site.ctx.database.close()


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


def place(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def with_links(site: Site, base: str) -> Site:
    """The site where the browser's address is the public one."""
    settings = site.in_public(public_url=base).ctx.settings
    return replace(site, ctx=replace(site.ctx, settings=settings))


def link_of(site: Site, verdict: str) -> str:
    settings, now = site.ctx.settings, site.ctx.clock.now()
    matter = f"approval/{site.approval.id}/{SPONSOR}"
    return action_links(settings, [verdict], matter=matter, person=SPONSOR, now=now)[verdict]


@pytest.mark.timeout(240)
def test_every_page_fits_and_can_be_read_at_every_width_in_both_languages_by_day_and_by_night(
    chrome: Browser, listening: socket.socket, tmp_path: Path
) -> None:
    site, base = small_site(tmp_path), place(listening)
    wide = "| a | b | c | d |\n|---|--:|:-:|---|\n| " + " | ".join(["a long text that needs its room"] * 4) + " |\n"
    put(
        site.ctx,
        {"en": f"# Proposal\n\n{wide}", "zh": f"# 活动提案\n\n{wide}"},
        revision=3,
        title=Text("P", "活动提案"),
    )
    with served(site, listening):
        for language in LANGUAGES:
            for path in (*PAGES[:4], "/nothing"):
                for width in (390, 1280):
                    chrome.resize(width)
                    chrome.dark(on=width == 1280 and language == "zh")
                    chrome.open(f"{base}{path}?language={language}")
                    where = f"{path} {language} {width}"
                    assert not chrome.find(SIDEWAYS), where
                    assert chrome.find(CONTRAST) == [], where
                    assert chrome.find("document.querySelectorAll('main, h1').length") >= 2, where
                    refused = [said for said in chrome.complaints if "404" not in said]
                    assert refused == [], where
                    chrome.complaints.clear()
        chrome.dark(on=False)
        chrome.find("document.querySelector('main').style.color = '#8c8c8c'")
        assert chrome.find(CONTRAST) != [], "the control: a faint text is found"
        chrome.find("document.querySelector('main').style.width = '3000px'")
        chrome.find("document.querySelector('main').style.maxWidth = 'none'")
        assert chrome.find(SIDEWAYS), "the control: what is too wide is found"


def test_a_page_can_be_printed(chrome: Browser, listening: socket.socket, tmp_path: Path) -> None:
    site = small_site(tmp_path)
    with served(site, listening):
        chrome.resize(1280)
        chrome.open(f"{place(listening)}/campaigns/{KEY}")
        assert chrome.find("getComputedStyle(document.querySelector('.bar')).display") == "flex"
        chrome.on_paper(on=True)
        assert chrome.find("getComputedStyle(document.querySelector('.bar')).display") == "none"
        assert chrome.find("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        chrome.on_paper(on=False)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_button_of_a_link_approves(chrome: Browser, listening: socket.socket, tmp_path: Path, width: int) -> None:
    """With the browser's own headers: a page that sends no referrer says that its origin is `null`."""
    site = with_links(small_site(tmp_path), place(listening))
    with served(site, listening):
        chrome.resize(width)
        chrome.open(link_of(site, "approve"))
        assert "Approve Proposal, version 1?" in chrome.find(TEXT)
        assert not chrome.find(SIDEWAYS)
        assert chrome.find("document.querySelector('button').getBoundingClientRect().height") >= 44
        assert votes_in_journal(site.ctx) == []
        chrome.press("button")
        assert "Your vote is recorded" in chrome.find(TEXT)
        assert chrome.complaints == []
        assert votes_in_journal(site.ctx) == [(SPONSOR, "approval.approved")]
        chrome.open(link_of(site, "approve"))
        assert "You have voted already" in chrome.find(TEXT)
        chrome.complaints.clear()


def test_a_rejection_is_typed_and_sent(chrome: Browser, listening: socket.socket, tmp_path: Path) -> None:
    site = with_links(small_site(tmp_path), place(listening))
    with served(site, listening):
        chrome.resize(390)
        chrome.open(f"{link_of(site, 'reject')}?language=zh")
        assert chrome.find("document.querySelector('form').checkValidity()") is False, "a reason is wanted"
        chrome.fill("#reason", "规则没有封顶，<b>请补充</b>。")
        chrome.press("button")
        assert "表决已记录" in chrome.find(TEXT)
    given = stored(site.ctx)
    assert given.status is ApprovalStatus.REJECTED
    assert [seat.reason for seat in given.seats if seat.person == SPONSOR] == [
        Text.both("规则没有封顶，<b>请补充</b>。")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_survey_is_answered_on_a_telephone_without_a_script(
    chrome: Browser,
    listening: socket.socket,
    sqlite_database: Database,
    clock: VirtualClock,
    tmp_path: Path,
    language: Language,
) -> None:
    site = with_links(asking(sqlite_database, clock, tmp_path), place(listening))
    path = paths(site)[0]
    with served(site, listening):
        chrome.resize(390)
        chrome.scripts(on=False)
        chrome.open(f"{place(listening)}{path}?language={language}")
        chrome.scripts(on=True)
        assert (chrome.find(SIDEWAYS), chrome.find(CONTRAST)) == (False, [])
        assert chrome.find("document.querySelector('form').checkValidity()") is False, "one answer is wanted"
        small = "[...document.querySelectorAll('.choice, button')].filter(e => e.getBoundingClientRect().height < 44)"
        assert chrome.find(f"{small}.length") == 0
        for name, value in (("satisfaction", "4"), ("recommend", "10"), ("difficulties", "page")):
            chrome.find(f"document.querySelector('[name={name}][value=\"{value}\"]').click()")
        chrome.fill("#words", "配送很快，<b>规则</b>太长")
        chrome.picture(tmp_path / "survey.png")
        chrome.press("button")
        assert ("Thank you" if language == "en" else "谢谢您的反馈") in chrome.find(TEXT)
        assert chrome.complaints == []
    assert count(site.ctx, AnswerRow) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_task_is_finished_on_a_telephone_without_a_script(
    chrome: Browser, listening: socket.socket, tmp_path: Path, language: Language
) -> None:
    site = with_links(small_site(tmp_path), place(listening))
    link = action_links(
        site.ctx.settings, ["done"], matter=f"task/{KEY}/P1", person=PLANNER, now=site.ctx.clock.now()
    )["done"]  # fmt: skip
    with served(site, listening):
        chrome.resize(390)
        chrome.scripts(on=False)
        chrome.open(f"{link}?language={language}")
        chrome.scripts(on=True)
        assert (chrome.find(SIDEWAYS), chrome.find(CONTRAST)) == (False, [])
        assert chrome.find("document.querySelector('form').checkValidity()") is False, "what is handed in is wanted"
        for field in ("button", "#evidence", "#note"):
            assert chrome.find(f"document.querySelector('{field}').getBoundingClientRect().height") >= 44, field
        chrome.fill("#evidence", "https://files.example.com/brief")
        chrome.fill("#note", "两个版本 <b>")
        chrome.press("button")
        assert {"en": "Recorded: done", "zh": "已记录：完成"}[language] in chrome.find(TEXT)
        assert chrome.complaints == []
    task = one_task(site.ctx, KEY, TaskCode("P1"))[1]
    assert (task.evidence, task.note) == ("https://files.example.com/brief", Text.both("两个版本 <b>"))


def test_somebody_is_let_in_and_walks_through_the_pages(
    chrome: Browser, listening: socket.socket, tmp_path: Path
) -> None:
    base = place(listening)
    site = with_links(small_site(tmp_path), base)
    with served(site, listening):
        chrome.resize(1280)
        chrome.open(f"{base}/campaigns/{KEY}")
        assert "This page is for the team" in chrome.find(TEXT)
        entrance = page_link(site.ctx.settings, LEGAL, now=site.ctx.clock.now(), campaign=KEY)
        chrome.open(str(entrance))
        assert "Who is late" in chrome.find(TEXT)
        chrome.press("#late td a")
        assert "Why this date" in chrome.find(TEXT)
        chrome.press(".bar a:last-of-type")
        chrome.press("#documents .papers a")
        assert "Proposal" in chrome.find(TEXT)
        chrome.press(".switch a")
        assert "活动提案" in chrome.find(TEXT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_winner_reads_a_long_code_on_a_telephone(
    chrome: Browser,
    listening: socket.socket,
    tmp_path: Path,
    sqlite_database: Database,
    clock: VirtualClock,
    language: Language,
) -> None:
    bare = Context(Settings(database_url=sqlite_database.url), sqlite_database, clock, MemoryLauncher(), {})
    ctx = with_coupons(bare, tmp_path, place(listening))
    pay_codes(ctx, *(f"{number}<i>" + "LONG" * 40 for number in (1, 2)))
    path = code_paths(ctx)[0]
    with served(Site(ctx, None), listening):  # type: ignore[arg-type]  # nothing is voted on
        chrome.open("about:blank")
        chrome.complaints.clear()  # what the browser says of an earlier test's page may come late
        chrome.resize(390)
        chrome.scripts(on=False)
        chrome.open(f"{place(listening)}{path}?language={language}")
        chrome.scripts(on=True)
        assert "<i>LONG" in chrome.find("document.querySelector('code').innerText")
        assert (chrome.find(SIDEWAYS), chrome.find(CONTRAST)) == (False, [])
        assert chrome.complaints == []
