"""The shipped SOP and the shipped samples: whole campaigns at all four levels, without Prefect; the largest on both
databases, as are all small campaigns (test_small_lives.py).
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.planner import plan
from opsflow.campaigns.state import CampaignStatus
from opsflow.context import Context
from opsflow.engine.record import Record, record
from opsflow.engine.start import start
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import LANGUAGES, TaskCode
from opsflow.kernel.zoned import local_date
from opsflow.settings import SHIPPED
from opsflow.stages.model import StageStatus, TaskStatus
from tests.engine.driving import People, live

DOCUMENTS = {
    "double-eleven-2026": """
        brief initial-planning-agenda initial-planning-minutes
        proposal coordination-agenda coordination-minutes
        plan rules publicity-plan material-plan budget self-check decision-agenda decision-record
        runbook department-schedules go-live-checklist run-sheet
        closing-checklist closing-summary winners
        hot-debrief review-agenda review-report lessons archive-index""",
    "spring-game-2027": """
        brief initial-planning-agenda initial-planning-minutes
        proposal coordination-agenda coordination-minutes
        plan rules publicity-plan material-plan budget self-check decision-agenda decision-record
        runbook department-schedules go-live-checklist run-sheet
        closing-checklist closing-summary winners
        hot-debrief review-agenda review-report lessons archive-index""",
    "learning-challenge-2026": """
        brief initial-planning-agenda initial-planning-minutes
        plan rules publicity-plan budget self-check decision-agenda decision-record
        runbook go-live-checklist run-sheet
        closing-checklist closing-summary winners
        review-report lessons archive-index""",
    "member-day-2026": """
        plan rules self-check decision-record
        runbook go-live-checklist run-sheet
        closing-checklist closing-summary winners
        review-report lessons archive-index""",
}
"""The table of the issue: all of it at S; elsewhere what has its task at that level."""


LIVED = tuple(DOCUMENTS)[0 if os.environ.get("OPSFLOW_TEST_WHOLE_SAMPLES") else 3 :]
"""Double 11 is lived through Prefect, where its papers are looked at as well (tests/rehearsal/test_rehearsal_whole.py), the
spring game where its build is late and the learning challenge where its plan is revised (tests/rehearsal/test_many_seeds.py)."""


def planned(loaded: Loaded) -> Plan:
    """Planned months ahead."""
    today = loaded.campaign.live.start.date() - timedelta(days=120)
    found = plan(loaded.campaign, loaded.organisation, loaded.sop, working_days(loaded.organisation), today)
    assert isinstance(found, Plan)
    return found


def live_through(ctx: Context, name: str) -> tuple[Record, Plan]:
    """Everybody on time, from the first task to the archive."""
    whole = load(SHIPPED / "samples" / "campaigns" / f"{name}.yaml", ctx.settings.template_folders)
    # Draws are played in rehearsals (tests/rehearsal); these people do tasks.
    loaded = replace(whole, campaign=whole.campaign.model_copy(update={"draws": ()}))
    wanted = planned(loaded)
    clock = VirtualClock(min(task.start for task in wanted.tasks))
    here = Context(ctx.settings, ctx.database, clock, MemoryLauncher(), ctx.channels)
    key = start(here, loaded, today=local_date(clock.now(), ZoneInfo(loaded.campaign.zone)))
    live(People(here, key))
    return record(here, key), wanted


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("database", "name"),
    [*(("sqlite", name) for name in LIVED), ("postgresql", "member-day-2026")],
    indirect=["database"],
)
def test_a_sample_lives_to_its_archive_with_exactly_its_documents(ctx: Context, name: str) -> None:
    story, wanted = live_through(ctx, name)
    assert story.snapshot.campaign.status is CampaignStatus.ARCHIVED
    assert {stage.status for stage in story.snapshot.stages} <= {StageStatus.CLOSED, StageStatus.SKIPPED}
    assert {task.status for task in story.snapshot.tasks} == {TaskStatus.DONE}
    assert {task.code for task in story.snapshot.tasks} == {task.id for task in wanted.tasks}
    _papers(story, name)
    _told_once(story)


def _papers(story: Record, name: str) -> None:
    zone = story.snapshot.campaign.zone
    reported = {local_date(at, zone) for at in story.snapshot.repeats[TaskCode("LV02")]}
    papers = {document.id for document in story.documents}
    reports = {paper for paper in papers if paper.startswith("live-report")}
    assert reports == {f"live-report-{day}" for day in reported}
    assert papers - reports == set(DOCUMENTS[name].split())
    assert Counter(document.language for document in story.documents) == dict.fromkeys(LANGUAGES, len(papers))
    assert {document.state for document in story.documents} == {"final"}
    assert all(document.body.startswith("# ") for document in story.documents)


def _told_once(story: Record) -> None:
    """Nobody was late, so nobody was escalated; no notice went out twice (F03)."""
    notices = [(message.person, key) for message in story.messages for _, _, key in message.notices]
    assert len(notices) == len(set(notices))
    templates = Counter(template for message in story.messages for _, template, _ in message.notices)
    assert not {"task_overdue", "task_escalated", "rework_requested", "go_live_hold"} & set(templates)
    actions = Counter(entry.action for entry in story.entries)
    existing = [stage for stage in story.snapshot.stages if stage.status is StageStatus.CLOSED]
    assert actions["stage.opened"] == actions["stage.closed"] == len(existing)
    assert actions["task.opened"] + actions["approval.requested"] + actions["self_check.opened"] == len(
        story.snapshot.tasks
    )
