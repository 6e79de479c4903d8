"""How two versions of an SOP differ: everything that changed is told, in words, and nothing else is."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.kernel.text import Text
from opsflow.sop.changes.diff import Area, by_area, differences, needs_sponsor, unified
from opsflow.sop.changes.edition import Entry, edition, renumbered
from opsflow.sop.model import Sop
from tests.campaigns.planning import standard_sop
from tests.engine.small import content, sop


def edited(**parts: Any) -> Sop:
    return Sop.model_validate(content() | {"version": 2} | parts)


def tasks(code: str, **changes: Any) -> list[dict[str, Any]]:
    return [task | changes if task["id"] == code else task for task in content()["tasks"]]


def told(after: Sop) -> list[tuple[Area, str, bool]]:
    return [(each.area, each.text.en, each.control) for each in differences(sop(), after)]


def test_the_same_sop_with_another_number_differs_in_nothing() -> None:
    assert told(edited()) == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"tasks": tasks("E1", days={"S": 5, "A": 3, "B": 1})},
            [
                (Area.LENGTHS, "E1 Task E1 takes 5 working days at level S, 3 before.", False),
                (Area.LENGTHS, "E1 Task E1 no longer exists at level C.", False),
            ],
        ),
        ({"tasks": tasks("W1", days={"S": 2, "A": 2, "B": 1, "C": 1}, title="Other")},
         [(Area.TASKS, "W1 Other: title is now Other; it was Task W1.", False)]),
        ({"tasks": tasks("V2", after=["W1"])}, [(Area.DEPENDENCIES, "V2 Task V2 no longer follows V1.", False)]),
        (
            {"tasks": [task for task in content()["tasks"] if task["id"] != "C3"]},
            [(Area.TASKS, "C3 Task C3 is dropped (S 1, A 1 working days).", True)],
        ),
        (
            {"levels": content()["levels"] | {"C": content()["levels"]["C"] | {"approvers": ["leader"]}}},
            [(Area.LEVELS, "Level C: approvers is now leader; it was head:operations.", True)],
        ),
        (
            {"levels": content()["levels"] | {"C": content()["levels"]["C"] | {"build": 3}}},
            [(Area.LEVELS, "Level C: start of the build before the launch is now 3; it was 4.", False)],
        ),
        (
            {"meetings": [m for m in content()["meetings"] if m["id"] != "kick_off"]},
            [(Area.MEETINGS, "Meeting kick_off is dropped.", False)],
        ),
        ({"tasks": content()["tasks"][::-1]}, [(Area.WORDING, "Entries stand in another order.", False)]),
    ],
)  # fmt: skip
def test_a_change_is_told_in_words(parts: dict[str, Any], expected: list[tuple[Area, str, bool]]) -> None:
    assert told(edited(**parts)) == expected


def test_a_gate_that_asks_for_less_needs_the_sponsor() -> None:
    stages = content()["stages"]
    stages[1]["gate"] = []
    found = differences(sop(), edited(stages=stages))
    assert [(each.area, each.text.en) for each in found] == [(Area.GATES, "Gate of Coordination: proved is dropped.")]
    assert needs_sponsor(found)


def test_chinese_readers_read_chinese() -> None:
    found = differences(sop(), edited(tasks=tasks("E1", days={"S": 5, "A": 3, "B": 1, "C": 1})))
    assert list(by_area(found, "zh")) == [("工期", ["E1《Task E1》：S 级由 3 个工作日改为 5 个工作日。"])]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_changes_is_told_and_names_its_task(data: st.DataObject) -> None:
    """Any field of any task, level or meeting of the standard SOP that gets another one's value."""
    before = standard_sop()
    part = data.draw(st.sampled_from(("tasks", "meetings", "documents", "self_check", "stages")))
    entries = list(getattr(before, part))
    one, other = data.draw(st.permutations(range(len(entries))).map(lambda order: order[:2]))
    field = data.draw(st.sampled_from([name for name in type(entries[0]).model_fields if name != "id"]))
    entries[one] = entries[one].model_copy(update={field: getattr(entries[other], field)})
    after = before.model_copy(update={part: tuple(entries), "version": 2})
    found = differences(before, after)
    if after.model_copy(update={"version": 1}) == before:
        assert found == ()
    else:
        assert found
        assert part == "stages" or all(entries[one].id in each.text.en for each in found)


def test_the_next_edition_keeps_the_text_and_tells_what_changed() -> None:
    text = "# My SOP\nname: x\nversion: 1  # old\ntitle: y\n"
    entry = Entry(2, date(2026, 12, 1), 7, "ann", ["bo", "cy"], Text.both("Too short\nversion: 9"),
                  [Text.both("Case a")], [Text.both("E1 takes 5")])  # fmt: skip
    once = edition(renumbered(text, 1), entry)
    assert once == (
        "# Changelog\n# Version 2, 2026-12-01: proposal 7 by ann, accepted by bo and cy.\n#   Why: Too short version: 9\n"
        "#   Evidence: Case a\n#   - E1 takes 5\n#\n# My SOP\nname: x\nversion: 2  # old\ntitle: y\n"
    )
    twice = edition(renumbered(once, 2), entry._replace(version=3))
    assert twice.count("# Changelog\n") == 1
    assert twice.index("# Version 3") < twice.index("# Version 2")


def test_a_file_that_says_another_number_keeps_it() -> None:
    assert renumbered("version: 4\n", 1) == "version: 4\n"


def test_both_files_are_named_in_the_unified_text() -> None:
    assert (
        unified("a\nb\n", "a\nc\n", was="v1.yaml", becomes="p") == "--- v1.yaml\n+++ p\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    )
