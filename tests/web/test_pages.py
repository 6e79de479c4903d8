"""The pages: whole in both languages, true, safe, read without holding up anybody."""

import re
import shutil
import sqlite3
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.standing import NotShown, paper, shelf, standing
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import LANGUAGES, CampaignKey, Language
from opsflow.kernel.text import Text
from opsflow.settings import Settings
from tests.documents.test_index_page import Page
from tests.engine.scene import at
from tests.engine.small import PLANNER, put_live
from tests.web.site import KEY, LEGAL, PAGES, SPONSOR, Site, organisation, put, set_up

MISSING = (
    "/campaigns/another-campaign",
    "/campaigns/x",
    f"/campaigns/{KEY}/tasks/ZZ99",
    f"/campaigns/{KEY}/documents/none",
    f"/campaigns/{KEY}/documents/proposal?revision=9",
    f"/campaigns/{KEY}/documents/proposal?revision=two",
    f"/campaigns/{KEY}/documents/proposal?revision=99999999999999999999",
    f"/campaigns/{KEY}/documents/..%2f..%2fetc",
    f"/campaigns/{KEY}%00",
    "/campaigns/%f0%9f%92%a9",
    "/campaigns",
    "/nothing",
    "/style/none.css",
)


def texts(html: str) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def tables(site: Site) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the database."""
    file = sqlite3.connect(str(site.ctx.database.engine.url.database))
    try:
        names = [name for (name,) in file.execute("select name from sqlite_master where type = 'table'")]
        return {name: file.execute(f"select * from {name}").fetchall() for name in names}
    finally:
        file.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_well_formed_in_both_languages(site: Site, language: Language) -> None:
    for path in PAGES:
        more = f"{'&' if '?' in path else '?'}language={language}"
        answer = site.ask(path + more)
        page = Page(answer.text)
        assert answer.status_code == 200, path
        assert (page.unclosed, page.open) == ([], []), path
        assert len(page.ids) == len(set(page.ids)), path
        assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in answer.text
        assert set(page.tags) >= {"main", "title"}
        assert set(page.tags).isdisjoint({"script", "style", "iframe", "img", "object"})
        assert " style=" not in answer.text, "inline style would be refused by the page's own policy"


@pytest.mark.parametrize(
    ("asked", "accepted", "tag"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("", "fr,en;q=0.2,zh;q=0.1", "en"),
        ("", "", "en"),
        ("", "de;q=x,zh;q=0.5", "zh-Hans"),
        ("?language=en", "zh", "en"),
        ("?language=zh", "en", "zh-Hans"),
        ("?language=fr", "zh", "zh-Hans"),
    ],
)
def test_the_address_decides_the_language_and_else_the_browser(site: Site, asked: str, accepted: str, tag: str) -> None:
    assert f'<html lang="{tag}">' in site.ask(f"/{asked}", headers={"accept-language": accepted}).text


def test_the_chinese_page_is_chinese_throughout(site: Site) -> None:
    put(site.ctx, {"en": "text", "zh": "正文"}, revision=3)
    for path in PAGES[:3]:
        html = re.sub(r"<title>.*?</title>", "", site.ask(f"{path}?language=zh").text)
        said = texts(html.replace("Task P1", "").replace("Some campaign", ""))
        assert re.findall(r"[\u4e00-\u9fff][,:;!?()]|[,;!?(][\u4e00-\u9fff]", said) == [], path


def test_the_campaign_page_says_who_is_late_and_by_how_much(site: Site) -> None:
    said = texts(site.ask(f"/campaigns/{KEY}").text)
    assert "Planner Operations Do Task P1" in said
    assert "2 working days late" in said
    assert "Vote on Proposal" in said


@pytest.mark.parametrize(
    ("language", "held", "live"), [("en", "not live yet", "live"), ("zh", "尚未上线", "活动进行中")]
)
def test_what_should_be_live_and_is_not_is_not_said_to_be(site: Site, language: Language, held: str, live: str) -> None:
    """On both pages; on hold, whatever the date."""
    assert isinstance(site.ctx.clock, VirtualClock)
    site.ctx.clock.move_to(at("25"))
    for state in (held, live):
        assert f"<span>{state}</span>" in site.ask(f"/?language={language}").text
        assert re.search(rf"[(（]{state}[)）]", site.ask(f"/campaigns/{KEY}?language={language}").text)
        put_live(site.ctx, KEY)


def test_the_campaign_page_shows_its_parts(site: Site) -> None:
    html = site.ask(f"/campaigns/{KEY}").text
    page = Page(html)
    sections = {"late", "timeline", "stages", "approvals", "coming", "documents", "load", "departments", "story"}
    assert sections <= set(page.ids)
    assert html.count('<tr><td class="head"><b>') >= 6
    assert f"/campaigns/{KEY}/documents/proposal?language=en" in page.links
    assert 'path class="today"' in html


def test_a_task_explains_its_date(site: Site) -> None:
    said = texts(site.ask(f"/campaigns/{KEY}/tasks/P1").text)
    assert "Why this date" in said
    assert "working days of lead" in said
    assert "P2" in said, "what it holds up"


def test_every_revision_of_a_document_can_be_read(site: Site) -> None:
    put(site.ctx, {"en": "third **text**", "zh": "第三版"}, revision=3)
    latest = site.ask(f"/campaigns/{KEY}/documents/proposal").text
    assert "third <strong>text</strong>" in latest
    first = site.ask(f"/campaigns/{KEY}/documents/proposal?revision=1").text
    assert "there is a newer one" in first
    assert f"/campaigns/{KEY}/documents/proposal?language=zh&amp;revision=1" in first, "in the other language as well"
    assert 'class="right"' in first, "figures stand under each other although inline style is refused"


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_a_page_with_the_way_out(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert '<a href="/?language=en">' in answer.text


def test_looking_writes_nothing(site: Site) -> None:
    before = tables(site)
    for path in (*PAGES, *MISSING, "/health", site.link("approve")):
        site.ask(path)
        site.ask(path, "HEAD")
    assert tables(site) == before


def test_a_page_is_shown_while_somebody_writes(site: Site) -> None:
    with site.ctx.transaction() as session:
        put_aside = session.connection().exec_driver_sql("update campaigns set status = 'stopped'")
        assert put_aside.rowcount == 1
        assert [site.ask(path).status_code for path in (*PAGES, "/health")] == [200] * (len(PAGES) + 1)
        session.rollback()


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site) -> None:
    first = site.ask(f"/campaigns/{KEY}")
    again = site.ask(f"/campaigns/{KEY}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    put(site.ctx, revision=3)
    changed = site.ask(f"/campaigns/{KEY}", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


def test_a_page_refreshes_itself_only_when_asked(site: Site) -> None:
    assert 'http-equiv="refresh"' not in site.ask(f"/campaigns/{KEY}").text
    assert '<meta http-equiv="refresh" content="60">' in site.ask(f"/campaigns/{KEY}?refresh=1").text


@pytest.mark.parametrize("path", ["/", "/nothing", "/health", "/style/page.css", "/style/icon.svg", "/links/x"])
def test_every_answer_carries_the_strict_headers(site: Site, path: str) -> None:
    headers = site.ask(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "cache-control" in headers


def test_links_are_kept_by_nobody(site: Site) -> None:
    assert site.ask(site.link("approve")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_no_description_of_the_application_is_served(site: Site, path: str) -> None:
    assert site.ask(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_pages_take_nothing(site: Site, method: str) -> None:
    for path in PAGES:
        assert site.ask(path, method).status_code == 405


def test_a_broken_template_of_the_workspace_is_no_traceback(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(str(site.ctx.settings.workspace), workspace)
    (workspace / "sop_templates" / "pages").mkdir()
    (workspace / "sop_templates" / "pages" / "campaigns.html.j2").write_text("{{ nothing }}", encoding="utf-8")
    broken = site.in_public(workspace=workspace, public_url="")
    answer = broken.ask("/")
    assert answer.status_code == 503
    assert "cannot be shown" in answer.text
    assert "campaigns.html.j2" in caplog.text


def test_a_database_that_is_gone_is_told(site: Site) -> None:
    site.ctx.database.engine.dispose()
    Path(str(site.ctx.database.engine.url.database)).write_bytes(b"no database at all, but some text " * 40)
    answer = site.ask("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert site.ask("/health").status_code == 503


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><svg/onload=alert(1)>",
    "{{ 7*7 }}{% for x in y %}",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<!-- --><base href=//evil.example>",
    "&lt;b&gt; & \\ ` | txt.exe",
)


class Marks(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_what_people_write_stays_words(
    sqlite_database: Database, clock: VirtualClock, launcher: MemoryLauncher, tmp_path: Path
) -> None:
    """Stored XSS in titles, names and documents, each of the list in each place: no mark of theirs is on any page."""
    bare = Context(Settings(database_url=sqlite_database.url), sqlite_database, clock, launcher, {})
    everything = " ".join(HOSTILE)
    org = organisation()
    people = {
        key: person.model_copy(update={"name": Text.both(f"{hostile} {key}")})
        for (key, person), hostile in zip(org.people.items(), cycle(HOSTILE), strict=False)
    }
    org = org.model_copy(update={"people": people, "name": Text.both(everything)})
    named = {"title": everything, "theme": {"title": everything, "subtitle": everything}}
    here, asked = set_up(bare, tmp_path, org=org, **named)
    put(here, {"en": "\n\n".join(HOSTILE), "zh": everything}, revision=3, title=Text.both(everything))
    site = Site(here, asked)
    link = site.link("reject")
    answers = [
        *(site.ask(path) for path in PAGES),
        *(site.in_public().ask(each) for each in (link, f"{link}/document")),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "alert(1)" in answer.text, "the control: their words are there"
        for tag, attributes in Marks(answer.text).found:
            assert tag not in {"script", "iframe", "object", "embed", "base", "style"}
            assert tag != "img" or "document" in str(answer.url), "a picture in a document is refused by the policy"
            assert [name for name in attributes if name.startswith("on")] == []
            target = attributes.get("href") or attributes.get("action") or "/"
            assert target.startswith(("/", "#", "https://", "http://")), target
        assert "{{ 7*7 }}" in answer.text or "document" in str(answer.url)


def test_nobody_is_told_an_address_of_a_person(site: Site) -> None:
    for path in PAGES:
        assert "@" not in site.ask(path).text


def test_what_a_page_is_made_of_is_read_from_either_database(ctx: Context, tmp_path: Path) -> None:
    here, _ = set_up(ctx, tmp_path)
    found = standing(here, KEY, "en", seen=lambda _: True)
    assert {each.what for each in found.overview.late} >= {"P1"}
    assert found.everywhere == {PLANNER: 1}
    assert [view.campaign.key for view in shelf(here, seen=lambda _: True).under_way] == [KEY]
    read = paper(here, KEY, "proposal", "zh", seen=lambda _: True)
    assert (read.document.revision, [each.number for each in read.revisions]) == (2, [1, 2])
    assert paper(here, KEY, "proposal", "en", seen=lambda _: True, revision=1).document.revision == 1
    with pytest.raises(NotFound):
        paper(here, KEY, "proposal", "en", seen=lambda _: True, revision=7)
    for unseen in (KEY, CampaignKey("another-campaign")):
        with pytest.raises(NotShown):
            standing(here, unseen, "en", seen=lambda _: False)
    assert {LEGAL, SPONSOR} <= set(found.snapshot.campaign.organisation.people)
