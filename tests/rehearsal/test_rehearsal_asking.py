"""A campaign that asks its participants is rehearsed like any other: its survey opens and closes on time, without a run a day."""

from dataclasses import replace
from datetime import datetime

from opsflow.campaigns.feedbackplan import FeedbackPlan
from tests.rehearsal.abused import SMALL, Played, brief, played


def when(done: Played, action: str) -> list[datetime]:
    return [each.at for each in done.rehearsed.record.entries if each.action == action]


def test_a_survey_opens_and_closes_in_a_rehearsal_and_takes_no_runs_of_its_own() -> None:
    sample = brief(SMALL["C"])
    plan = FeedbackPlan(opens=datetime(2026, 8, 24, 10), close_days=0)  # noqa: DTZ001  on the campaign's clocks
    asks = replace(sample, campaign=sample.campaign.model_copy(update={"feedback": plan}))
    done = played(SMALL["C"], 3, loaded=asks)
    zone = done.rehearsed.cast.zone
    assert [at.astimezone(zone).isoformat() for at in when(done, "survey.opened")] == ["2026-08-24T10:00:00+08:00"]
    assert [at.astimezone(zone).isoformat() for at in when(done, "survey.closed")] == ["2026-08-27T00:00:00+08:00"]
    assert done.ran["feedback"] == 0
    assert done.ran["deadlines"] > 0
