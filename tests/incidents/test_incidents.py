"""Something goes wrong while the campaign is live: who is told when, who may do what, and what stops the telling."""

from datetime import date
from pathlib import Path

import pytest

from opsflow.campaigns.model import DutyShift
from opsflow.context import Context
from opsflow.engine.absences import report_absence, take_back_absence
from opsflow.engine.handover import hand_over
from opsflow.engine.record import journal
from opsflow.incidents.model import AlreadyAcknowledged, IncidentStatus, Severity
from opsflow.incidents.service import acknowledge, close_incident, file_roster, note, open_incident, switch_to_plan_b
from opsflow.incidents.store import incident
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from tests.engine.scene import at
from tests.engine.small import KEY
from tests.engine.together import errors, together
from tests.incidents.watch import (
    BLANK,
    DEPUTY,
    DUTY,
    EXECUTOR,
    HEAD,
    MANAGER,
    PLANNER,
    PMO,
    SPONSOR,
    STRANGER,
    heard,
    live,
    pass_minutes,
)

WHY, WHAT = Text.both("A bad cache"), Text.both("Cache emptied")


@pytest.mark.parametrize(
    ("level", "moment", "expected"),
    [
        # S and A: day and night, days off as well
        ("S", "24 23:00", [("24 23:00", PLANNER), ("24 23:15", HEAD), ("24 23:30", MANAGER), ("24 23:45", SPONSOR)]),
        ("A", "24 10:00", [("24 10:00", EXECUTOR), ("24 10:30", HEAD), ("24 11:00", MANAGER), ("24 11:30", SPONSOR)]),
        # B: 9:00 to 22:00; nobody's hour runs at night
        ("B", "24 20:30", [("24 20:30", PLANNER), ("24 21:30", HEAD), ("25 09:00", MANAGER), ("25 10:00", SPONSOR)]),
        ("B", "24 23:00", [("25 09:00", PLANNER), ("25 10:00", HEAD), ("25 11:00", MANAGER), ("25 12:00", SPONSOR)]),
        # C: in working hours; four hours by the clock
        ("C", "24 17:00", [("24 17:00", EXECUTOR), ("25 09:00", HEAD), ("25 13:00", MANAGER), ("25 17:00", SPONSOR)]),
    ],
)
def test_it_goes_from_one_to_the_next_until_somebody_has_it(
    ctx: Context, tmp_path: Path, level: str, moment: str, expected: list[tuple[str, str]]
) -> None:
    """F12: nobody is called in hours in which the level lets nobody be called."""
    day, hour, minute = moment[:2], int(moment[3:5]), int(moment[6:])
    here = live(ctx, tmp_path, level=level, now=at(day, hour, minute))
    assert open_incident(here, KEY, by=STRANGER, title=BLANK) == 1
    pass_minutes(here, 30 * 60)
    assert heard(here, "opened", "escalated") == expected


def test_who_acknowledges_stops_it(ctx: Context, tmp_path: Path) -> None:
    """F13: the chain goes on after acknowledgement. F12: an acknowledged item escalates later, at night."""
    here = live(ctx, tmp_path, now=at("24", 23))
    number = open_incident(here, KEY, by=STRANGER, title=BLANK, severity=Severity.CRITICAL)
    pass_minutes(here, 16)
    acknowledge(here, KEY, number, by=HEAD)
    pass_minutes(here, 300)
    assert heard(here, "opened", "escalated") == [("24 23:00", PLANNER), ("24 23:15", HEAD)]
    with here.transaction() as session:
        found = incident(session, KEY, number)
    assert (found.status, found.acknowledged_by) == (IncidentStatus.ACKNOWLEDGED, HEAD)


def away(ctx: Context) -> None:
    report_absence(ctx, KEY, HEAD, first=date(2026, 8, 24), last=date(2026, 8, 24), by=HEAD)


@pytest.mark.parametrize(
    ("before", "after", "hears"),
    [(True, False, DEPUTY), (False, True, DEPUTY), (True, True, HEAD)],
    ids=["away when it is opened", "away since", "back since"],
)
def test_who_is_away_is_not_called_and_who_stands_in_is(
    ctx: Context, tmp_path: Path, hears: PersonKey, *, before: bool, after: bool
) -> None:
    """F47: an absence is looked at when the steps are set, and again when it is reported or taken back."""
    here = live(ctx, tmp_path)
    if before:
        away(here)
    open_incident(here, KEY, by=STRANGER, title=BLANK)
    pass_minutes(here, 5)
    if after and before:
        take_back_absence(here, KEY, HEAD, first=date(2026, 8, 24), last=date(2026, 8, 24), by=HEAD)
    elif after:
        away(here)
    pass_minutes(here, 60)
    assert heard(here, "opened", "escalated") == [
        ("24 10:00", EXECUTOR), ("24 10:15", hears), ("24 10:30", MANAGER), ("24 10:45", SPONSOR),
    ]  # fmt: skip


def test_who_takes_over_a_role_is_called_for_it(ctx: Context, tmp_path: Path) -> None:
    here, heir = live(ctx, tmp_path), PersonKey("coordination-head")
    open_incident(here, KEY, by=STRANGER, title=BLANK)
    hand_over(here, SPONSOR, heir, by=SPONSOR)
    pass_minutes(here, 60)
    assert heard(here, "escalated")[-1] == ("24 10:45", heir)


def test_who_acknowledges_between_firing_and_sending_stops_that_too(ctx: Context, tmp_path: Path) -> None:
    """F13: re-checked at the moment of sending."""
    here = live(ctx, tmp_path, level="B", now=at("24", 23))
    number = open_incident(here, KEY, by=STRANGER, title=BLANK)
    pass_minutes(here, 5)
    acknowledge(here, KEY, number, by=HEAD)
    pass_minutes(here, 24 * 60)
    assert heard(here, "opened", "escalated") == []


def test_after_an_outage_nobody_is_told_twice(ctx: Context, tmp_path: Path) -> None:
    """F32"""
    here = live(ctx, tmp_path, now=at("24", 10))
    open_incident(here, KEY, by=STRANGER, title=BLANK)
    pass_minutes(here, 180, outage=True)
    assert sorted(heard(here, "escalated")) == [("24 13:00", person) for person in (MANAGER, HEAD, SPONSOR)]


def test_a_new_shift_hears_of_what_is_still_open(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path, now=at("24", 19))
    number = open_incident(here, KEY, by=STRANGER, title=BLANK)
    acknowledge(here, KEY, number, by=EXECUTOR)
    pass_minutes(here, 14 * 60)
    assert heard(here, "handover") == [("24 20:00", PLANNER), ("25 08:00", EXECUTOR)]
    close_incident(here, KEY, number, by=EXECUTOR, cause=WHY, done=WHAT)
    pass_minutes(here, 24 * 60)
    assert len(heard(here, "handover")) == 2


def test_another_roster_hands_over_to_its_people(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path, now=at("24", 19))
    open_incident(here, KEY, by=STRANGER, title=BLANK)
    night = DutyShift.model_validate({"person": DEPUTY, "starts": "20:00", "ends": "08:00"})
    with pytest.raises(Refused, match="cannot settle the duty roster"):
        file_roster(here, KEY, (night,), by=STRANGER)
    file_roster(here, KEY, (night,), by=MANAGER)
    pass_minutes(here, 120)
    assert heard(here, "handover") == [("24 20:00", DEPUTY)]


def test_who_answers_for_it_may_acknowledge(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path)
    for by in (EXECUTOR, DUTY, HEAD, DEPUTY, MANAGER, SPONSOR, PMO):
        acknowledge(here, KEY, open_incident(here, KEY, by=STRANGER, title=BLANK), by=by)


def test_nobody_else_may(ctx: Context, tmp_path: Path) -> None:
    """The planner is on duty at night, not now."""
    here = live(ctx, tmp_path)
    number = open_incident(here, KEY, by=STRANGER, title=BLANK)
    for by in (STRANGER, PLANNER, PersonKey("nobody")):
        for act in (
            lambda by=by: acknowledge(here, KEY, number, by=by),
            lambda by=by: close_incident(here, KEY, number, by=by, cause=WHY, done=WHAT),
            lambda by=by: switch_to_plan_b(here, KEY, number, by=by, risk=1),
        ):
            with pytest.raises(Refused):
                act()


def test_plan_b_is_switched_on_by_the_role_the_file_names_and_by_the_sponsor(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path)
    traffic = open_incident(here, KEY, by=STRANGER, title=BLANK, risk=1)
    price = open_incident(here, KEY, by=STRANGER, title=BLANK, risk=2)
    with pytest.raises(Refused, match=r"is for the leader to decide\. Who can: whoever decides, or the sponsor"):
        switch_to_plan_b(here, KEY, price, by=EXECUTOR)
    assert switch_to_plan_b(here, KEY, traffic, by=EXECUTOR).en == "Static page"
    assert switch_to_plan_b(here, KEY, price, by=SPONSOR).en == "Take it down"
    with pytest.raises(Conflict, match="on already"):
        switch_to_plan_b(here, KEY, traffic, by=SPONSOR)
    pass_minutes(here, 120)
    # Whoever switches it on has it in hand.
    assert heard(here, "escalated") == []
    assert {person for _, person in heard(here, "plan_b")} == {EXECUTOR, STRANGER, DUTY, MANAGER, PMO, SPONSOR}


def test_an_incident_nobody_foresaw_names_its_plan_b_when_it_is_wanted(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path)
    number = open_incident(here, KEY, by=STRANGER, title=BLANK)
    with pytest.raises(BadInput, match="--risk"):
        switch_to_plan_b(here, KEY, number, by=SPONSOR)
    with pytest.raises(BadInput, match=r"has no risk 3\. It has: 1 Traffic; 2 Wrong price"):
        switch_to_plan_b(here, KEY, number, by=SPONSOR, risk=3)
    switch_to_plan_b(here, KEY, number, by=SPONSOR, risk=2)
    with here.transaction() as session:
        assert incident(session, KEY, number).risk == 2


def test_what_cannot_be_is_refused_by_name(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path)
    with pytest.raises(BadInput, match="no risk 9"):
        open_incident(here, KEY, by=STRANGER, title=BLANK, risk=9)
    with pytest.raises(NotFound, match="no incident 7"):
        acknowledge(here, KEY, 7, by=DUTY)
    number = open_incident(here, KEY, by=STRANGER, title=BLANK)
    close_incident(here, KEY, number, by=DUTY, cause=WHY, done=WHAT)
    for late in (
        lambda: acknowledge(here, KEY, number, by=DUTY),
        lambda: switch_to_plan_b(here, KEY, number, by=SPONSOR, risk=1),
        lambda: close_incident(here, KEY, number, by=DUTY, cause=WHY, done=WHAT),
    ):
        with pytest.raises(Conflict, match="was closed by duty"):
            late()


def test_two_who_acknowledge_at_once_are_one_and_a_conflict(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path)
    number = open_incident(here, KEY, by=STRANGER, title=BLANK)
    outcomes = together(*(lambda by=by: acknowledge(here, KEY, number, by=by) for by in (DUTY, HEAD, MANAGER)))
    assert [type(error) for error in errors(outcomes)] == [AlreadyAcknowledged] * 2
    assert [entry.action for entry in journal(here, KEY)].count("incident.acknowledged") == 1


def test_incidents_opened_at_once_get_numbers_of_their_own(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path)
    found = together(*(lambda: open_incident(here, KEY, by=STRANGER, title=BLANK) for _ in range(4)))
    assert sorted(map(str, found)) == ["1", "2", "3", "4"]


def test_its_story_is_in_the_journal(ctx: Context, tmp_path: Path) -> None:
    here = live(ctx, tmp_path)
    number = open_incident(here, KEY, by=STRANGER, title=BLANK, risk=1)
    note(here, KEY, number, by=STRANGER, text=Text.both("Only in the mini-programme"))
    switch_to_plan_b(here, KEY, number, by=DUTY)
    proposal = Text.both("Empty the cache before the launch")
    close_incident(here, KEY, number, by=DUTY, cause=WHY, done=WHAT, sop_proposal=proposal)
    story = [entry for entry in journal(here, KEY) if entry.action.startswith("incident.")]
    assert [entry.action.partition(".")[2] for entry in story] == [
        "opened",
        "noted",
        "acknowledged",
        "plan_b",
        "closed",
    ]
    assert story[-1].data["sop_proposal"] == {"en": proposal.en, "zh": proposal.zh}
