"""Who is on duty when, as the campaign file says."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opsflow.campaigns.crosscheck import Together, campaign_findings, warnings
from opsflow.campaigns.duty import gaps, handovers, on_duty, shifts
from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.terms import Role
from opsflow.kernel.yamlfile import BadFile, parse_text
from opsflow.kernel.zoned import resolve
from tests.campaigns.planning import campaign, organisation, standard_sop

LIVE = {"start": "2026-10-20T00:00", "end": "2026-10-23T00:00"}
DAY = {"person": "executor", "starts": "08:00", "ends": "20:00"}
NIGHT = {"person": "planner", "starts": "20:00", "ends": "08:00"}


def file(*duty: dict[str, Any], **changes: Any) -> CampaignFile:
    return campaign(**({"live": LIVE, "duty": duty} | changes))


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return resolve(datetime.fromisoformat(text), ZoneInfo(zone))


def local(instant: datetime, zone: str = "Asia/Shanghai") -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%d %H:%M}"


def people(given: CampaignFile, moment: str) -> list[str]:
    return [holder.person for holder in on_duty(given, organisation(), at(moment))]


def test_shifts_repeat_every_day_and_stay_within_the_live_window() -> None:
    found = [(shift.person, local(shift.start), local(shift.end)) for shift in shifts(file(DAY, NIGHT))]
    assert found == [
        ("planner", "20 00:00", "20 08:00"),  # its night began before the launch
        ("executor", "20 08:00", "20 20:00"),
        ("planner", "20 20:00", "21 08:00"),
        ("executor", "21 08:00", "21 20:00"),
        ("planner", "21 20:00", "22 08:00"),
        ("executor", "22 08:00", "22 20:00"),
        ("planner", "22 20:00", "23 00:00"),
    ]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-10-20T07:59", ["planner"]),
        ("2026-10-20T08:00", ["executor"]),
        ("2026-10-21T09:00", ["executor", "manager"]),  # on that day two share the hours
        ("2026-10-19T12:00", ["duty"]),  # before the launch
        ("2026-10-24T12:00", ["duty"]),
    ],
)
def test_each_hour_has_its_people(moment: str, expected: list[str]) -> None:
    peak = {"person": "manager", "starts": "08:00", "ends": "20:00", "first": "2026-10-21", "last": "2026-10-21"}
    assert people(file(DAY, NIGHT, peak), moment) == expected


def test_without_a_roster_the_duty_lead_answers_else_the_manager_else_the_head() -> None:
    assert people(file(), "2026-10-20T03:00") == ["duty"]
    org = organisation()
    for role, then in (
        (Role.DUTY_LEAD, "manager"),
        (Role.CAMPAIGN_MANAGER, "executor"),
        (Role.EXECUTOR, "operations-head"),
    ):
        org = org.model_copy(update={"roles": {name: who for name, who in org.roles.items() if name is not role}})
        assert [one.person for one in on_duty(file(), org, at("2026-10-20T03:00"))] == [then]


def test_somebody_stands_in_for_who_is_away() -> None:
    people = organisation().model_dump(mode="json")["people"]
    people["executor"]["absent"] = [{"first": "2026-10-20", "last": "2026-10-20"}]
    org = organisation(people=people)
    found = on_duty(file(DAY), org, at("2026-10-20T09:00"))
    assert [(one.person, one.deputy_for) for one in found] == [("operations-deputy", "executor")]


def test_gaps_are_the_live_hours_without_anybody() -> None:
    assert [(local(start), local(end)) for start, end in gaps(file(DAY))] == [
        ("20 00:00", "20 08:00"),
        ("20 20:00", "21 08:00"),
        ("21 20:00", "22 08:00"),
        ("22 20:00", "23 00:00"),
    ]
    assert gaps(file(DAY, NIGHT)) == gaps(file()) == ()


def test_a_night_shift_across_the_end_of_summer_time_has_an_hour_more() -> None:
    """F18, F24"""
    given = file(NIGHT, zone="Europe/Berlin", live={"start": "2026-10-24T12:00", "end": "2026-10-26T00:00"})
    assert [(shift.end - shift.start).total_seconds() / 3600 for shift in shifts(given)] == [13, 4]


def test_a_handover_names_who_comes() -> None:
    found = [
        (local(when), holder.person)
        for when, holder in handovers(file(DAY, NIGHT), organisation(), at("2026-10-21T09:00"))
    ]
    assert found == [
        ("21 20:00", "planner"), ("22 08:00", "executor"), ("22 20:00", "planner"), ("23 00:00", "duty"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"person": "nobody"}, "there is no person `nobody`"),
        ({"first": "2026-10-22", "last": "2026-10-21"}, "the shift of executor ends before it begins"),
        ({"first": "2026-10-12"}, "2026-10-12 is not inside the live window"),
        ({"last": "2027-10-22"}, "2027-10-22 is not inside the live window"),
    ],
)
def test_what_cannot_be_is_found(changes: dict[str, str], message: str) -> None:
    found = campaign_findings(Together(file(NIGHT, DAY | changes), organisation(), standard_sop()))
    assert [(finding.loc[:2], finding.message) for finding in found] == [(("duty", 1), message)]


def test_a_mistake_is_told_with_its_line_and_column() -> None:
    source = parse_text(Path("c.yaml"), "duty:\n  - {person: a, starts: 8, ends: '20:00'}\n")
    with pytest.raises(BadFile, match=r"c\.yaml:2:\d+: .*starts"):
        source.typed(CampaignFile)


def test_where_incidents_are_answered_day_and_night_hours_without_anybody_are_warned_of() -> None:
    night_and_day = [warnings(Together(file(DAY, level=level), organisation(), standard_sop())) for level in "SABC"]
    assert [len(found) for found in night_and_day] == [4, 4, 0, 0]
    assert night_and_day[0][0].en.startswith("Nobody is on duty from 2026-10-20 00:00 to 2026-10-20 08:00")
