"""Minutes in a Markdown form: every kind of line is read, every unclear one is named with its number."""

from datetime import date

import pytest

from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import LANGUAGES, Language, TaskCode
from opsflow.kernel.text import Text
from opsflow.stages.minutesform import Minutes, blank, read
from opsflow.stages.model import Minute, MinuteKind, Outcome
from tests.architecture.sources import ROOT
from tests.campaigns.planning import organisation
from tests.engine.small import MANAGER, PLANNER, PMO

WHOLE = """# Decision · 2026

## Attendees
<!-- Take out
who was not there. -->
- planner (Anna)
- manager

## Opinions
- planner: Begin earlier
* manager: none

## Directions
- Fewer steps

## Questions
- Who pays? @pmo by 2026-08-20

## Decisions
- One coupon each

## Outcome
- Go.

## Confirmations
- planner: E1, the page, 2026-08-21
- manager: the list

## Causes
- Process: approved late

## Lessons
- Begin earlier @planner 2026-09-01

## Surprises
- Rain
"""


def said(text: str) -> Minutes:
    return read(text, organisation(), file="m.md")


def unclear(text: str) -> str:
    with pytest.raises(BadInput) as refused:
        said(text)
    return str(refused.value)


def test_every_kind_of_line_is_read() -> None:
    assert said(WHOLE) == Minutes(
        attendees=(PLANNER, MANAGER),
        minutes=(
            Minute(MinuteKind.OPINION, Text.both("Begin earlier"), person=PLANNER),
            Minute(MinuteKind.OPINION, Text.both("none"), person=MANAGER),
            Minute(MinuteKind.DIRECTION, Text.both("Fewer steps")),
            Minute(MinuteKind.QUESTION, Text.both("Who pays?"), owner=PMO, due=date(2026, 8, 20)),
            Minute(MinuteKind.DECISION, Text.both("One coupon each")),
            Minute(MinuteKind.CONFIRMATION, Text.both("the page"), PLANNER, due=date(2026, 8, 21), task=TaskCode("E1")),
            Minute(MinuteKind.CONFIRMATION, Text.both("the list"), person=MANAGER),
            Minute(MinuteKind.CAUSE, Text.both("approved late"), cause="process"),
            Minute(MinuteKind.LESSON, Text.both("Begin earlier"), owner=PLANNER, due=date(2026, 9, 1)),
            Minute(MinuteKind.SURPRISE, Text.both("Rain")),
        ),
        outcome=Outcome.GO,
    )


def test_chinese_headings_and_wide_signs_are_read() -> None:
    text = "## 与会人\n- planner（安娜）\n## 意见\n- planner：提前开始\n## 待定问题\n- 谁付款 @pmo，2026-08-20\n"
    found = said(text)
    assert found.attendees == (PLANNER,)
    assert [minute.text.zh for minute in found.minutes] == ["提前开始", "谁付款"]
    assert found.minutes[1].owner == PMO


def test_a_person_may_be_called_by_name() -> None:
    name = organisation().people[PLANNER].name.en
    assert said(f"## Attendees\n- {name}\n").attendees == (PLANNER,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_empty_form_is_read_once_everybody_has_an_opinion(language: Language) -> None:
    form = blank("decision", "Decision", [PLANNER, MANAGER], organisation(), language)
    assert unclear(form).count("nothing is written for") == 2
    found = said(form.replace("):", "): none"))
    assert found.attendees == (PLANNER, MANAGER)
    assert [minute.person for minute in found.minutes] == [PLANNER, MANAGER]


UNCLEAR = {
    "a line without a dash": ("## Opinions\nplanner: x", "m.md:2: this line belongs to nothing"),
    "a line under no heading": ("- planner", "m.md:1: this line stands under no heading"),
    "an unknown heading": ("## Opinion\n", "m.md:1: there is no section `Opinion`. Did you mean Opinions?"),
    "an unknown person": ("## Attendees\n- planer", "m.md:2: nobody is called `planer`. Did you mean planner"),
    "somebody twice": ("## Attendees\n- planner\n- planner", "m.md:3: planner is among the attendees already"),
    "an opinion of nobody": ("## Opinions\n- Begin earlier", "m.md:2: expected `PERSON: what they said`"),
    "an opinion without words": ("## Opinions\n- planner:", "m.md:2: nothing is written for planner"),
    "a question without an owner": ("## Questions\n- Who?", "m.md:2: a question has an owner and a date"),
    "a lesson without a date": ("## Lessons\n- More @planner", "m.md:2: a lesson has an owner and a date"),
    "a day that does not exist": ("## Questions\n- Who? @pmo 2026-02-30", "m.md:2: there is no day 2026-02-30"),
    "an outcome that is none": ("## Outcome\n- maybe", "m.md:2: expected one of go, revise, stop, once"),
    "two outcomes": ("## Outcome\n- go\n- stop", "m.md:3: expected one of go, revise, stop, once"),
    "an unknown sort of cause": ("## Causes\n- luck: bad", "m.md:2: expected one of process"),
    "an empty line of a section": ("## Decisions\n- \n", "m.md:2:"),
    "a hidden character": ("## Decisions\n- pay \u202eoff", "m.md:2: there is a character U+202E"),
    "a line behind a long comment": ("<!--\n\n-->\n- x", "m.md:4: this line stands under no heading"),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_an_unclear_line_is_named_with_its_number(case: str) -> None:
    text, told = UNCLEAR[case]
    assert told in unclear(text)


def test_all_unclear_lines_are_named_at_once() -> None:
    assert len(unclear("- a\n- b\n## Nothing\n- c").splitlines()) == 4


def test_the_documented_form_is_one_that_is_read() -> None:
    page = (ROOT / "docs" / "minutes.md").read_text(encoding="utf-8").partition("## A whole one")[2]
    form = "\n".join(line[4:] for line in page.partition("## What each section")[0].splitlines())
    samples = organisation().model_copy(
        update={
            "people": dict.fromkeys(["lin-yue", "zhou-mingyuan", "wu-min", "xu-an"], organisation().people[PLANNER])
        }
    )
    found = read(form, samples, file="docs")
    assert (found.outcome, len(found.attendees), len(found.minutes)) == (Outcome.GO, 2, 5)
