"""Opens and closes a campaign's survey, asks who takes part, and takes each answer once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, CampaignStatus, is_over
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.campaigns.surveyfile import load_survey
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.feedback.access import ties
from opsflow.feedback.answers.model import NoSurvey
from opsflow.feedback.service import Given, keep_answers, wake_closing
from opsflow.feedback.surveys import store
from opsflow.feedback.surveys.model import (
    MOST_ON_SITE,
    OUTLASTS,
    SURVEY,
    Filled,
    Invitation,
    Opened,
    SurveyClosed,
    SurveyPaused,
    closes_at,
    filled,
    opens_at,
    plan_of,
)
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.signing import Altered, Signed, sign
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value
from opsflow.outbox.links import public_url, read_participants_link, secret
from opsflow.settings import Settings
from opsflow.stages.store import went_live

CHUNK = 5_000
"""Invitations of one transaction."""
Link = Callable[[str, str | None], str]
"""From an invitation's id and its participant to where they answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A link that was read: whose invitation, and the survey it is for."""

    campaign: Campaign
    survey: Opened
    invitation: Invitation


def survey_of(ctx: Context, campaign: CampaignKey) -> Opened | None:
    """The campaign's survey; None: nobody has opened it. NotFound: no such campaign."""
    with ctx.reading() as session:
        load_campaign(session, campaign)
        return store.opened(session, campaign)


def open_survey(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> Opened:
    """Ask from now on, with the questions as the survey's file has them now; `invite` says whom.

    For customer service, the campaign manager and the coordination post. NotFound: no such campaign or survey.
    BadFile: the survey's file has a mistake. Conflict: it was opened already, or the campaign is over. Refused: it
    is not live yet, or the time to answer has passed. NotAllowed: not theirs.
    """
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "feedback.open", by=by)
        if ctx.clock.now() < held.launch:
            raise Refused(
                f"{campaign} is not live before {held.launch:%Y-%m-%d %H:%M} UTC: nobody can say what they think of it."
            )
        if not went_live(session, campaign):
            raise Refused(
                f"{campaign} has not gone live yet: nobody can say what they think of it. `opsflow status {campaign}` says "
                "what its go-live waits for."
            )
        new = _open(ctx, session, held, by=by)
        if new is None:
            raise Conflict(
                f"The survey of {campaign} was opened already. `opsflow feedback report {campaign}` shows it."
            )
        return new


def open_due(ctx: Context, campaign: CampaignKey) -> bool:
    """Open a campaign's survey whose time has come, where its file has one; answers whether this call did."""
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        now = ctx.clock.now()
        due = held.file.feedback is not None and held.status is CampaignStatus.ACTIVE
        if not due or not opens_at(held.file) <= now < closes_at(held.file):
            return False
        if store.opened(session, campaign) is not None or not went_live(session, campaign):
            return False
        hold_campaign(session, campaign)
        return _open(ctx, session, held, by=ENGINE) is not None


def close_survey(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> Opened:
    """Take no more answers, before the time if need be. Answers the survey as it stands then.

    For those who may open it. Conflict: it was closed, or never opened. Others as of `open_survey`.
    """
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "feedback.close", by=by)
        found = store.opened(session, campaign)
        if found is None:
            raise NoSurvey(campaign)
        if not _close(ctx, session, held, by=by):
            raise Conflict(f"The survey of {campaign} is closed already.")
        return store.opened(session, campaign) or found


def close_due(ctx: Context, campaign: CampaignKey) -> bool:
    """Close a survey whose time is over, and let one whose live window has moved close with it; whether it was closed."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        found = store.opened(session, campaign)
        if found is None or found.closed_at is not None:
            return False
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        ends = closes_at(held.file)
        if ends != found.closes_at:
            store.set_closes_at(session, campaign, ends)
        if now < ends and not is_over(held):
            return False
        return _close(ctx, session, held, by=ENGINE)


def invite(ctx: Context, campaign: CampaignKey) -> int:
    """Ask everybody who takes part and was not asked yet; after the live time only who agrees to be contacted.

    Answers how many. Nothing is sent here. NotFound: no such campaign.
    """
    new = 0
    while True:
        with ctx.transaction() as session:
            held, now = load_campaign(session, campaign), ctx.clock.now()
            found = store.opened(session, campaign)
            if found is None or not found.takes_answers(now) or held.status is not CampaignStatus.ACTIVE:
                return new
            some = store.unasked(session, campaign, consenting=now >= held.ends, most=CHUNK)
            new += store.invite(session, [_row(ctx, campaign, who, "link", now) for who in some])
            if len(some) < CHUNK:
                return new


def links_for(settings: Settings, survey: Opened) -> Link:
    """What makes the links of a survey. BadInput: OPSFLOW_PUBLIC_URL does not say where the page is."""
    base = public_url(settings)
    if base is None:
        raise BadInput("A survey's links need the page's address: set OPSFLOW_PUBLIC_URL, as docs/pages.md says.")
    key, ends = secret(settings), survey.closes_at + OUTLASTS

    def link(invitation: str, participant: str | None) -> str:
        said = Signed(SURVEY, f"{survey.campaign}/{invitation}", participant or "", ends)
        return f"{base}/surveys/{sign(key, said)}"

    return link


def page_links(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> Iterator[tuple[str, str]]:
    """The account and link of everybody who has not answered, for the page of the game to show to each; personal data.

    Errors as of `open_survey`, BadInput as of `links_for`. Conflict: it is closed, or was not opened.
    """
    with ctx.transaction() as session:
        _held(ctx, session, campaign, "feedback.links", by=by)
    invite(ctx, campaign)
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "feedback.links", by=by)
        survey = _open_one(ctx, session, held)
        link = links_for(ctx.settings, survey)
        rows = [(data.get("account") or "", link(id_, who)) for who, id_, data in store.unanswered(session, campaign)]
        _note(ctx, session, campaign, "survey.linked", by=by, data={"links": len(rows)})
    return iter(rows)


def on_site_links(ctx: Context, campaign: CampaignKey, number: int, *, by: PersonKey) -> list[str]:
    """So many links without a name, one for each visitor: to be printed as codes. Errors as of `page_links`."""
    if not 1 <= number <= MOST_ON_SITE:
        raise BadInput(f"{number} links cannot be made at once: 1 to {MOST_ON_SITE:,}.")
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = _held(ctx, session, campaign, "feedback.links", by=by)
        link = links_for(ctx.settings, _open_one(ctx, session, held))
        rows = [_row(ctx, campaign, None, "on-site", now) for _ in range(number)]
        store.invite(session, rows)
        _note(ctx, session, campaign, "survey.linked", by=by, data={"on_site": number})
        return [link(row["id"], None) for row in rows]


def read_survey(ctx: Context, token: str, *, notes: bool = True) -> Asked:
    """What a link lets somebody answer; that they have seen it is noted, but for a mere look. Altered: it was not made for this, or its person was erased.

    Expired: its time is over. SurveyClosed, SurveyPaused: nobody can answer, unless they have.
    """
    said = read_participants_link(ctx.settings, token, now=ctx.clock.now())
    with ctx.reading() as session:
        found = _asked(session, said)
    if found.invitation.answered_at is None:
        _check_takes(ctx, found)
        if notes and found.invitation.seen_at is None:
            with ctx.transaction() as session:
                store.see(session, found.survey.campaign, found.invitation.id, now=ctx.clock.now())
    return found


def answer(ctx: Context, token: str, given: Mapping[str, Sequence[str]]) -> Filled:
    """Take one answer down, once: whoever has answered changes nothing any more. With mistakes nothing is kept.

    Errors are those of `read_survey`. BadInput: it answers nothing.
    """
    now = ctx.clock.now()
    said = read_participants_link(ctx.settings, token, now=now)
    with ctx.transaction() as session:
        found = _asked(session, said, holding=True)
        if found.invitation.answered_at is not None:
            return Filled({}, {}, {})
        _check_takes(ctx, found)
        read = filled(found.survey.survey, given)
        if read.mistakes:
            return read
        if not read.choices and not read.words:
            raise EmptyAnswer
        campaign, id_ = found.survey.campaign, found.invitation.id
        if store.answer(session, campaign, id_, now=now):  # else somebody has pressed twice: the first counts
            kept = Given(id_, found.invitation.participant, "survey", now, read.choices, read.words)
            keep_answers(ctx, session, campaign, [kept])
        return read


class EmptyAnswer(BadInput):
    """A form in which nothing was filled in."""

    def __init__(self) -> None:
        super().__init__("Nothing was answered: choose or write something, or close the page.")


def _asked(session: Session, said: Signed, *, holding: bool = False) -> Asked:
    """`holding`: the survey is not closed before this transaction ends; any number may answer meanwhile."""
    key, _, id_ = said.matter.partition("/")
    if said.action != SURVEY or not id_:
        raise Altered
    try:
        held = load_campaign(session, CampaignKey(key))
    except NotFound as error:
        raise Altered from error
    survey = store.opened(session, held.key, holding=holding)
    invitation = store.invitation(session, held.key, id_)
    if survey is None or invitation is None or (invitation.participant or "") != said.person:
        raise Altered
    return Asked(held, survey, invitation)


def _check_takes(ctx: Context, found: Asked) -> None:
    now, survey = ctx.clock.now(), found.survey
    if is_over(found.campaign) or not survey.takes_answers(now):
        raise SurveyClosed(survey.closed_at or survey.closes_at)
    if found.campaign.status is not CampaignStatus.ACTIVE:
        raise SurveyPaused(found.campaign.key, found.campaign.status)


def _held(ctx: Context, session: Session, campaign: CampaignKey, verb: str, *, by: PersonKey) -> Campaign:
    hold_campaign(session, campaign)
    held = load_campaign(session, campaign)
    check(ctx, held, verb, f"the survey of {campaign} is for others", by=by, ties=ties(held, by))
    if is_over(held):
        raise Conflict(f"{campaign} is {held.status}: nobody is asked anything of it any more.")
    return held


def _open(ctx: Context, session: Session, held: Campaign, *, by: str) -> Opened | None:
    now, plan, ends = ctx.clock.now(), plan_of(held.file), closes_at(held.file)
    if now >= ends:
        raise Refused(
            f"The time to answer ended on {ends:%Y-%m-%d %H:%M} UTC, {plan.close_days} days after the last live one: "
            "answers from elsewhere come in by `opsflow feedback import`."
        )
    survey = load_survey(ctx.settings.template_folders, plan.survey)
    new = Opened(held.key, plan.survey, survey, now, ends, None)
    if not store.open_(session, new, by=by):
        return None
    data: dict[str, Value] = {"survey": plan.survey, "questions": len(survey.questions), "closes_at": ends}
    _note(ctx, session, held.key, "survey.opened", by=by, data=data)
    return new


def _close(ctx: Context, session: Session, held: Campaign, *, by: str) -> bool:
    now = ctx.clock.now()
    if not store.close(session, held.key, now=now):
        return False
    _note(ctx, session, held.key, "survey.closed", by=by, data={})
    wake_closing(session, held, now=now)
    return True


def _open_one(ctx: Context, session: Session, held: Campaign) -> Opened:
    found = store.opened(session, held.key)
    if found is None:
        raise NoSurvey(held.key)
    if not found.takes_answers(ctx.clock.now()):
        raise SurveyClosed(found.closed_at or found.closes_at)
    return found


def _row(ctx: Context, campaign: CampaignKey, who: str | None, source: str, now: datetime) -> dict[str, Any]:
    return {
        "campaign": campaign, "id": ctx.new_id(), "participant": who, "source": source, "invited_at": now,
        "seen_at": None, "answered_at": None,
    }  # fmt: skip


def _note(
    ctx: Context, session: Session, campaign: CampaignKey, action: str, *, by: str, data: Mapping[str, Value]
) -> None:
    write(session, at=ctx.clock.now(), actor=by, action=action, campaign=campaign, object=campaign, data=dict(data))
