"""Writes a campaign file out of answers: complete, checked like any other, with a comment where people will go on."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from opsflow.campaigns.model import CampaignFile, Goal
from opsflow.campaigns.network import exists
from opsflow.kernel.terms import DepartmentId, Language, Level, PersonKey, Role
from opsflow.kernel.text import Text
from opsflow.kernel.yamltext import written
from opsflow.org.model import Organisation
from opsflow.sop.model import Sop

FLAGS = ("presale", "registration", "on_site", "live_stream", "personal_data", "reward_tiers", "content")
BUDGET_LINES = ("design", "development", "resources", "publicity", "rewards", "reserve")
OPEN = Text("To be settled", "待定")
"""What a text says that nobody has given yet; a reader sees it, and so does whoever searches for it."""
NAMED_ELSEWHERE = (Role.DEPARTMENT_HEAD, Role.DEPUTY, Role.REVIEWER)
"""Roles that the organisation's departments fill."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a goal is usually measured by."""

    id: str
    title: Text
    unit: Text


MEASURES: Mapping[Goal, Measure] = {
    "acquisition": Measure("new-users", Text("New users", "新增用户数"), Text("people", "人")),
    "conversion": Measure("paid-orders", Text("Paid orders", "支付订单数"), Text("orders", "单")),
    "retention": Measure(
        "retained-users", Text("Users active 14 days after the end", "活动后 14 日留存用户数"), Text("people", "人")
    ),
    "repurchase": Measure("repeat-buyers", Text("Members who order again", "复购会员数"), Text("people", "人")),
    "sharing": Measure("users-from-shares", Text("New users from shares", "分享带来的新用户数"), Text("people", "人")),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been answered."""

    key: str
    title: Text
    level: Level
    goal: Goal
    purpose: tuple[str, ...]
    mechanics: tuple[str, ...]
    zone: str
    language: Language
    background: Text
    target_users: Text
    behaviour: Text
    carrier: Text
    start: datetime
    end: datetime
    """Exclusive."""
    target: Decimal
    unit: Text
    currency: str
    budget: Mapping[str, Decimal]
    flags: frozenset[str]
    departments: tuple[DepartmentId, ...] = ()
    people: tuple[tuple[Role, PersonKey], ...] = ()


def key_of(title: str, start: datetime) -> str:
    """A key out of a title, with the year when it has none; a title without Latin letters gives one by its month."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not re.search(r"[a-z]{2}", words):
        return f"campaign-{start:%Y-%m}"
    return words[:40].strip("-") if re.search(r"20\d\d", words) else f"{words[:35].strip('-')}-{start:%Y}"


def needed_departments(campaign: CampaignFile, sop: Sop) -> tuple[DepartmentId, ...]:
    """The optional departments that have tasks in a campaign."""
    busy = {task.owner.department for task in sop.tasks if exists(task, campaign.level, campaign.conditions)}
    return tuple(name for name, department in sop.departments.items() if department.optional and name in busy)


def roles_to_fill(campaign: CampaignFile, sop: Sop, organisation: Organisation) -> dict[Role, DepartmentId]:
    """The roles that a campaign needs and that nobody fills in every campaign, each with the department it works in."""
    found: dict[Role, DepartmentId] = {}
    for task in sop.tasks:
        role = task.owner.role
        if role and role not in NAMED_ELSEWHERE and exists(task, campaign.level, campaign.conditions):
            found.setdefault(role, task.owner.department)
    # These two own no task of the plan: they meet participants, on the stage and after it.
    if campaign.on_site or campaign.live_stream:
        found.setdefault(Role.HOST, DepartmentId("operations"))
    if campaign.level is not Level.C:
        found.setdefault(Role.SERVICE_AGENT, DepartmentId("customer_service"))
    return {role: found[role] for role in Role if role in found and role not in organisation.roles}


def candidates(role: Role, department: DepartmentId, organisation: Organisation, sop: Sop) -> list[PersonKey]:
    """Who may fill a role: the department's people, first those whose title speaks of it, last its head."""
    title, head = sop.roles[role].title.en.split(" (")[0].casefold(), organisation.departments.get(department)

    def rank(key: PersonKey) -> tuple[bool, bool]:
        theirs = organisation.people[key].title
        return (head is not None and key == head.head, title not in (theirs.en.casefold() if theirs else ""))

    busy = set(organisation.roles.values())
    own = [key for key, person in organisation.people.items() if person.department == department and key not in busy]
    return sorted(own, key=rank)


def campaign_text(draft: Draft) -> str:
    """The file."""
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    measure = MEASURES[draft.goal]
    yield f"# {draft.title.en}: level {draft.level}. `opsflow check` names every mistake in this file with its line."
    yield "#"
    yield f"# Times are local to `zone`. `live.end` is exclusive: midnight after the last day. What says {OPEN.en!r} is open."
    yield ""
    yield f"key: {written(draft.key)}"
    yield f"title: {_text(draft.title)}"
    yield f"level: {draft.level}  # S, A, B or C: lead times, meetings, approvals and reports follow from it"
    yield f"goal: {draft.goal}  # acquisition, conversion, retention, repurchase or sharing"
    yield from _list("purpose", draft.purpose)
    yield from _list("mechanics", draft.mechanics)
    yield f"zone: {written(draft.zone)}"
    yield f"language: {draft.language}"
    yield ""
    yield "theme:"
    yield f"  title: {_text(draft.title)}  # what participants read; it may differ from the title above"
    yield f"background: {_text(draft.background)}  # why now: the season, and what the product needs of it"
    yield f"target_users: {_text(draft.target_users)}"
    yield f"behaviour: {_text(draft.behaviour)}  # the one behaviour the incentive must cause"
    yield f"carrier: {_text(draft.carrier)}  # app page, H5, mini-programme, account"
    yield ""
    yield "live:"
    yield f"  start: {draft.start:%Y-%m-%dT%H:%M}"
    yield f"  end: {draft.end:%Y-%m-%dT%H:%M}"
    yield ""
    yield "kpis:"
    yield f"  - id: {measure.id}"
    yield f"    title: {_text(measure.title)}"
    yield f"    target: {_number(draft.target)}"
    yield f"    unit: {_text(draft.unit)}"
    yield "    primary: true  # exactly one"
    yield ""
    yield from _budget(draft)
    yield from _list("departments", draft.departments)
    yield "people:  # keys of org.yaml" if draft.people else "people: {}  # keys of org.yaml, by role"
    yield from (f"  {role}: {written(person)}" for role, person in draft.people)
    if draft.flags:
        yield ""
        yield from (f"{flag}: true" for flag in FLAGS if flag in draft.flags)
    yield from _NEXT.replace("START", f"{draft.start:%Y-%m-%dT%H:%M}").splitlines()


_NEXT = """
# What participants read, one sentence each:
# rules:
#   - {en: Each order gives one ticket for the draw., zh: 每笔订单获得一张抽奖券。}

# What can be won (physical, coupon, code, cash, points, rights); physical and taxable prizes bring tasks of their own:
# prizes:
#   - {id: coupon-15, title: {en: Coupon, zh: 优惠券}, kind: coupon, quantity: 100, unit_value: 15}

# What can go wrong, who sees it first, what is switched to, and who decides:
# risks:
#   - title: {en: Traffic above twice the forecast, zh: 流量超预估两倍}
#     plan_b: {en: Switch to the static page, zh: 切静态页}
#     decides: duty_lead
#     seen_by: engineering

# One message on one channel at one time, not after the end:
# publicity:
#   - {at: START, channel: {en: Push messages, zh: 站内推送}, message: {en: It is open, zh: 活动已开启}}

# The channel in Slack where everybody reads how the campaign stands, by its id:
# slack_channel: C0123ABCD

# `opsflow schema campaign` describes every key there is."""


def _budget(draft: Draft) -> Iterator[str]:
    yield "budget:"
    yield f"  currency: {draft.currency}"
    yield "  lines:"
    yield from (
        f"    - {{line: {line}, amount: {_number(draft.budget.get(line, Decimal(0)))}}}" for line in BUDGET_LINES
    )
    yield ""


def _text(text: Text) -> str:
    return written(text.en) if text.en == text.zh else f"{{en: {written(text.en)}, zh: {written(text.zh)}}}"


def _list(name: str, values: Sequence[str]) -> Iterator[str]:
    if values:
        yield f"{name}: [{', '.join(map(written, values))}]"


def _number(number: Decimal) -> str:
    return f"{number.normalize():f}"
