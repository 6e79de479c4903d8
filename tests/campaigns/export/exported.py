"""The sample of Double 11, planned and ready to export."""

from dataclasses import replace
from datetime import date
from functools import cache

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.export.model import Export, export_of
from opsflow.campaigns.files import load
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.planner import plan
from opsflow.kernel.terms import Language, TaskCode
from opsflow.kernel.text import Text
from opsflow.settings import SHIPPED
from opsflow.workdays.model import WorkCalendar

MADE = date(2026, 7, 1)
SAMPLE = SHIPPED / "samples/campaigns/double-eleven-2026.yaml"


@cache
def calendar() -> WorkCalendar:
    return working_days(load(SAMPLE, (SHIPPED,)).organisation)


def guessed(export: Export, *years: int) -> Export:
    """The same where the calendars of these years are not published."""
    return replace(export, provisional=years)


@cache
def double_eleven(language: Language = "en") -> Export:
    loaded = load(SAMPLE, (SHIPPED,))
    found = plan(loaded.campaign, loaded.organisation, loaded.sop, calendar(), MADE)
    assert isinstance(found, Plan)
    return export_of(found, loaded.campaign, loaded.organisation, loaded.sop, language, made_on=MADE)


def retitled(export: Export, code: str, title: str) -> Export:
    """The same with another title for one task."""
    stages = tuple(
        replace(
            stage,
            tasks=tuple(
                replace(task, title=Text.both(title)) if task.id == TaskCode(code) else task for task in stage.tasks
            ),
        )
        for stage in export.plan.stages
    )
    return replace(export, plan=replace(export.plan, stages=stages))
