"""Whole campaigns through the real flows: everything the issue asks of a rehearsal, read from what it leaves behind."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from opsflow.kernel.terms import LANGUAGES
from opsflow.prizes.draws.checking import verified
from tests.architecture.sources import ROOT
from tests.rehearsal.troupe import SAMPLES, C, S

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
MOST_RUNS = 300
DOCUMENTS = {
    "initial_planning": ["brief", "initial-planning-agenda", "initial-planning-minutes"],
    "coordination": ["proposal", "coordination-agenda", "coordination-minutes"],
    "decision": ["plan", "rules", "publicity-plan", "material-plan", "budget", "self-check", "decision-agenda", "decision-record"],
    "execution": ["runbook", "department-schedules", "go-live-checklist", "run-sheet"],
    "closing": ["winners", "closing-checklist", "closing-summary"],
    "review": ["hot-debrief", "review-agenda", "review-report", "lessons", "archive-index"],
}  # fmt: skip
"""The table of issue A, part 7; live reports come on top."""


@dataclass(frozen=True)
class Ran:
    """One `opsflow rehearse` in a process of its own."""

    out: Path
    code: int
    stdout: str
    stderr: str

    def rows(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.out / name).read_text("utf-8").splitlines()]

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.out.rglob("*") if path.is_file())
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in found}


def run(opsflow: Path, sample: str, out: Path, *arguments: str) -> Ran:
    hidden = ("PYTHON", "PREFECT_", "OPSFLOW_", "VIRTUAL_ENV")
    place = {name: value for name, value in os.environ.items() if not name.startswith(hidden)} | {"PYTHONUTF8": "1"}
    command: list[str | Path] = [opsflow, "rehearse", SAMPLES / f"{sample}.yaml", "--out", out, *arguments]
    done = subprocess.run(command, env=place, cwd=out.parent, capture_output=True, text=True, check=False)
    return Ran(out, done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def demo(scripts: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The bundled S campaign with the demo's seed, by an environment that has only the wheel."""
    ran = run(scripts / "opsflow", S, tmp_path_factory.mktemp("彩 排") / "demo")
    assert ran.code == 0, ran.stderr
    return ran


def test_every_stage_closes_and_the_campaign_is_archived(demo: Ran) -> None:
    actions = [(row["action"], row["object"]) for row in demo.rows("journal.jsonl")]
    assert {what for action, what in actions if action == "stage.closed"} == set(DOCUMENTS)
    assert actions[-1][0] == "campaign.archived"


def test_the_demo_has_its_five_events(demo: Ran) -> None:
    journal = demo.rows("journal.jsonl")
    counted = Counter(row["action"] for row in journal)
    assert counted["approval.rejected"] == 1
    assert [row["data"]["passed"] for row in journal if row["action"] == "self_check.closed"] == [False, True]
    assert any(row["data"]["deputy_for"] for row in journal if row["action"] == "task.opened")
    (late,) = {row["object"] for row in journal if row["action"] == "task.done" and row["data"]["late"]}
    escalated = {
        notice["key"].split("/")[2]
        for row in demo.rows("messages.jsonl")
        for notice in row["notices"]
        if notice["template"] == "task_escalated"
    }
    assert escalated == {late}


def test_its_draws_are_proven_by_what_it_leaves_behind_and_every_prize_is_settled(demo: Ran) -> None:
    journal = demo.rows("journal.jsonl")
    sealed = {row["object"]: row["data"]["commitment"] for row in journal if row["action"] == "draw.committed"}
    numbers = {row["object"]: row["data"]["number"] for row in journal if row["action"] == "draw.drawn"}
    assert len(sealed) == len(numbers) == 5
    for name, commitment in sealed.items():
        folder = demo.out / "draws" / name.rpartition("/")[2]
        assert verified(folder, commitment, numbers[name] or "").startswith("The proof holds")
    (command,) = (line for line in demo.stdout.splitlines() if "verify.py" in line)
    checked = subprocess.run(shlex.split(command), cwd=demo.out.parent, capture_output=True, text=True, check=True)
    assert "draws/first-draw" in command
    assert checked.stdout.startswith("The proof holds")
    summary = next((demo.out / "documents" / "en").glob("*-closing-summary.md")).read_text("utf-8")
    counted = re.search(r"Of (\d+) prizes won, (\d+) are paid, shipped or handed over; (\d+) lapsed", summary)
    assert counted
    assert counted[1] == counted[2]
    assert int(counted[3]) > 0, "somebody has forgotten to claim"


def test_everything_that_was_paid_is_in_the_statement_of_whoever_paid_it(demo: Ran) -> None:
    journal = demo.rows("journal.jsonl")
    signed = sum(row["data"]["count"] for row in journal if row["action"] == "payouts.signed")
    held = [row["data"] for row in journal if row["action"] == "payouts.reconciled"]
    assert signed > 500
    assert held[-1] == {"provider": "rehearsal", "matching": signed, "differences": 0, "under_way": 0}
    for name, said in (
        ("transcript.md", f"{signed} match, 0 differ"),
        ("transcript.zh.md", f"{signed} 笔一致，0 笔有差异"),
    ):
        assert said in (demo.out / name).read_text("utf-8")


def test_a_rehearsal_of_s_takes_at_most_300_prefect_runs(demo: Ran) -> None:
    told = re.search(r"(\d+) Prefect runs", demo.stdout)
    assert told
    assert 100 < int(told.group(1)) <= MOST_RUNS


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_folder_holds_the_documents_of_the_issue(demo: Ran, language: str) -> None:
    expected = {name for names in DOCUMENTS.values() for name in names}
    for ending in ("md", "html"):
        found = [path.stem for path in sorted((demo.out / "documents" / language).glob(f"*.{ending}"))]
        plain = [name.partition("-")[2] for name in found]
        assert {name for name in plain if not name.startswith("live-report-")} == expected
        assert len([name for name in plain if name.startswith("live-report-")]) == 23
        assert [name.partition("-")[0] for name in found] == [f"{number:02}" for number in range(1, len(found) + 1)]


def test_the_numbers_of_documents_follow_the_stages(demo: Ran) -> None:
    names = [path.stem.partition("-")[2] for path in sorted((demo.out / "documents" / "en").glob("*.md"))]
    stage_of = {name: stage for stage, known in DOCUMENTS.items() for name in known}
    stages = [stage_of.get(name, "execution") for name in names]
    assert stages == sorted(stages, key=list(DOCUMENTS).index)


def test_nobody_is_told_the_same_twice(demo: Ran) -> None:
    """F03."""
    keys = Counter(notice["key"] for row in demo.rows("messages.jsonl") for notice in row["notices"])
    assert [key for key, times in keys.items() if times > 1] == []


def test_nobody_is_reminded_of_what_is_done(demo: Ran) -> None:
    """F01, F04."""
    done = {row["object"]: row["at"] for row in demo.rows("journal.jsonl") if row["action"] == "task.done"}
    late_news = [
        (row["at"], notice["key"])
        for row in demo.rows("messages.jsonl")
        for notice in row["notices"]
        if notice["template"] in ("task_reminder", "task_overdue", "task_escalated", "task_opened")
        and datetime.fromisoformat(row["at"]) > datetime.fromisoformat(done[notice["key"].split("/")[2]])
    ]
    assert late_news == []


def test_every_message_says_why_in_both_languages(demo: Ran) -> None:
    rows = demo.rows("messages.jsonl")
    assert len(rows) > 200
    assert all(row["why"]["en"] and row["why"]["zh"] for row in rows)


def test_people_are_told_in_their_working_hours(demo: Ran) -> None:
    hours = {row["at"][11:16] for row in demo.rows("messages.jsonl") if not row["urgent"]}
    assert min(hours) >= "09:00"
    assert max(hours) < "18:00" or max(hours) == "18:00"


def test_nothing_of_the_machine_is_in_the_folder(demo: Ran) -> None:
    traces = re.compile(rb"127\.0\.0\.1|/tmp/|opsflow-rehearsal-|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-")
    assert {name for name, content in demo.files().items() if traces.search(content)} == set()


def test_the_plan_is_what_the_plan_command_prints(demo: Ran) -> None:
    command = [sys.executable, "-m", "opsflow.cli.main", "plan", str(SAMPLES / f"{S}.yaml")]
    arguments = ["--today", "2026-07-31", "--format", "json"]
    place = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, *arguments], env=place, capture_output=True, text=True, check=True)
    assert (demo.out / "plan.json").read_text("utf-8") == done.stdout


def test_the_pages_link_only_to_files_that_are_there(demo: Ran) -> None:
    for page in demo.out.glob("index*.html"):
        links = re.findall(r'href="([^"#:]+)"', page.read_text("utf-8"))
        assert len(links) > 40
        assert [link for link in links if not (demo.out / link).is_file()] == []


def test_a_folder_in_use_is_refused_before_anything_starts(scripts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    ran = run(scripts / "opsflow", C, out)
    assert ran.code == 3
    assert "--force" in ran.stderr
    assert [path.name for path in out.iterdir()] == ["letter.txt"]
