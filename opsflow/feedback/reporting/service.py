"""The report of a campaign's feedback."""

from collections.abc import Mapping
from dataclasses import dataclass

from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.feedback.answers.model import NoSurvey
from opsflow.feedback.reporting import store
from opsflow.feedback.reporting.model import Feedback, result, spoken
from opsflow.feedback.surveys.store import opened
from opsflow.feedback.visits.model import totals
from opsflow.feedback.visits.store import loads
from opsflow.feedback.voices import store as voices
from opsflow.feedback.voices.model import Voice, load_rule
from opsflow.kernel.terms import CampaignKey, PersonKey

LINK = "link"
EXAMPLES = 3
"""Of each topic."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it, with what some users said."""

    campaign: Campaign
    feedback: Feedback
    examples: Mapping[str, tuple[Voice, ...]]
    """By topic, the latest first; empty where nobody says who reads it."""


def report(ctx: Context, campaign: CampaignKey, *, by: PersonKey | None = None) -> Report:
    """Everything counted; `by`: with examples of what users said. NotFound: no such campaign. NoSurvey: none was opened.

    NotAllowed: users' words are not theirs to read.
    """
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        if by is not None:
            check(ctx, held, "feedback.see", f"what users said of {campaign} is for others", by=by)
        found = feedback(ctx, session, held)
        if found is None:
            raise NoSurvey(campaign)
        examples = {
            topic.id: tuple(voices.voices(session, campaign, topic=topic.id, most=EXAMPLES))
            for topic in found.topics
            if by is not None and topic.count
        }
        return Report(held, found, examples)


def feedback(ctx: Context, session: Session, held: Campaign) -> Feedback | None:
    """Everything counted, without anybody's words; None: no survey was opened."""
    survey = opened(session, held.key)
    if survey is None:
        return None
    turnouts, ticked, called = (
        store.turnouts(session, held.key),
        store.choices(session, held.key),
        loads(session, held.key),
    )
    by_link = turnouts.get(LINK, store.Turnout(0, 0, 0))
    results = []
    for question in (each for each in survey.survey.questions if each.kind != "text"):
        counts = ticked.get(question.id, {})
        people = store.people(session, held.key, question.id) if question.many else sum(counts.values())
        results.append(result(question, people, counts))
    return Feedback(
        title=survey.survey.title,
        opened_at=survey.opened_at,
        ends=survey.ends,
        closed=ctx.clock.now() >= survey.ends,
        asked=by_link.asked,
        seen=by_link.seen,
        answered=by_link.answered,
        elsewhere={source: each.answered for source, each in turnouts.items() if source != LINK and each.answered},
        results=tuple(results),
        topics=spoken(load_rule(ctx.settings.template_folders).titles, voices.counts(session, held.key)),
        corrected=store.corrected(session, held.key),
        visits=totals(called) if called else None,
    )
