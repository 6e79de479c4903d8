"""Tasks by signed link: finishing one with what it hands in, promising its date. Opening a link records nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from opsflow.context import Context
from opsflow.engine.confirm import confirm
from opsflow.engine.errand import Errand, What, errand
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.signing import Altered, Signed
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.links import ERRANDS, read_link
from opsflow.stages.service import complete_task
from opsflow.web.pages import Answer, Place, notice, one_line

LONGEST = 2000
STATUS = {"finished_before": 409, "promised_before": 409, "not_needed": 410, "ended": 410, "other_owner": 403,
          "other_door": 403, "not_open": 409}  # fmt: skip
"""Of a link that does nothing any more, by why."""
Mistake = Literal["missing", "long"]


@dataclass(frozen=True, slots=True)
class ErrandLink:
    """A link that was read: who it lets do what about which task."""

    said: Signed
    campaign: CampaignKey
    task: TaskCode
    person: PersonKey
    what: What


def read_errand(ctx: Context, token: str) -> ErrandLink | None:
    """The link of a token; None when it is for something else. Altered: it was not made here. Expired: it has ended."""
    said = read_link(ctx.settings, token, now=ctx.clock.now())
    if said.action not in ERRANDS:
        return None
    kind, _, rest = said.matter.partition("/")
    campaign, _, code = rest.partition("/")
    if kind != "task" or not campaign or not code:
        raise Altered
    what: What = "done" if said.action == "done" else "confirm"
    return ErrandLink(said, CampaignKey(campaign), TaskCode(code), PersonKey(said.person), what)


def shown(ctx: Context, link: ErrandLink, place: Place) -> Answer:
    """What the link would do, with the button that does it; or why it does nothing any more."""
    found = _found(ctx, link)
    return Answer(200, _form(found, link, place)) if found.standing == "open" else _became(found, place)


def result(ctx: Context, link: ErrandLink, place: Place) -> Answer:
    """What was recorded by the link."""
    found = _found(ctx, link)
    if found.standing == "finished_before" and found.task.done_by == link.person:
        return Answer(200, _said(found, place, "finished"))
    if found.standing == "promised_before" and found.task.confirmed_by == link.person:
        return Answer(200, _said(found, place, "promised"))
    return shown(ctx, link, place)


def run(ctx: Context, link: ErrandLink, place: Place, fields: Mapping[str, str]) -> Answer | None:
    """Do it; None when it is recorded, else the page that says why it is not."""
    given = {name: one_line(fields.get(name, "")) for name in ("evidence", "note")}
    found = _found(ctx, link)
    if found.standing != "open":
        return _became(found, place)
    mistakes = _mistakes(found, link, given)
    if mistakes:
        return Answer(422, _form(found, link, place, mistakes=mistakes, given=given))
    try:
        _do(ctx, link, given)
    except (Conflict, Refused):
        # Somebody was first; the task as it is now says so in the reader's own words.
        found = _found(ctx, link)
        if found.standing == "open":
            raise
        return _became(found, place)
    return None


def _do(ctx: Context, link: ErrandLink, given: Mapping[str, str]) -> None:
    note = Text.both(given["note"]) if given["note"] else None
    if link.what == "confirm":
        confirm(ctx, link.campaign, link.task, by=link.person, note=note)
    else:
        evidence = given["evidence"] or None
        complete_task(ctx, link.campaign, link.task, by=link.person, evidence=evidence, note=note)


def _mistakes(found: Errand, link: ErrandLink, given: Mapping[str, str]) -> dict[str, Mistake]:
    mistakes: dict[str, Mistake] = {name: "long" for name, text in given.items() if len(text) > LONGEST}
    needed = "evidence" if found.task.deliverable is not None else "note"
    if link.what == "done" and not given[needed]:
        mistakes[needed] = "missing"
    return mistakes


def _found(ctx: Context, link: ErrandLink) -> Errand:
    return errand(ctx, link.campaign, link.task, link.person, link.what)


def _form(
    found: Errand,
    link: ErrandLink,
    place: Place,
    *,
    mistakes: Mapping[str, Mistake] | None = None,
    given: Mapping[str, str] | None = None,
) -> str:
    language, campaign, task = place.language, found.campaign, found.task
    people, kept = campaign.organisation.people, given or {}
    facts: dict[str, Any] = {
        "finishes": link.what == "done",
        "code": task.code,
        "title": task.title[language],
        "deliverable": task.deliverable[language] if task.deliverable else "",
        "due": task.due.astimezone(campaign.zone),
        "person": people[link.person].name[language],
        "owner": "" if task.owner == link.person else people[task.owner].name[language],
        "campaign_title": campaign.title[language],
        "organisation": campaign.organisation.name[language],
        "level": campaign.level.value,
        "ends": link.said.ends.astimezone(campaign.zone),
        "now": found.now.astimezone(campaign.zone),
        "mistakes": {"evidence": "", "note": "", **(mistakes or {})},
        "given": {name: kept.get(name, "")[:LONGEST] for name in ("evidence", "note")},
        "longest": LONGEST,
    }
    return place.fill("errand.html.j2", facts)


def _became(found: Errand, place: Place) -> Answer:
    assert found.standing != "open"  # then there is a form
    return Answer(STATUS[found.standing], _said(found, place, found.standing))


def _said(found: Errand, place: Place, kind: Any) -> str:
    campaign, task, language = found.campaign, found.task, place.language
    people, who = campaign.organisation.people, task.done_by or task.confirmed_by or ""
    return notice(
        place,
        kind,
        way_out=False,
        subject=f"{task.code} {task.title[language]}",
        by=people[PersonKey(who)].name[language] if who in people else "opsflow",
        at=task.done_at.astimezone(campaign.zone) if task.done_at else None,
        due=task.due.astimezone(campaign.zone),
    )
