"""When a campaign is looked back upon: soon for what is remembered, late enough for what has to mature."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsflow.campaigns.calendars import working_days
from opsflow.kernel.terms import TaskCode
from opsflow.kernel.zoned import local_date
from tests.rehearsal.troupe import A, B, C, S, loaded, planned

DEBRIEF, FIGURES, MEETING = (TaskCode(code) for code in ("RV01", "RV02", "RV09"))
MATURES = {S: 14, A: 14, B: 7}
"""Calendar days after which retention can be counted, by the sample of each level; at C none is."""


def day(sample: str, at: datetime) -> date:
    return local_date(at, ZoneInfo(loaded(sample).campaign.zone))


@pytest.mark.parametrize("sample", [S, A, B, C])
def test_debrief_and_review_keep_the_working_days_of_their_level(sample: str) -> None:
    given, plan = loaded(sample), planned(sample)
    policy, calendar = given.sop.levels[plan.level], working_days(given.organisation)
    last = day(sample, plan.end - timedelta(seconds=1))
    codes = {task.id for task in plan.tasks}
    assert (DEBRIEF in codes, MEETING in codes) == (policy.hot_debrief is not None, sample != C)
    for code, days in ((DEBRIEF, policy.hot_debrief), (MEETING, policy.review)):
        if code in codes and days is not None:
            assert day(sample, plan.task(code).due) >= calendar.shift(last, days), code
    if DEBRIEF in codes:
        assert day(sample, plan.task(DEBRIEF).due) < day(sample, plan.task(FIGURES).start)


@pytest.mark.parametrize("sample", MATURES)
def test_the_review_meets_when_its_figures_have_matured(sample: str) -> None:
    """Whoever came on the last day is counted so many days later, and that day must be over."""
    plan = planned(sample)
    known = day(sample, plan.end) + timedelta(days=MATURES[sample])
    assert day(sample, plan.task(FIGURES).start) >= known
    assert plan.task(FIGURES).due <= plan.task(MEETING).start
