"""What a campaign file and a survey file say of asking participants, and the mistakes that are named in them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.campaigns.copying import copied
from opsflow.campaigns.crosscheck import Together, campaign_findings
from opsflow.campaigns.feedbackplan import FeedbackPlan
from opsflow.campaigns.files import load
from opsflow.campaigns.launchmove import Move
from opsflow.campaigns.surveyfile import load_survey
from opsflow.kernel.errors import NotFound
from opsflow.kernel.yamlfile import BadFile
from opsflow.settings import SHIPPED
from tests.campaigns.planning import campaign, organisation, standard_sop

SAMPLES = SHIPPED / "samples"


@pytest.mark.parametrize("days", [["4", "2"], ["2", "2"], ["0"], ["61"], ["1", "2", "3", "4", "5", "6"]])
def test_days_of_reminders_rise_and_are_few(days: list[str]) -> None:
    with pytest.raises(ValidationError, match="at most 5 numbers of days from 1 to 60, rising"):
        FeedbackPlan.model_validate({"remind_days": days})


@pytest.mark.parametrize("given", [{"visits": "-1"}, {"close_days": "91"}, {"survey": "../x"}, {"reminders": "2"}])
def test_what_no_plan_has_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FeedbackPlan.model_validate(given)


def test_a_survey_that_opens_when_it_is_closed_already_is_told() -> None:
    def mistakes(opens: str) -> list[str]:
        file = campaign(
            live={"start": "2026-10-20T00:00", "end": "2026-10-26T00:00"}, feedback={"opens": opens, "close_days": "2"}
        )
        found = campaign_findings(Together(file, organisation(), standard_sop()))
        return [each.message for each in found if each.loc[0] == "feedback"]

    assert mistakes("2026-10-28T00:00") == ["the survey opens when it has been closed already"]
    assert mistakes("2026-10-27T23:59") == []


def test_a_campaign_that_names_a_survey_nobody_has_is_told_which_was_meant() -> None:
    file = SAMPLES / "campaigns" / "member-day-2026.yaml"
    wrong = file.read_text("utf-8").replace("{survey: standard,", "{survey: standart,")
    with pytest.raises(BadFile, match=r"there is no survey `standart`.*Did you mean `standard`\?"):
        load(file, (SHIPPED,), text=wrong)
    with pytest.raises(NotFound, match="surveys are standard"):
        load_survey((SHIPPED,), "standart")


QUESTION = "  - {id: a, kind: text, title: A}\n"
MISTAKES = {
    "questions: []": "the list is empty",
    "questions:\n  - {id: A, kind: text, title: x}": "matches",
    "questions:\n  - {id: a, kind: stars, title: x}": "one of rating, nps, choice, text",
    "questions:\n  - {id: a, kind: choice, title: x, options: [{id: b, title: B}]}": "at least two options",
    "questions:\n  - {id: a, kind: text, title: x, many: true}": "has no options",
    f"questions:\n{QUESTION}{QUESTION}": "two questions have the same id",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_in_a_survey_is_named_once(tmp_path: Path, text: str) -> None:
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "own.yaml").write_text(f"title: T\n{text}\n", "utf-8")
    with pytest.raises(BadFile) as told:
        load_survey((tmp_path,), "own")
    assert [MISTAKES[text] in problem.message + problem.hint for problem in told.value.problems] == [True]


def test_a_copy_opens_its_survey_as_long_after_its_launch() -> None:
    file = SAMPLES / "campaigns" / "double-eleven-2026.yaml"
    was = load(file, (SHIPPED,)).campaign
    move = Move(was.live.start.date(), was.live.start.date().replace(year=2027))
    text = copied(file.read_text("utf-8"), move, key="next", answers={})
    assert "opens: 2027-11-01T10:30" in text
