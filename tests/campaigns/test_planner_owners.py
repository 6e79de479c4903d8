"""Who does a task: role, head, override, deputy; and everything nobody fills in one error."""

from typing import Any

import pytest

from opsflow.campaigns.owners import RolesUnfilled
from opsflow.campaigns.plan import PlannedTask
from opsflow.kernel.errors import Refused
from opsflow.kernel.terms import Role, TaskCode
from opsflow.org.model import Organisation
from tests.campaigns.planning import answer, campaign, organisation, planned


def away(person: str, first: str, last: str, *more: str) -> Organisation:
    """The usual organisation while somebody is away; `more` are away at the same time."""
    people: dict[str, Any] = organisation().model_dump(mode="json")["people"]
    for one in (person, *more):
        people[one]["absent"] = [{"first": first, "last": last}]
    return organisation(people=people)


def without(**changes: object) -> Organisation:
    content = organisation().model_dump(mode="json")
    for part, names in changes.items():
        assert isinstance(names, tuple)
        content[part] = {key: value for key, value in content[part].items() if key not in names}
    return Organisation.model_validate(content)


def task_of(code: str, org: Organisation | None = None, **changes: Any) -> PlannedTask:
    return planned(campaign(**changes), org=org).task(TaskCode(code))


@pytest.mark.parametrize(
    ("code", "owner", "role"),
    [
        ("IP09", "planner", Role.PLANNER),
        ("IP02", "data-head", None),
        ("IP01", "operations-head", Role.DEPARTMENT_HEAD),
        ("IP08", "pmo", Role.COORDINATION_POST),
        ("LV10", "duty", Role.DUTY_LEAD),
        ("DE15", "finance-deputy", Role.FINANCE_APPROVER),
    ],
)
def test_a_role_is_filled_by_the_organisation_and_a_bare_department_by_its_head(
    code: str, owner: str, role: Role | None
) -> None:
    task = task_of(code)
    assert (task.owner, task.role, task.deputy_for) == (owner, role, None)


def test_the_campaign_fills_a_role_before_the_organisation() -> None:
    assert task_of("IP09", people={"planner": "content-head"}).owner == "content-head"


def test_an_override_of_the_campaign_comes_before_role_and_head() -> None:
    owners = {"IP09": {"owner": "data-head"}, "IP02": {"owner": "planner"}}
    assert task_of("IP09", owners=owners).owner == "data-head"
    assert task_of("IP02", owners=owners).owner == "planner"


@pytest.mark.parametrize(
    ("first", "last", "owner"),
    [
        ("2026-08-03", "2026-08-03", "data-deputy"),  # IP02 runs from 3 to 5 August: away on its first day
        ("2026-08-05", "2026-08-20", "data-deputy"),  # away on its due day
        ("2026-08-04", "2026-08-04", "data-head"),  # a day in between is no reason to hand it over
        ("2026-08-06", "2026-08-20", "data-head"),
    ],
)
def test_the_deputy_stands_in_for_whoever_is_away_on_the_first_or_due_day(first: str, last: str, owner: str) -> None:
    task = task_of("IP02", away("data-head", first, last))
    assert task.owner == owner
    assert task.deputy_for == (None if owner == "data-head" else "data-head")
    if task.deputy_for:
        assert task.because[-1].en == (
            "Deputy of data stands in for Head of data, who is away on its first or due day."
        )


def test_where_the_deputy_is_away_too_the_owner_stays_and_the_plan_warns() -> None:
    found = planned(campaign(), org=away("data-head", "2026-08-03", "2026-08-05", "data-deputy"))
    assert found.task(TaskCode("IP02")).owner == "data-head"
    assert "Head of data is away on the first or due day of IP02, and nobody can stand in." in [
        warning.en for warning in found.warnings
    ]


def test_a_named_person_who_is_away_is_relieved_by_the_deputy_of_their_own_department() -> None:
    task = task_of("IP09", away("planner", "2026-08-06", "2026-08-07"))
    assert (task.owner, task.deputy_for) == ("operations-deputy", "planner")


@pytest.mark.parametrize(
    ("level", "code", "approvers"),
    [
        ("S", "CO13", ("sponsor", "finance-deputy", "legal-head")),
        ("S", "DE16", ("sponsor", "finance-deputy", "legal-head")),
        ("A", "CO13", ("sponsor", "finance-deputy", "legal-head")),
        ("B", "DE16", ("operations-head",)),
        ("C", "DE16", ("operations-head",)),
        ("S", "DE15", ("finance-deputy",)),
        ("C", "CL06", ("finance-deputy",)),
    ],
)
def test_the_level_decides_who_approves_and_the_first_of_them_owns_the_task(
    level: str, code: str, approvers: tuple[str, ...]
) -> None:
    task = task_of(code, level=level)
    assert task.approvers == approvers
    assert task.owner == approvers[0]


def test_only_approvals_have_approvers() -> None:
    assert {str(task.id) for task in planned(campaign()).tasks if task.approvers} == {"CO13", "DE15", "DE16", "CL06"}


@pytest.mark.parametrize(("amount", "approvers"), [("50000", 1), ("50000.01", 2)])
def test_finance_approves_as_well_above_the_organisations_threshold(amount: str, approvers: int) -> None:
    budget = {"lines": [{"line": "rewards", "amount": amount}]}
    assert len(task_of("DE16", level="B", budget=budget).approvers) == approvers


@pytest.mark.parametrize("author", ["planner", "campaign_manager"])
def test_nobody_approves_what_they_wrote_then_the_deputy_does(author: str) -> None:
    task = task_of("DE16", level="C", people={author: "operations-head"})
    assert (task.owner, task.deputy_for) == ("operations-deputy", "operations-head")
    assert task.because[-1].en.endswith("nobody approves what they wrote.")


def test_an_author_never_stands_in_for_an_approver() -> None:
    org = away("legal-head", "2026-08-20", "2026-08-20")
    task = task_of("CO13", org, people={"planner": "legal-deputy"})
    assert "legal-deputy" not in task.approvers


def test_an_approval_that_only_its_author_could_give_is_refused() -> None:
    people = {"planner": "operations-head", "campaign_manager": "operations-deputy"}
    with pytest.raises(Refused, match="somebody who did not write it"):
        answer(campaign(level="C", people=people))


def test_an_override_does_not_choose_the_levels_approvers() -> None:
    found = planned(campaign(owners={"CO13": {"owner": "planner"}}))
    assert "planner" not in found.task(TaskCode("CO13")).approvers
    assert [warning.en for warning in found.warnings] == [
        "The owner given for CO13 is not used: the level decides who approves."
    ]


def test_all_roles_that_nobody_fills_are_one_error_with_their_tasks() -> None:
    org = without(roles=("planner", "duty_lead"), departments=("legal",))
    with pytest.raises(RolesUnfilled) as refusal:
        answer(campaign(), org=org)
    text = str(refusal.value)
    assert "planner (CO01, CO12, CO17, DE01, DE02, IP09" in text
    assert "duty_lead (LV10)" in text
    assert "head of legal (CO09, DE09, EX20)" in text
    assert "head:legal (CO13, DE16)" in text
    assert "org.yaml" in text
    assert refusal.value.exit_code == 3


def test_a_role_no_task_of_the_campaign_needs_may_stay_empty() -> None:
    org = without(roles=("leader",), departments=("merchandising", "content", "procurement"))
    assert planned(campaign(level="C"), org=org).task(TaskCode("LV10")).owner == "duty"
    assert Role.HOST not in org.roles
    assert Role.SERVICE_AGENT not in org.roles


def test_a_person_the_organisation_does_not_know_fills_no_role() -> None:
    with pytest.raises(RolesUnfilled, match="ghost is not among the people"):
        answer(campaign(people={"planner": "ghost"}))


def test_the_campaign_manager_never_holds_the_coordination_post() -> None:
    with pytest.raises(RolesUnfilled, match="other than the campaign manager pmo"):
        answer(campaign(people={"campaign_manager": "pmo"}))


def test_a_person_with_more_than_eight_tasks_at_once_is_named() -> None:
    owners = {f"CO{n:02}": {"owner": "planner"} for n in range(2, 12)}
    warnings = [warning.en for warning in planned(campaign(owners=owners)).warnings]
    assert warnings == ["Planner has 10 tasks at once on Mon 2026-08-17."]
