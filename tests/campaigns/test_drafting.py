"""A campaign file out of answers: it passes every check, whatever was answered."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from opsflow.campaigns.drafting import (
    FLAGS,
    MEASURES,
    OPEN,
    Draft,
    campaign_text,
    candidates,
    key_of,
    needed_departments,
    roles_to_fill,
)
from opsflow.campaigns.files import load, load_organisation
from opsflow.campaigns.model import CampaignFile, Goal
from opsflow.kernel.terms import DepartmentId, Level, PersonKey, Role
from opsflow.kernel.text import Text
from opsflow.kernel.yamlfile import parse_text
from opsflow.kernel.yamltext import comments
from opsflow.settings import SHIPPED
from opsflow.sop.files import load_sop

START = datetime.fromisoformat("2026-10-20")
BESIDE = SHIPPED / "samples/campaigns/draft.yaml"
PEOPLE = (
    (Role.CAMPAIGN_MANAGER, PersonKey("lin-yue")), (Role.PLANNER, PersonKey("he-jia")),
    (Role.EXECUTOR, PersonKey("wang-lei")), (Role.DUTY_LEAD, PersonKey("sun-qian")),
    (Role.SERVICE_AGENT, PersonKey("jiang-xin")), (Role.HOST, PersonKey("tian-tian")),
)  # fmt: skip
SIMPLE = Draft(
    key="spring-sale", title=Text("Spring sale", "春季大促"), level=Level.B, goal="conversion", purpose=(),
    mechanics=("threshold",), zone="Asia/Shanghai", language="en", background=OPEN, target_users=OPEN, behaviour=OPEN,
    carrier=OPEN, start=START, end=START + timedelta(days=7), target=Decimal(5000),
    unit=Text("orders", "单"), currency="CNY", budget={"rewards": Decimal("1234.50")}, flags=frozenset(), people=PEOPLE,
)  # fmt: skip


def campaign_of(draft: Draft) -> CampaignFile:
    return parse_text(Path("draft.yaml"), campaign_text(draft)).typed(CampaignFile)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("goal", list(MEASURES))
def test_the_file_passes_every_check_at_every_level_and_goal(level: Level, goal: Goal) -> None:
    draft = replace(SIMPLE, level=level, goal=goal)
    draft = replace(draft, departments=needed_departments(campaign_of(draft), load_sop((SHIPPED,), "campaign")))
    assert load(BESIDE, (SHIPPED,), text=campaign_text(draft)).campaign.level is level


@pytest.mark.parametrize("flag", FLAGS)
def test_a_condition_is_written_and_brings_its_optional_department(flag: str) -> None:
    draft = replace(SIMPLE, flags=frozenset({flag}))
    draft = replace(draft, departments=needed_departments(campaign_of(draft), load_sop((SHIPPED,), "campaign")))
    found = load(BESIDE, (SHIPPED,), text=campaign_text(draft)).campaign
    assert flag in found.conditions
    assert ("content" in found.departments) is (flag == "content")


@pytest.mark.parametrize(
    "words",
    ["50% off: now", "a #b", "{x}", "- y", "'q'", '"q"', "NO", "null", "1.10", "双十一", "*a &b !c", "a, b]", "@x"],
)
def test_whatever_is_answered_stands_in_the_file_as_it_was_said(words: str) -> None:
    found = campaign_of(replace(SIMPLE, title=Text.both(words), background=Text(words, "背景")))
    assert (found.title.en, found.background.en, found.background.zh) == (words, words, "背景")


def test_amounts_stay_what_they_were() -> None:
    found = campaign_of(replace(SIMPLE, target=Decimal("1E+6")))
    assert found.kpis[0].target == 1_000_000
    assert {line.line: line.amount for line in found.budget.lines if line.amount} == {"rewards": Decimal("1234.5")}


def test_the_file_tells_people_how_to_go_on() -> None:
    text = campaign_text(SIMPLE)
    said = "\n".join(text[start:end] for start, end in comments(text))
    for words in (
        "exclusive",
        "rules:",
        "prizes:",
        "risks:",
        "publicity:",
        "2026-10-20T00:00",
        "opsflow schema campaign",
    ):
        assert words in said
    assert "\n\n\n" not in text


def test_the_commented_examples_are_right_when_they_are_uncommented() -> None:
    lines = [
        line.removeprefix("# ") if line.startswith(("# rules", "# prizes", "# risks", "# publicity", "#   ")) else line
        for line in campaign_text(replace(SIMPLE, departments=(DepartmentId("merchandising"),))).splitlines()
    ]
    found = load(BESIDE, (SHIPPED,), text="\n".join(lines)).campaign
    assert (len(found.rules), len(found.prizes), len(found.risks), len(found.publicity)) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Spring Sale!", "spring-sale-2026"),
        ("Double 11 2027", "double-11-2027"),
        ("Été à Paris", "ete-a-paris-2026"),
        ("双十一", "campaign-2026-10"),
        ("x" * 60, "x" * 35 + "-2026"),
    ],
)
def test_a_key_is_made_of_the_title(title: str, key: str) -> None:
    assert key_of(title, START) == key
    assert len(key) <= 40


def test_only_roles_with_tasks_that_nobody_holds_yet_are_asked_for() -> None:
    sop, organisation = load_sop((SHIPPED,), "campaign"), load_organisation(SHIPPED / "samples/org.yaml")
    roles = roles_to_fill(campaign_of(SIMPLE), sop, organisation)
    assert Role.CAMPAIGN_MANAGER in roles
    assert not set(roles) & {Role.LEADER, Role.COORDINATION_POST, Role.FINANCE_APPROVER, Role.DEPARTMENT_HEAD}
    assert Role.HOST not in roles
    assert Role.HOST in roles_to_fill(
        campaign_of(replace(SIMPLE, level=Level.S, flags=frozenset({"on_site"}))), sop, organisation
    )


def test_people_whose_title_names_the_role_come_first_and_the_head_last() -> None:
    sop, organisation = load_sop((SHIPPED,), "campaign"), load_organisation(SHIPPED / "samples/org.yaml")
    found = candidates(Role.PLANNER, DepartmentId("operations"), organisation, sop)
    assert found[:2] == ["he-jia", "luo-yu"]
    assert found[-1] == "chen-li"
    assert "zhou-mingyuan" not in found  # the sponsor of every campaign
