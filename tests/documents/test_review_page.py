"""The review as a page: the document's own words, charts whose figures are the dossier's, nothing loaded from elsewhere."""

import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from opsflow.documents.render import render
from opsflow.documents.reviewcharts import BARS, LABELS, review_charts
from opsflow.documents.reviewpage import review_page
from opsflow.kernel.terms import Language
from tests.documents.story import FINISHED, FOLDERS, dossier, empty
from tests.web.browser import browser


def page(language: Language) -> str:
    facts = dossier(language, "review-report")
    return review_page(FOLDERS, render(FOLDERS, "review-report", facts), facts)


def drawings(html: str) -> list[ET.Element]:
    return [ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_charts_stand_after_the_effect_and_before_the_cause(language: Language) -> None:
    html = page(language)
    headings = {"en": ("2. What was the effect", "3. What was the cause"), "zh": ("二、评估结果", "三、分析原因")}[
        language
    ]
    places = [html.index(headings[0]), html.index("<svg"), html.rindex("</svg>"), html.index(headings[1])]
    assert places == sorted(places)
    assert len(drawings(html)) == 4
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in html


def test_each_bar_is_as_long_as_its_figure_and_says_it() -> None:
    facts = dossier("en", "review-report")
    charts = review_charts(facts)
    records = [each for each in facts["records"] if each["total"]]
    most = max(each["total"] for each in records)
    for record, row in zip(records, charts["deadlines"]["rows"], strict=True):
        assert row["figures"] == [record["on_time"], record["late"], record["open"]]
        assert sum(part["width"] for part in row["segments"]) == pytest.approx(record["total"] / most * BARS, abs=0.3)
    texts = [
        element.text or "" for svg in drawings(page("en")) for element in svg.iter() if element.tag.endswith("text")
    ]
    assert all(record["department"][0].upper() + record["department"][1:] in texts for record in records)


def test_a_module_below_six_is_marked_and_shows_where_it_stood_before() -> None:
    facts = dossier("en", "review-report")
    round_ = facts["self_check"][-1]
    first = {**round_, "modules": [{**module, "mean": Decimal(5)} for module in round_["modules"]]}
    weak = {**round_, "modules": [{**module, "mean": Decimal("5.5")} for module in round_["modules"]]}
    found = review_charts({**facts, "self_check": [first, weak]})["self_check"]  # type: ignore[list-item]
    assert found is not None
    assert {part["kind"] for row in found["rows"] for part in row["segments"]} == {"weak"}
    assert {row["mark"] for row in found["rows"]} == {LABELS + BARS / 2}


def test_a_campaign_of_which_nothing_is_known_has_a_page_all_the_same() -> None:
    facts = empty("en", "review-report")
    assert "<h1>" in review_page(FOLDERS, render(FOLDERS, "review-report", facts), facts)


def test_a_template_without_the_third_step_has_the_charts_at_its_end() -> None:
    html = review_page(FOLDERS, "# Ours\n\nWords.\n", dossier("en", "review-report"))
    assert html.index("Words.") < html.index("<svg")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("## In short", "The hot debrief was held on", "14 days", "SOP proposal")),
        ("zh", ("## 摘要", "热复盘已于", "14 日留存", "SOP 修订建议")),
    ],
)
def test_the_report_says_when_it_was_looked_at_and_what_became_of_lessons(
    language: Language, said: tuple[str, ...]
) -> None:
    facts = dossier(language, "review-report")
    for held in facts["meetings"]:
        for minute in held["minutes"]:
            if minute["kind"] == "lesson":
                minute["proposal"] = {"number": 3, "status": "accepted", "status_title": "yes", "version": 2}
    text = render(FOLDERS, "review-report", facts)
    assert [part for part in said if part not in text] == []
    held_at = {held["id"]: held["held_at"] for held in facts["meetings"]}
    matured = facts["campaign"]["end"] + timedelta(days=14)
    assert held_at["hot_debrief"] is not None
    assert held_at["review"] is not None
    assert facts["campaign"]["end"] < held_at["hot_debrief"] < matured <= held_at["review"] <= FINISHED
    assert f"{matured:%Y-%m-%d}" in text or f"{matured.month}月{matured.day}日" in text


def test_a_real_browser_shows_it_whole_on_paper_and_on_a_telephone(tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    file.write_text(page("zh"), encoding="utf-8")
    outside = """[...document.querySelectorAll("svg text")].filter(text => {
        const own = text.getBoundingClientRect(), frame = text.closest("svg").getBoundingClientRect();
        return own.left < frame.left - 1 || own.right > frame.right + 1}).map(text => text.textContent)"""
    with browser(tmp_path / "chromium") as opened:
        for width, paper in ((760, True), (390, False)):
            opened.resize(width)
            opened.on_paper(on=paper)
            opened.open(file.as_uri())
            assert opened.find("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
            assert opened.find(outside) == []
        assert opened.complaints == []


@pytest.mark.parametrize(("language", "said"), [("en", "Level C holds no review meeting"), ("zh", "C 级不召开复盘会")])
def test_a_level_without_a_review_does_not_wait_for_one(language: Language, said: str) -> None:
    facts = dossier(language, "review-report")
    facts["meetings"] = [held for held in facts["meetings"] if held["stage"] != "review"]
    facts["campaign"]["level"] = "C"
    text = render(FOLDERS, "review-report", facts)
    assert said in text
    assert [waits for waits in ("in the review", "在复盘会") if waits in text] == []


@pytest.mark.parametrize(("language", "said"), [("en", "the target was missed"), ("zh", "未达成")])
def test_measured_results_stand_beside_their_targets_and_missing_ones_are_dashes(language: Language, said: str) -> None:
    facts = dossier(language, "review-report")
    first, *others = facts["campaign"]["kpis"]
    first["target"], first["result"], first["met"] = Decimal(200), Decimal(150), False
    assert others
    assert all(kpi["result"] is None for kpi in others)
    text = render(FOLDERS, "review-report", facts)
    assert said in text
    assert "75%" in text
    assert "| – |" in text
    charts = review_charts(facts)["kpis"]
    assert charts is not None
    assert [(row["figures"], row["segments"][0]["width"]) for row in charts["rows"]] == [([75], BARS / 2)]
    assert len(drawings(review_page(FOLDERS, text, facts))) == 5


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_mark_of_markdown_is_left_on_the_page(language: Language) -> None:
    """Chinese brackets beside asterisks are no emphasis to Markdown: they would be printed."""
    facts = dossier(language, "review-report")
    for kpi in facts["campaign"]["kpis"]:
        kpi["result"], kpi["met"] = kpi["target"], True
    assert "**" not in review_page(FOLDERS, render(FOLDERS, "review-report", facts), facts)
