"""The texts of a campaign whose launch moves: what is understood names the new date, what may be a figure stays."""

from datetime import UTC, date, datetime

import pytest

from opsflow.campaigns.model import CampaignFile
from opsflow.engine.replanning.change import Change, moved_file
from opsflow.kernel.text import Text
from tests.campaigns.planning import campaign

NOW = datetime(2026, 9, 1, tzinfo=UTC)
LIVE = {"start": "2026-10-20T00:00:00", "end": "2026-11-03T00:00:00"}


def moved(words: str) -> tuple[CampaignFile, list[str], list[str]]:
    file = campaign(live=LIVE).model_copy(update={"title": Text.both(words)})
    new, told = moved_file(file, Change(launch=date(2027, 1, 5)), now=NOW)
    doubts = [each.words for each in told.old if each.place == "title"]
    return new, [each.after.en for each in told.new if each.place == "title"], doubts


@pytest.mark.parametrize(
    ("words", "after"),
    [
        ("From 20.10.26 to 03.11.26", "From 05.01.27 to 19.01.27"),
        ("十月二十日开始，26年", "一月五日开始，27年"),
        ("Q4 2026, AW26/27, 2026-10-20, 27", "Q1 2027, AW27/28, 2027-01-05, 12"),
        ("2026年第43周", "2027年第1周"),
    ],
)
def test_a_text_names_the_new_date_in_its_own_spelling(words: str, after: str) -> None:
    new, told, doubts = moved(words)
    assert new.title.en == after
    assert (told, doubts) == ([after], [])


@pytest.mark.parametrize(
    ("words", "doubts"),
    [
        ("20.10 or CNY 2026", ["20.10", "CNY 2026"]),
        ("¥2026, 10-20 people, v10.20", []),
        ("10/20, 05/10/2026", ["10/20", "05/10/2026"]),
        ("九月初九", ["九月初九"]),
    ],
)
def test_what_nobody_can_decide_stays_and_is_said(words: str, doubts: list[str]) -> None:
    new, told, found = moved(words)
    assert (new.title.en, told, found) == (words, [], doubts)
