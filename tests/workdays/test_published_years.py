"""Published years of a workspace: they make a guessed year official, and bad ones are told with their position."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import load, load_organisation
from opsflow.kernel.text import Text
from opsflow.kernel.yamlfile import BadFile
from opsflow.settings import SHIPPED
from opsflow.workdays.files import read_schedule, schedules_of
from opsflow.workdays.service import calendar_for

NOTICE = """\
country: CN
year: 2028
source: {en: State Council notice of November 2027, zh: 国务院办公厅通知}
off:
  - {first: 2028-01-01, last: 2028-01-03, name: {en: New Year's Day, zh: 元旦}}
  - {first: 2028-01-25, last: 2028-02-01, name: {en: Spring Festival, zh: 春节}}
  - {first: 2028-10-01, last: 2028-10-08, name: {en: National Day, zh: 国庆节}}
worked:
  - {day: 2028-01-22, instead_of: 2028-01-31}
  - {day: 2028-10-14}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str = NOTICE, name: str = "cn-2028.yaml") -> Path:
        path = tmp_path / "sop_templates" / "calendars" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_published_year_stands_in_place_of_the_librarys_guess(write: Write) -> None:
    """F28."""
    guessed, known = calendar_for("CN"), calendar_for("CN", schedules=[read_schedule(write())])
    assert guessed.is_provisional(2028)
    assert not known.is_provisional(2028)
    assert known.is_provisional(2029)
    assert known.is_working_day(date(2028, 1, 22))
    assert known.reason(date(2028, 1, 22)) == Text("make-up working day for 2028-01-31", "调休上班，补 2028-01-31")
    assert known.reason(date(2028, 10, 14)) == Text("make-up working day", "调休上班")
    assert known.reason(date(2028, 10, 5)) == Text("National Day", "国庆节")
    assert not guessed.is_working_day(date(2028, 5, 1))
    assert known.is_working_day(date(2028, 5, 1)), "what the notice does not name is not off"
    assert known.index(date(2027, 6, 1)) == guessed.index(date(2027, 6, 1))


def test_a_house_day_counts_before_a_published_one(write: Write) -> None:
    house = [(date(2028, 1, 22), False, Text.both("no")), (date(2028, 10, 5), True, Text.both("yes"))]
    known = calendar_for("CN", house, [read_schedule(write())])
    assert not known.is_working_day(date(2028, 1, 22))
    assert known.is_working_day(date(2028, 10, 5))


def test_a_schedule_of_another_country_changes_nothing(write: Write) -> None:
    """F27."""
    assert calendar_for("DE", schedules=[read_schedule(write())]) is calendar_for("DE")


def test_an_organisation_counts_on_the_schedules_of_its_workspace(tmp_path: Path, write: Write) -> None:
    """F27, F28: a file that is there is used, through org.yaml and through a campaign file."""
    write()
    text = (SHIPPED / "samples" / "org.yaml").read_text(encoding="utf-8")
    (tmp_path / "org.yaml").write_text(text, encoding="utf-8")
    campaign = tmp_path / "campaign.yaml"
    campaign.write_text((SHIPPED / "samples/campaigns/member-day-2026.yaml").read_text("utf-8"), encoding="utf-8")
    for organisation in (load_organisation(tmp_path / "org.yaml"), load(campaign, (SHIPPED,)).organisation):
        assert not working_days(organisation).is_provisional(2028)
        again = type(organisation).model_validate_json(organisation.model_dump_json())
        assert working_days(again) is working_days(organisation), (
            "a campaign that is under way keeps what it counted on"
        )


def test_the_file_of_the_first_folder_counts_and_other_files_are_let_be(tmp_path: Path, write: Write) -> None:
    write("nonsense", "festivals.yaml")
    first = tmp_path / "other" / "calendars" / "CN-2028.yml"
    first.parent.mkdir(parents=True)
    first.write_text("country: cn\nyear: 2028\noff:\n  - {first: 2028-03-01, name: Only day}\n", encoding="utf-8")
    write()
    (found,) = schedules_of([tmp_path / "other", tmp_path / "sop_templates", tmp_path / "nowhere"])
    assert list(found.days_off) == [date(2028, 3, 1)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("CN", "XX", "1:10: No holidays are known for the country 'XX'"),
        ("CN", "China", "1:10: expected an ISO 3166 code, for example CN, found `China`"),
        ("year: 2028", "year: 208", "2:7: expected a year from 1990 to 2100, found `208`"),
        ("year: 2028", "year: 2027", "2:7: the file is called cn-2028.yaml, and holds CN 2027"),
        ("last: 2028-01-03", "last: 2027-12-31", "the last day off, 2027-12-31, is before the first, 2028-01-01"),
        ("first: 2028-01-01", "first: 2027-12-31", "5:13: 2027-12-31 is not in 2028. This file holds 2028 only"),
        ("first: 2028-01-25", "first: 2028-01-03", "6:5: 2028-01-03 is off already"),
        ("first: 2028-01-25", "first: 2028-01-32", "6:13: expected a date such as 2026-10-20, found `2028-01-32`"),
        ("day: 2028-01-22", "day: 2028-01-24", "9:11: 2028-01-24 is a Monday, which is worked anyway"),
        ("day: 2028-01-22", "day: 2028-01-29", "9:11: 2028-01-29 is off or worked already"),
        ("day: 2028-01-22", "day: 2027-12-25", "9:11: 2027-12-25 is not in 2028"),
        ("instead_of: 2028-01-31", "instead_of: 2028-02-02", "9:35: 2028-02-02 is not off in this file"),
        ("worked:", "work:", "8:1: unknown key `work`. Did you mean `worked`?"),
    ],
)
def test_a_mistake_in_a_published_year_is_told_with_its_position(write: Write, old: str, new: str, told: str) -> None:
    path = write(NOTICE.replace(old, new, 1))
    with pytest.raises(BadFile) as bad:
        schedules_of([path.parent.parent])
    assert told in str(bad.value), str(bad.value)
    assert str(path) in str(bad.value)


def test_every_bad_calendar_file_is_told_at_once(write: Write) -> None:
    write("country: CN\n", "cn-2028.yaml")
    write("country: DE\n", "de-2028.yaml")
    with pytest.raises(BadFile) as bad:
        schedules_of([write().parent.parent.parent / "sop_templates", write("", "cn-2029.yaml").parent.parent])
    assert {Path(problem.file).name for problem in bad.value.problems} == {"de-2028.yaml", "cn-2029.yaml"}


def test_a_published_year_within_org_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    text = (SHIPPED / "samples" / "org.yaml").read_text(encoding="utf-8")
    within = "schedules:\n  - {country: CN, year: 2028, off: [{first: 2028-01-01, name: x}]}\n"
    (tmp_path / "org.yaml").write_text(text + within, encoding="utf-8")
    with pytest.raises(BadFile, match=r"a file of its own\. Put it into sop_templates/calendars/cn-2028\.yaml"):
        load_organisation(tmp_path / "org.yaml")
