"""The documents of initial planning, coordination and decision, in both languages, drafted and final."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from opsflow.documents.html import body
from opsflow.documents.model import ApprovalFacts, AttendeeFacts, Dossier
from opsflow.documents.render import render
from opsflow.kernel.terms import LANGUAGES, Language
from opsflow.settings import SHIPPED
from tests.documents.dossiers import PEOPLE, almost_empty, complete, untouched

DOCUMENTS = {
    "brief": "IP09",
    "initial-planning-agenda": "IP10",
    "initial-planning-minutes": "IP12",
    "proposal": "CO12",
    "coordination-agenda": "CO14",
    "coordination-minutes": "CO17",
    "plan": "DE01",
    "rules": "DE02",
    "publicity-plan": "DE04",
    "material-plan": "DE05",
    "budget": "DE06",
    "self-check": "DE13",
    "decision-agenda": "DE17",
    "decision-record": "DE19",
}
IN_BOTH = pytest.mark.parametrize("language", LANGUAGES)
EACH = pytest.mark.parametrize("document", DOCUMENTS)


def final(document: str, language: Language = "en") -> Dossier:
    return complete(language, task=DOCUMENTS[document], title=document, document_id=document)


def draft(document: str, language: Language = "en") -> Dossier:
    return untouched(language, task=DOCUMENTS[document], title=document, document_id=document)


def written(document: str, dossier: Dossier) -> str:
    return render((SHIPPED,), document, dossier)


def broken_tables(markdown: str) -> list[str]:
    """Tables without a line of dashes under their head, or with rows of unequal length: the first line of each."""
    tables = re.findall(r"(?:^\|.*\n?)+", markdown, re.MULTILINE)
    lines = [table.splitlines() for table in tables]
    widths = [{len(re.findall(r"(?<!\\)\|", line)) for line in table} for table in lines]
    return [
        table[0]
        for table, width in zip(lines, widths, strict=True)
        if len(width) > 1 or len(table) < 3 or not re.fullmatch(r"[|:-]+", table[1])
    ]


@IN_BOTH
@EACH
def test_every_document_renders_as_draft_as_final_and_from_almost_nothing(document: str, language: Language) -> None:
    for dossier in (draft(document, language), final(document, language), almost_empty(language)):
        markdown = written(document, dossier)
        assert re.findall(r"^# .*", markdown, re.MULTILINE) == [f"# {dossier['document_title']}"]
        assert broken_tables(markdown) == []
        assert not re.search(r"None(?!\.)|Undefined|\n\n\n|N/A", markdown)
        assert "**" not in body(markdown), "emphasis that Markdown does not read as such"


@IN_BOTH
@EACH
def test_no_heading_stands_without_anything_under_it(document: str, language: Language) -> None:
    for dossier in (draft(document, language), final(document, language), almost_empty(language)):
        assert not re.search(r"^(##+) .*\n\n(\1 .*|\Z)|^## .*\n*\Z", written(document, dossier), re.MULTILINE)


@EACH
def test_a_chinese_document_speaks_chinese_only(document: str) -> None:
    words = set(re.findall(r"[A-Za-z]{3,}", written(document, final(document, "zh")).replace(document, "")))
    assert words <= {"App", "Asia", "Shanghai", "files"}


@EACH
def test_an_english_document_speaks_english_only(document: str) -> None:
    assert not re.search(r"[\u3000-\u9fff]", written(document, final(document)))


@EACH
def test_a_chinese_document_uses_chinese_punctuation(document: str) -> None:
    assert re.findall(r"[\u4e00-\u9fff][,:;?!()]", written(document, final(document, "zh"))) == []


def _hostile(value: Any, key: str = "") -> Any:
    fixed = {"id", "kind", "status", "stage", "subject", "verdict", "state", "mode", "language", "outcome_id", "line"}
    match value:
        case str() if key not in fixed and not key.endswith("_id") and key != "currency":
            return f"{value}|*b*<script>alert(1)</script>\n# x\n"
        case Mapping():
            return {name: _hostile(part, name) for name, part in value.items()}
        case list():
            return [_hostile(part, key) for part in value]
    return value


@IN_BOTH
@EACH
def test_no_name_can_break_a_table_or_the_page(document: str, language: Language) -> None:
    hostile = cast("Dossier", _hostile(final(document, language)))
    markdown = written(document, hostile)
    html = body(markdown)
    assert broken_tables(markdown) == []
    assert len(re.findall(r"^# ", markdown, re.MULTILINE)) == 1
    assert "<script" not in html
    assert "<em>" not in html


@EACH
def test_both_languages_have_the_same_sections_and_tables(document: str) -> None:
    def shape(language: Language) -> list[str]:
        lines = written(document, final(document, language)).splitlines()
        return [re.sub(r"[^|#]", "", line)[:12] for line in lines if line.startswith(("#", "|"))]

    assert shape("en") == shape("zh")


@EACH
def test_the_head_of_a_paper_says_what_it_is(document: str) -> None:
    head = written(document, final(document)).split("##")[0]
    for fact in ("Double 11 2026", "S: company-wide", "Final", "| 2 |", "2026-12-04 Fri", "Prepared by"):
        assert fact in head
    assert "| Draft | 1 | 2026-07-31 Fri |" in written(document, draft(document))


@EACH
def test_a_draft_shows_no_vote_no_opinion_and_no_score(document: str) -> None:
    markdown = written(document, draft(document))
    assert not re.search(r"\| (approves|rejects) \||fingerprint|Overdue|What became of it|of 100", markdown)


def lines_of(markdown: str, heading: str) -> list[str]:
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", markdown, re.MULTILINE | re.DOTALL)
    assert section, f"no section {heading}"
    return [line for line in section[1].splitlines() if line]


def cells(lines: list[str]) -> Iterator[list[str]]:
    for line in lines[2:]:
        if line.startswith("|"):
            yield [part.strip() for part in line.strip("|").split("|")]


def test_an_agenda_gives_each_topic_its_clock_time() -> None:
    rows = list(cells(lines_of(written("decision-agenda", draft("decision-agenda")), "Agenda")))
    assert [row[0] for row in rows] == ["14:00", "14:15", "14:40"]
    assert [row[3] for row in rows] == [PEOPLE["wu"].en, PEOPLE["xu"].en, "all"]


def test_an_agenda_of_a_released_paper_names_the_version_that_was_approved() -> None:
    assert "approved as version 2 on 2026-08-20 Thu 15:00" in written(
        "coordination-agenda", final("coordination-agenda")
    )
    assert "is not approved yet" in written("coordination-agenda", draft("coordination-agenda"))


def test_minutes_record_opinions_per_person_questions_with_owner_and_who_said_nothing() -> None:
    markdown = written("coordination-minutes", final("coordination-minutes"))
    said = lines_of(markdown, "Opinions, person by person")
    assert "| He Min, data | Three draws a day are more than service can answer. | Taken: one draw per phase |" in said
    assert said[-1].startswith("No opinion is recorded from Chen Jing, Wu Hao")
    assert "| Who pays the tax on phones? | Sun Ping | 2026-08-20 Thu |" in lines_of(markdown, "Open questions")


def test_minutes_before_any_verdict_do_not_ask_what_became_of_an_opinion() -> None:
    dossier = final("initial-planning-minutes")
    assert dossier["meeting"]
    for minute in dossier["meeting"]["minutes"]:
        minute["taken"] = minute["reply"] = None
    said = lines_of(written("initial-planning-minutes", dossier), "Opinions, person by person")
    assert said[0] == "| Person | Opinion |"


@pytest.mark.parametrize("present", [1, 2, 3])
def test_participants_stand_in_two_columns_and_nobody_is_lost(present: int) -> None:
    dossier = final("coordination-minutes")
    assert dossier["meeting"]
    people: list[AttendeeFacts] = [
        {"person": "Ann", "department": ""},
        {"person": "Bob", "department": "legal"},
        {"person": "Cy", "department": "risk"},
    ]
    dossier["meeting"]["attendees"] = people[:present]
    rows = lines_of(written("coordination-minutes", dossier), "Participants")
    assert [name for name in ("Ann", "Bob", "Cy") if name in "".join(rows)] == ["Ann", "Bob", "Cy"][:present]
    assert broken_tables("\n".join(rows)) == []


def test_a_question_without_owner_or_date_stands_out() -> None:
    dossier = final("plan")
    dossier["open_questions"][0].update({"owner": None, "due": None})
    assert "| **no owner yet** | **no date yet** |" in written("plan", dossier)


def test_the_plan_says_which_opinion_was_not_taken_and_why() -> None:
    said = lines_of(written("plan", final("plan")), "What changed, and what was not taken")
    assert any("**Not taken**: presale starts on the platforms on 20 October" in line for line in said)
    assert any(line.endswith("| None. | – |") for line in said), "an opinion of none needs no verdict"


def test_an_approval_shows_names_verdicts_dates_and_the_fingerprint() -> None:
    asked = lines_of(written("proposal", final("proposal")), "Approvals")
    assert asked[0].startswith("**Proposal, version 2: approved** on 2026-08-20 Thu 15:00")
    assert "| Head of legal | Deng Li (for Ma Chao) | rejects | 2026-08-20 Thu 15:00 | odds are missing |" in asked
    assert sum("`9f2b6c1d0a7e`" in line for line in asked) == 2


def test_at_the_level_that_decides_in_writing_the_plan_is_one_page_without_departments() -> None:
    dossier = draft("plan")
    assert dossier["meeting"]
    dossier["meeting"]["mode"] = "writing"
    markdown = written("plan", dossier)
    assert "## Tasks to the launch" in markdown
    assert not re.search(r"## (Division of labour|Publicity|Material)\n", markdown)


def test_the_rules_hold_caps_and_claim_days_and_keep_the_file_apart() -> None:
    public, kept = written("rules", final("rules")).split("\n---\n")
    assert "| Phone | Physical | 11 | CNY 6,999 |" in public
    assert "within **10 days**" in public
    assert "1. Each paid order lights one lantern; at most three a day." in public
    assert not re.search(r"Approval|Legal review|Overdue", public)
    assert "Legal review of rules and terms" in kept


def test_the_publicity_plan_names_what_is_not_covered() -> None:
    open_ends = lines_of(written("publicity-plan", final("publicity-plan")), "Not covered yet")
    assert open_ends == [
        "- Channels chosen, without a node: Metro screens",
        "- Phases without a node: Presale, First wave",
        "- Partners named, without an exchange dated: Metro Media",
    ]


def test_the_publicity_plan_runs_in_the_order_of_time() -> None:
    dossier = final("publicity-plan")
    dossier["campaign"]["publicity"].reverse()
    assert re.findall(r"^### (.*)", written("publicity-plan", dossier), re.MULTILINE) == ["Warm-up", "Peak"]


def test_the_material_plan_marks_what_has_no_date() -> None:
    markdown = written("material-plan", final("material-plan"))
    assert "| Metro posters | 40 | Marketing | Tang Wei | Hengyuan Print | **no date yet** |" in markdown
    assert lines_of(markdown, "Still to be settled") == ["- Metro posters: delivery date from Tang Wei"]


def test_the_budget_shows_lines_shares_return_and_cost_per_unit() -> None:
    markdown = written("budget", final("budget"))
    assert "| Publicity | CNY 900,000 | 37.5% | metro screens are 60% of it |" in markdown
    assert "| **Input to output** | 1 : 4 |" in markdown
    assert "| **Cost of one unit of the primary KPI** | CNY 2 (" in markdown


def test_prizes_beyond_the_rewards_line_stand_out_in_the_budget() -> None:
    dossier = final("budget")
    dossier["campaign"]["prizes"][0]["total_value"] = Decimal(300000)
    assert "**The prizes come to CNY 700,000, CNY 100,000 more than the line for rewards holds.**" in written(
        "budget", dossier
    )


def test_the_self_check_sheet_shows_each_reviewer_the_mean_and_the_round_before() -> None:
    markdown = written("self-check", final("self-check"))
    assert "| **Total** | **80.0 of 100** (round 1: 77.0) |" in markdown
    assert "| Layer | Module | He Min | Ma Chao | Tang Wei | Mean | Spread | Before | Mark |" in markdown
    assert "| Execution | Risk | 8 | 7 | 9 | **8.0** | 2 | 5.0 (weak) |  |" in markdown


def test_a_weak_module_is_marked_with_question_and_comments() -> None:
    dossier = final("self-check")
    dossier["self_check"] = dossier["self_check"][:1]
    markdown = written("self-check", dossier)
    assert "| Execution | Risk | 5 | 6 | 4 | **5.0** | 2 | **weak** |" in markdown
    assert "**Not passed**: below 6 and to be reworked: Risk" in markdown
    assert "- He Min (5): no drill yet" in markdown


def test_an_open_round_asks_its_questions_and_shows_no_score() -> None:
    dossier = final("self-check")
    opened = dossier["self_check"][0]
    for module in opened["modules"]:
        module.update({"scores": [], "mean": None, "spread": None, "weak": False})
    opened.update({"total": Decimal(0), "weak": []})
    dossier["self_check"] = [opened]
    markdown = written("self-check", dossier)
    assert markdown.count("Evidence asked for") == 10
    assert "of 100" not in markdown


def test_the_decision_record_lists_confirmed_dates_and_who_has_not_confirmed() -> None:
    markdown = written("decision-record", final("decision-record"))
    assert "| **Outcome** | **go** |" in markdown
    confirmed = lines_of(markdown, "Dates confirmed")
    assert any(
        line.startswith("| Gao Yuan | Design | EX02 Key visual and page design | 2026-09-15 Tue |")
        for line in confirmed
    )
    waiting = [row[0] for row in cells(lines_of(markdown, "Not confirmed yet"))]
    assert waiting == ["Lin Yue", "Xu Lei"]


def test_the_decision_record_names_the_version_that_was_approved_not_one_that_was_refused() -> None:
    dossier = final("decision-record")
    refused = {**dossier["approvals"][-1], "version": 2, "status": "rejected"}
    dossier["approvals"].append(cast("ApprovalFacts", refused))
    assert "| **Decided on** | Plan version 1," in written("decision-record", dossier)


def test_what_is_overdue_is_listed_with_its_owner() -> None:
    late = lines_of(written("plan", final("plan")), "Overdue")
    assert "| RV07 | Review report | Lin Yue, campaign operations | 2026-12-03 Thu 18:00 | 1 working day |" in late


def test_a_working_paper_lists_only_what_is_late_in_its_own_stage() -> None:
    assert "## Overdue" not in written("budget", final("budget"))


def test_a_provisional_year_is_said_where_dates_are_agreed() -> None:
    dossier = draft("brief")
    dossier["campaign"]["provisional"] = True
    assert "Dates in it are provisional" in "".join(lines_of(written("brief", dossier), "Reservations about the dates"))


def test_a_phase_that_ends_at_noon_says_so() -> None:
    dossier = draft("plan")
    phase = dossier["campaign"]["phases"][0]
    phase["end"] = phase["end"].replace(hour=12)
    markdown = written("plan", dossier)
    assert "| Presale | 2026-10-20 Tue 00:00 | 2026-11-01 Sun 12:00 |" in markdown
    assert f"end of {date(2026, 11, 9)} Mon" in markdown


def test_one_item_is_no_plural() -> None:
    dossier = final("plan")
    dossier["campaign"]["materials"] = dossier["campaign"]["materials"][:1]
    assert "1 item from 1 department; the" in written_from("plan", dossier)


def test_means_of_scores_are_shown_so_that_their_column_adds_up() -> None:
    dossier = final("self-check")
    last = dossier["self_check"][-1]
    del last["modules"][3:]
    for module, mean in zip(last["modules"], ("8.25", "8.25", "7.5"), strict=True):
        module["mean"] = Decimal(mean)
    last["total"] = Decimal("24.0")
    text = written_from("self-check", dossier)
    assert text.count("**8.25**") == 2
    assert "**24.0**" in text


def written_from(document: str, dossier: Dossier) -> str:
    return render((SHIPPED,), document, dossier)
