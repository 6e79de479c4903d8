"""The shipped samples load, can be planned from their own first day, and are written in both languages."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import load
from opsflow.campaigns.plan import Plan
from opsflow.campaigns.planner import plan
from opsflow.kernel.terms import Language, Role
from opsflow.settings import SHIPPED

SAMPLES = SHIPPED / "samples"
FILES = {path.stem: path for path in (*(SAMPLES / "campaigns").glob("*.yaml"), SAMPLES / "init" / "campaign.yaml")}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def planned(path: Path, today: date) -> Plan:
    loaded = load(path, [SHIPPED])
    found = plan(loaded.campaign, loaded.organisation, loaded.sop, working_days(loaded.organisation), today)
    assert isinstance(found, Plan), found
    return found


def test_there_is_a_sample_of_each_level() -> None:
    levels = {name: load(path, [SHIPPED]).campaign.level.value for name, path in FILES.items()}
    assert levels == {
        "double-eleven-2026": "S", "spring-game-2027": "A", "learning-challenge-2026": "B", "member-day-2026": "C",
        "longer-night-2026": "B", "campaign": "S",
    }  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_sample_fits_when_it_begins_on_its_own_first_day(name: str) -> None:
    early = planned(FILES[name], date(2026, 6, 1))
    first = min(task.earliest_start for task in early.tasks)
    assert planned(FILES[name], first) == early


@pytest.mark.parametrize("name", FILES)
def test_a_sample_has_no_warning_of_its_own(name: str) -> None:
    assert load(FILES[name], [SHIPPED]).warnings == ()


def test_double_eleven_is_live_on_the_days_of_the_issue() -> None:
    live = load(FILES["double-eleven-2026"], [SHIPPED]).campaign.live
    assert (live.start.isoformat(), live.end.isoformat()) == ("2026-10-20T00:00:00", "2026-11-12T00:00:00")
    assert [phase.id for phase in live.phases if phase.peak] == ["peak"]
    assert live.phases[0].start == live.start
    assert live.phases[-1].end == live.end


def test_the_spring_game_touches_a_year_that_is_not_published() -> None:
    assert planned(FILES["spring-game-2027"], date(2026, 6, 1)).provisional


def test_a_head_is_away_while_double_eleven_is_planned_and_the_deputy_stands_in() -> None:
    tasks = planned(FILES["double-eleven-2026"], date(2026, 6, 1)).tasks
    assert {(task.owner, task.deputy_for) for task in tasks if task.deputy_for} == {("tang-tang", "xu-an")}


def test_the_samples_differ_in_goal_and_cover_every_reward_but_one() -> None:
    campaigns = [load(path, [SHIPPED]).campaign for name, path in FILES.items() if name != "campaign"]
    assert len({campaign.goal for campaign in campaigns}) == len(campaigns) == 5
    assert {prize.kind for campaign in campaigns for prize in campaign.prizes} >= {"physical", "coupon", "cash", "code"}


def test_the_organisation_has_all_departments_both_languages_and_the_standing_roles() -> None:
    organisation = load(FILES["double-eleven-2026"], [SHIPPED]).organisation
    assert len(organisation.departments) == 14
    assert {person.language or organisation.language for person in organisation.people.values()} == {"en", "zh"}
    assert set(organisation.roles) == {Role.LEADER, Role.COORDINATION_POST, Role.FINANCE_APPROVER}
    assert all(person.email.endswith("@example.com") for person in organisation.people.values())
    languages: tuple[Language, ...] = ("en", "zh")
    names = [tuple(person.name[language] for language in languages) for person in organisation.people.values()]
    assert all(CHINESE.search(zh) and not CHINESE.search(en) for en, zh in names)


@pytest.mark.parametrize("path", [*FILES.values(), SAMPLES / "org.yaml"], ids=lambda path: path.stem)
def test_chinese_is_set_with_chinese_punctuation(path: Path) -> None:
    half_width = re.compile(r"[\u4e00-\u9fff][,;:?!()](?! en:| zh:)|[,;:?!()][\u4e00-\u9fff]")
    assert [line for line in path.read_text(encoding="utf-8").splitlines() if half_width.search(line)] == []


def test_the_text_of_the_first_campaign_names_no_day_that_would_survive_a_move() -> None:
    """F29: a copied plan with the dates of the old one is late at birth."""
    text = (SAMPLES / "init" / "campaign.yaml").read_text(encoding="utf-8")
    months = r"January|February|March|April|May|June|July|August|September|October|November|December"
    assert re.findall(rf"\d (?:{months})\b|\b(?:{months}) \d|\d+ 月|20\d\d (?!0)", text) == []
    days = {date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", text)}
    assert max(days) - min(days) < timedelta(days=30)
