"""The page a rehearsal opens with: complete, self-contained, safe, the same every time."""

import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from opsflow.documents.index import IndexPage, index_file, render_index
from opsflow.documents.timeline import Axis, chart
from opsflow.kernel.terms import LANGUAGES, Language
from tests.documents.story import FOLDERS, dossier
from tests.documents.story_page import bare_page, full_page
from tests.documents.story_people import FIRST_DAY, LAST_DAY
from tests.web.browser import chromium

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=2000",
]
PROBE = """<script>
const shown = () => [...document.querySelectorAll('.messages > li')].filter(li => getComputedStyle(li).display !== 'none');
const all = shown().length, topic = document.querySelector('#topic'), person = document.querySelector('#person');
topic.value = 'late';
const late = shown(); const onlyLate = late.every(li => li.dataset.topics.includes('late'));
document.querySelector('form').reset();
person.selectedIndex = 3;
const own = shown(); const onlyOwn = own.every(li => li.dataset.person === 'p3');
document.querySelector('form').reset();
document.title = [all, late.length, onlyLate, own.length, onlyOwn, shown().length,
  document.documentElement.scrollWidth <= innerWidth].join(' ');
</script></body>"""


class Page(HTMLParser):
    """What the tests ask a page for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.unclosed: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name in ("href", "src", "xlink:href") and value]
        self.labels += [known["for"] or ""] if tag == "label" else []
        if tag not in ("meta", "link", "br", "hr", "input", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)


def html(language: Language) -> str:
    return render_index(FOLDERS, full_page(language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("build", [full_page, bare_page])
def test_the_page_is_well_formed_with_and_without_content(
    language: Language, build: Callable[[Language], IndexPage]
) -> None:
    page = Page(render_index(FOLDERS, build(language)))
    assert page.unclosed == []
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_to_a_place_on_the_page_or_to_a_written_file(language: Language) -> None:
    facts = full_page(language)
    page = Page(render_index(FOLDERS, facts))
    files = {file for _, file in facts["languages"]}
    for line in facts["stages"]:
        for document in [*line["documents"], *(found for series in line["series"] for found in series)]:
            files |= set(document["paths"].values())
    for link in page.links:
        assert link.removeprefix("#") in page.ids if link.startswith("#") else link in files
    assert files - {index_file(language)} <= set(page.links)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_loads_nothing_and_runs_nothing(language: Language) -> None:
    text = html(language).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<img|<iframe|javascript:|file:", text)
    assert set(Page(text).tags).isdisjoint({"script", "img", "iframe", "object"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_facts_make_the_same_bytes(language: Language) -> None:
    assert html(language).encode() == html(language).encode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_says_its_language_and_links_to_the_other(language: Language) -> None:
    text = html(language)
    other = next(tongue for tongue in LANGUAGES if tongue != language)
    assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in text
    assert f'href="{index_file(other)}" hreflang="{other}"' in text


def test_the_chinese_page_is_chinese_throughout() -> None:
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html("zh"), flags=re.DOTALL)
    assert set(re.findall(r"\b[A-Za-z]{4,}\b", text)) <= {"English", "Prefect", "Asia", "Shanghai", "double", "eleven"}
    assert re.findall(r"[\u4e00-\u9fff][,:;!?]|[,;!?][\u4e00-\u9fff]", text) == []


def test_names_and_messages_cannot_break_the_page() -> None:
    facts = full_page("en")
    hostile = "\"'></option></style><script>alert(1)</script>{{ 7*7 }}"
    facts["title"] = facts["theme"] = hostile
    for person in facts["people"]:
        person["name"] = person["department"] = person["key"] = hostile
    for month in facts["months"]:
        for message in month["messages"]:
            message["line"] |= {"title": hostile, "body": hostile, "person": hostile}
    for link in facts["chart"]["chain"]:
        link["task"]["title"] = hostile
    for lane in facts["chart"]["lanes"]:
        lane["title"] = hostile
    page = Page(render_index(FOLDERS, facts))
    assert page.unclosed == []
    assert "script" not in page.tags


def test_every_message_can_be_filtered_by_topic_and_by_person() -> None:
    facts = full_page("en")
    written_to = sum(person["messages"] > 0 for person in facts["people"])
    for month in facts["months"]:
        for message in month["messages"]:
            assert set(message["topics"]) <= set(facts["topics"])
            assert message["filter"] in {f"p{number}" for number in range(1, written_to + 1)}


def test_messages_are_told_in_the_order_they_were_sent() -> None:
    sent = [message["line"]["at"] for month in full_page("en")["months"] for message in month["messages"]]
    assert sent == sorted(sent)
    assert len(sent) == full_page("en")["totals"]["messages"]


def test_daily_reports_stand_apart_from_the_other_documents() -> None:
    execution = next(line for line in full_page("en")["stages"] if line["facts"]["id"] == "execution")
    assert [len(series) for series in execution["series"]] == [23]
    assert {document["id"] for document in execution["documents"]} == {
        "runbook",
        "department-schedules",
        "go-live-checklist",
        "run-sheet",
    }


def test_a_highlight_leads_to_the_document_in_the_language_of_the_page() -> None:
    refusal = full_page("zh")["highlights"][0]
    assert refusal["document"] == {"title": "活动提案", "path": "documents/zh/proposal.html"}


def test_the_axis_is_as_wide_as_all_its_days() -> None:
    axis = Axis(FIRST_DAY, LAST_DAY)
    whole = axis.bar(FIRST_DAY, LAST_DAY)
    assert (whole["x"], whole["width"]) == (150.0, 960.0)


def test_everything_on_the_chart_lies_within_it() -> None:
    drawn = chart(dossier("en", "archive-index"))
    bars = [bar for lane in drawn["lanes"] for bar in (lane["planned"], lane["actual"], *lane["critical"]) if bar]
    bars += [phase["bar"] for phase in drawn["phases"]] + [link["bar"] for link in drawn["chain"]]
    assert len(bars) > 40
    assert all(bar["x"] >= 150 and bar["x"] + bar["width"] <= drawn["width"] + 0.2 for bar in bars)


def test_critical_days_that_touch_are_one_bar() -> None:
    lane = chart(dossier("en", "archive-index"))["lanes"][0]
    tasks = [
        task for task in dossier("en", "archive-index")["tasks"] if task["stage"] == lane["id"] and task["critical"]
    ]
    assert 0 < len(lane["critical"]) < len(tasks)


def test_the_chart_tells_a_reader_who_cannot_see_it() -> None:
    text = html("en")
    described = re.search(r'<desc id="gantt-desc">(.*?)</desc>', text, re.DOTALL)
    assert described is not None
    assert "Initial planning: planned 2026-07-31 Fri – 2026-08-12 Wed" in described[1]


@pytest.mark.timeout(90)
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 500)])
def test_a_browser_filters_messages_without_script_and_never_scrolls_sideways(
    tmp_path: Path, language: Language, width: int
) -> None:
    browser = chromium()
    file = tmp_path / index_file(language)
    file.write_text(html(language).replace("</body>", PROBE), encoding="utf-8")
    done = subprocess.run(
        [
            browser,
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={width},900",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title is not None
    every, late, only_late, own, only_own, after_reset, fits = title[1].split()
    assert int(every) == full_page(language)["totals"]["messages"] == int(after_reset)
    assert 0 < int(late) < int(every)
    assert 0 < int(own) < int(every)
    assert (only_late, only_own, fits) == ("true", "true", "true")
