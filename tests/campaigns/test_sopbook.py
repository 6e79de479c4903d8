"""The SOP as a document: everything of the file is in it, in either language, at all levels or at one."""

import re
import shutil
from pathlib import Path

import pytest

from opsflow.campaigns.sopbook import render_sop
from opsflow.documents.html import body
from opsflow.kernel.terms import Language, Level, Stage
from opsflow.settings import SHIPPED
from opsflow.sop.files import load_sop
from opsflow.sop.model import Sop

FOLDERS = (SHIPPED,)


def standard() -> Sop:
    return load_sop(FOLDERS, "campaign")


def rows(markdown: str) -> dict[str, list[str]]:
    """The task tables: number -> the cells after it."""
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in markdown.splitlines() if "|" in line]
    return {row[0].strip(): row[1:] for row in cells if re.fullmatch(r"[A-Z]{2}\d\d", row[0].strip())}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_task_stage_meeting_gate_and_module_is_in_the_document(language: Language) -> None:
    sop, text = standard(), render_sop(FOLDERS, standard(), language)
    found = rows(text)
    assert list(found) == [task.id for stage in sop.stages for task in sop.tasks if task.stage is stage.id]
    titles = [
        *(stage.title for stage in sop.stages),
        *(stage.purpose for stage in sop.stages),
        *(topic.title for meeting in sop.meetings for topic in meeting.topics),
        *(fact.text for stage in sop.stages for fact in (*stage.gate, *stage.go_live_gate)),
        *(module.question for module in sop.self_check),
        *(document.title for document in sop.documents),
        *(policy.title for policy in sop.levels.values()),
        sop.purpose,
        sop.scope,
        sop.responsibilities,
    ]
    assert [title[language] for title in titles if title[language] not in text] == []


def test_a_task_says_who_how_long_at_each_level_after_what_and_with_what() -> None:
    assert rows(render_sop(FOLDERS, standard(), "en"))["IP09"] == [
        "Brief", "Campaign operations: planner", "2", "1", "1", "–", "IP02 IP03 IP05 IP06 IP07 IP08", "brief",
    ]  # fmt: skip


def test_conditions_are_said_in_words() -> None:
    text = render_sop(FOLDERS, standard(), "en")
    assert "*(where: Conversion or Repurchase)*" in text
    assert "*(where: on-site session or live stream)*" in text
    assert "*(on launch day)*" in text
    assert "（条件：有现场环节或有直播）" in render_sop(FOLDERS, standard(), "zh")


@pytest.mark.parametrize("level", list(Level))
def test_at_one_level_only_what_exists_there_is_shown(level: Level) -> None:
    sop = standard()
    found = rows(render_sop(FOLDERS, sop, "en", level))
    assert set(found) == {task.id for task in sop.tasks if level in task.days or level in task.live}
    named = {code for cells in found.values() for code in re.findall(r"\b[A-Z]{2}\d\d\b", cells[3])}
    assert named <= set(found)


def test_at_one_level_a_predecessor_that_is_missing_is_replaced_by_its_own() -> None:
    found = rows(render_sop(FOLDERS, standard(), "en", Level.C))
    assert found["DE18"][3] == "DE12 DE16 IP01 IP08"  # DE17, the release, does not exist at C; these it follows


def test_a_stage_that_is_not_held_says_so() -> None:
    text = render_sop(FOLDERS, standard(), "en", Level.C)
    coordination = text[text.index("### 5.2") : text.index("### 5.3")]
    assert "Not held at this level." in coordination
    assert next(stage.title.en for stage in standard().stages if stage.id is Stage.COORDINATION) in coordination


def test_the_levels_stand_side_by_side() -> None:
    text = render_sop(FOLDERS, standard(), "en")
    assert "| First meeting before the launch | 46 days | 29 days | 14 days | 7 days (first task) |" in text
    assert "| Freeze before the launch | 2 days | 2 days | none | none |" in text


def test_meetings_have_their_agenda_with_minutes_per_level() -> None:
    text = render_sop(FOLDERS, standard(), "en")
    assert "Held at S, A, B: 120 / 75 / 65 minutes." in text
    assert "In writing at C." in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_table_has_as_many_cells_in_each_row_as_in_its_head(language: Language) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", render_sop(FOLDERS, standard(), language), re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block


def test_it_becomes_a_page_without_leftover_markup() -> None:
    page = body(render_sop(FOLDERS, standard(), "en"))
    assert page.count("<table>") >= 10
    assert "|---|" not in page


def test_a_workspace_may_have_its_own_template(tmp_path: Path) -> None:
    folder = tmp_path / "documents/en"
    folder.mkdir(parents=True)
    (folder / "sop.md.j2").write_text("# {{ sop.title }}, our way\n", encoding="utf-8")
    text = render_sop((tmp_path, SHIPPED), standard(), "en")
    assert text == "# Standard operating procedure for online campaigns, our way\n"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_template_reads_the_same_from_a_workspace(tmp_path: Path, language: Language) -> None:
    shutil.copytree(SHIPPED / "documents", tmp_path / "documents")
    own = render_sop((tmp_path, SHIPPED), standard(), language)
    assert own == render_sop(FOLDERS, standard(), language)
