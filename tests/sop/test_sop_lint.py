"""An SOP that is wrong is told all that is wrong, each with its line; and the right file is found by name and version."""

import os
import re
from pathlib import Path

import pytest

from opsflow.campaigns.files import check_sop
from opsflow.kernel.errors import NotFound
from opsflow.kernel.yamlfile import BadFile
from opsflow.settings import SHIPPED
from opsflow.sop.files import load_sop, read_sop

V1 = (SHIPPED / "sop" / "campaign" / "v1.yaml").read_text(encoding="utf-8")


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """The shipped SOP with some texts replaced, each of which must occur."""
    text = V1
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "v1.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(BadFile) as caught:
        check_sop(path)
    return [f"{problem.line}: {problem.message}. {problem.hint}" for problem in caught.value.problems]


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("after: [CO01]", "after: [C001]", "there is no task `C001`. Did you mean `CO01`?"),
        ("before: [EX20]", "before: [EX99]", "there is no task `EX99`"),
        ("tasks: [IP03]\n", "tasks: [IPO3]\n", "there is no task `IPO3`. Did you mean `IP03`?"),
        ("tasks: [CO05, CO07]", "tasks: [CO05, ZZ99]", "there is no task `ZZ99`"),
        ("task: DE12\n", "task: DE21\n", "there is no task `DE21`"),
        ("rework: DE06", "rework: DE66", "there is no task `DE66`"),
        ("written_in: [DE08]", "written_in: [XX08]", "there is no task `XX08`"),
        ("{department: legal}", "{department: lega}", "there is no department `lega`. Did you mean `legal`?"),
        ("departments: [data, risk, customer_service]", "departments: [data, riks]", "there is no department `riks`"),
        ("id: CO17", "id: CO16", "the id `CO16` is used twice in tasks"),
        ("  - id: brief\n", "  - id: proposal\n", "the id `proposal` is used twice in documents"),
        ("meetings: [decision, go_live_check]", "meetings: [decison, go_live_check]", "there is no meeting `decison`"),
        ("meetings: [decision, go_live_check]", "meetings: [decision]", "`go_live_check` is held at C but not listed"),
        ('approvers: ["head:operations"]', 'approvers: ["head:operation"]', "nobody can be approver as `head:operation`"),
        ('approvers: ["head:operations"]', "approvers: []", "nobody approves at B"),
        ("off_hours: incidents\n", "off_hours: always\n", "`always` cannot be read. Expected none, incidents"),
        ("opens: closed:initial_planning", "opens: closed:execution", "`closed:execution` opens no stage"),
        ("{rule: first_hours, count: 4}", "{rule: first_hours}", "LV01: `first_hours` needs a count"),
        ("within: 15min", "within: 15m", "LV10: `15m` cannot be read"),
        ('hours: "9:00-22:00"', "hours: day", "LV10: `day` cannot be read"),
        ("approves: [budget]", "approves: []", "DE15 is an approval of nothing. Add `approves: [<document>]`."),
        ("days: {S: 15, A: 15, B: 8}", "days: {S: 15, A: 15}", "the pin of RV02 has no day at B"),
        ("kind: launch", "kind: work", "0 tasks of kind launch exist at S. Exactly one"),
        ("kind: live\n", "kind: work\n", "the task LV01 needs `days`"),
        ('when: ["goal:sharing"]', 'when: ["goal:shareing"]', "there is no condition `goal:shareing`. Did you mean `goal:sharing`?"),
        ("days: {S: 3, A: 2, B: 1}", "days: {S: -3, A: 2, B: 1}", "IP02 takes -3 days at S"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_the_way_out(tmp_path: Path, old: str, new: str, part: str) -> None:
    path = changed(tmp_path, (old, new))
    assert part in "\n".join(problems(path))


def test_a_mistake_is_told_at_its_own_line(tmp_path: Path) -> None:
    path = changed(tmp_path, ("{department: legal}", "{department: lega}"))
    found = problems(path)
    assert found == [f"{line_of(path, 'lega}')}: there is no department `lega`. Did you mean `legal`?"]


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    path = changed(
        tmp_path, ("after: [CO01]", "after: [C001]"), ("{department: legal}", "{department: lega}"), ("DE12", "DE98")
    )
    assert len(problems(path)) == 3


def test_tasks_that_wait_for_each_other_are_named_in_full(tmp_path: Path) -> None:
    path = changed(tmp_path, ("    after: [IP01]\n", "    after: [IP01, IP12]\n"))
    (found,) = problems(path)
    circle = re.search(r"wait for each other: (.*)\. Remove", found)
    assert circle
    named = circle[1].split(" after ")
    assert named[0] == named[-1]
    assert set(named) == {"IP02", "IP09", "IP10", "IP11", "IP12"}


def test_a_circle_through_before_is_found_too(tmp_path: Path) -> None:
    path = changed(tmp_path, ("    before: [EX20]\n", "    before: [EX01]\n"))
    assert "XP03 after EX01" in "\n".join(problems(path))


def test_a_missing_level_is_told(tmp_path: Path) -> None:
    text = re.sub(r"\n  C:\n    title: .*?(?=\n\n# A fact)", "", V1, flags=re.DOTALL)
    path = tmp_path / "v1.yaml"
    path.write_text(text, encoding="utf-8")
    assert "the levels C are missing. Describe all four." in "\n".join(problems(path))


def test_a_meeting_task_needs_a_meeting_at_each_of_its_levels(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("    task: RV09\n    levels: [S, A, B]\n", "    task: RV09\n    levels: [S, A]\n"),
        ("meetings: [initial_planning, decision, go_live_check, review]", "meetings: [initial_planning, decision, go_live_check]"),
    )  # fmt: skip
    assert "RV09 is a meeting, but none is held by it at B" in "\n".join(problems(path))


def workspace(folder: Path, *versions: int, name: str = "campaign") -> Path:
    home = folder / "sop_templates" / "sop" / name
    home.mkdir(parents=True)
    for version in versions:
        text = V1.replace("version: 1\n", f"version: {version}\n", 1).replace("name: campaign\n", f"name: {name}\n", 1)
        (home / f"v{version}.yaml").write_text(text, encoding="utf-8")
    return folder / "sop_templates"


def test_the_latest_version_of_the_first_folder_counts(tmp_path: Path) -> None:
    own = workspace(tmp_path, 2, 10, 9)
    assert load_sop([own, SHIPPED], "campaign").version == 10
    assert load_sop([SHIPPED, own], "campaign").version == 1


def test_a_run_keeps_the_version_it_started_with_wherever_that_is(tmp_path: Path) -> None:
    own = workspace(tmp_path, 2)
    assert load_sop([own, SHIPPED], "campaign", 2).version == 2
    assert load_sop([own, SHIPPED], "campaign", 1).version == 1


@pytest.mark.parametrize(("name", "version"), [("campagn", None), ("campaign", 7), ("../campaign", None), ("", None)])
def test_an_sop_that_is_not_there_is_refused_with_those_that_are(
    name: str, version: int | None, tmp_path: Path
) -> None:
    own = workspace(tmp_path, 3, name="member-day")
    with pytest.raises(NotFound, match=r"There is campaign v1 and member-day v3\."):
        load_sop([own, SHIPPED], name, version)


def test_an_sop_is_read_once_and_again_when_its_file_changes(tmp_path: Path) -> None:
    own = workspace(tmp_path, 2)
    first = load_sop([own], "campaign")
    assert load_sop([own], "campaign") is first
    path = own / "sop" / "campaign" / "v2.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("build: 25", "build: 24"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert load_sop([own], "campaign") is not first


def test_a_file_must_carry_the_name_and_version_it_is_found_by(tmp_path: Path) -> None:
    own = workspace(tmp_path, 2)
    home = own / "sop" / "campaign"
    (home / "v2.yaml").rename(home / "v3.yaml")
    with pytest.raises(BadFile, match=r"the file is v3\.yaml, the version 2\. Write 3\."):
        load_sop([own], "campaign")


def test_a_missing_sop_file_is_a_problem_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        read_sop(tmp_path / "v9.yaml")
