"""Users' words are kept, sorted by what they are about, shown, and sorted otherwise by people."""

from collections.abc import Iterable

from opsflow.campaigns.service import check
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.campaigns.surveyfile import LONGEST_WORDS
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.feedback.access import ties
from opsflow.feedback.voices import store
from opsflow.feedback.voices.model import NAMED, Said, TopicRule, Voice, load_rule
from opsflow.journal.service import write
from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.terms import CampaignKey, PersonKey

MOST_SHOWN = 10_000
_LEAST_OF_ID = 4


def keep(ctx: Context, session: Session, campaign: CampaignKey, voices: Iterable[Said]) -> int:
    """Keep what was said, sorted by the rule; what is there already stays as it is. Answers how many are new.

    Words without any letter to be seen are none, and those of somebody who was erased meanwhile are not kept. BadFile: the rule has a mistake.
    """
    rule, said, rows = load_rule(ctx.settings.template_folders), list(voices), []
    there = store.not_erased(session, campaign, {each.participant for each in said if each.participant})
    for each in said:
        if each.participant and each.participant not in there:
            continue
        text = without_unsafe(each.text).strip()[:LONGEST_WORDS]
        if not text:
            continue
        found = rule.find(text)
        rows.append(
            {
                "campaign": campaign,
                "id": each.id,
                "participant": each.participant,
                "source": each.source,
                "text": text,
                "at": each.at,
                "topic": found.topic,
                "because": ", ".join(found.words[:NAMED]),
                "corrected": None,
                "corrected_by": None,
                "corrected_at": None,
            }
        )
    return store.insert(session, rows)


def heard(
    ctx: Context, campaign: CampaignKey, *, by: PersonKey, topic: str | None = None, most: int = MOST_SHOWN
) -> tuple[TopicRule, list[Voice]]:
    """What users said of a campaign, the latest first, with the rule that sorted it; without who said it.

    NotFound: no such campaign. NotAllowed: not theirs. BadInput: there is no such topic.
    """
    rule = load_rule(ctx.settings.template_folders)
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        check(ctx, held, "feedback.see", f"what users said of {campaign} is for others", by=by)
        if topic is not None and topic not in store.counts(session, campaign):
            _check_topic(rule, topic)
        return rule, store.voices(session, campaign, topic=topic, most=most)


def sort(ctx: Context, campaign: CampaignKey, start: str, topic: str | None, *, by: PersonKey) -> Voice:
    """Say what somebody's words are about; None: what the rule found holds again. What the rule found stays beside it.

    `start`: their id, or how it begins. Answers them as they were. NotFound: no such campaign or words. BadInput: there is
    no such topic, or several ids begin so. NotAllowed: not theirs.
    """
    rule, now = load_rule(ctx.settings.template_folders), ctx.clock.now()
    if topic is not None:
        _check_topic(rule, topic)
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        what = f"what users said of {campaign} is for others"
        check(ctx, held, "feedback.sort", what, by=by, ties=ties(held, by))
        found = _the_one(session, campaign, start)
        if found.corrected == topic:
            return found
        store.correct(session, campaign, found.id, topic, by=by if topic else None, at=now if topic else None)
        data = {"voice": found.id, "was": found.about, "topic": topic or found.topic}
        write(session, at=now, actor=by, action="voice.sorted", campaign=campaign, object=campaign, data=dict(data))
        return found


def _the_one(session: Session, campaign: CampaignKey, start: str) -> Voice:
    given = start.strip().casefold()
    found = store.beginning_with(session, campaign, given) if len(given) >= _LEAST_OF_ID else []
    exact = [each for each in found if each.id == given]
    if len(found) > 1 and not exact:
        raise BadInput(
            f"Several ids begin with `{given[:40]}`: write more of it. See `opsflow feedback voices {campaign}`."
        )
    if not found:
        raise NotFound(
            f"There are no words with an id that begins with `{given[:40]}` ({_LEAST_OF_ID} characters at least). "
            f"See `opsflow feedback voices {campaign}`."
        )
    return (exact or found)[0]


def _check_topic(rule: TopicRule, topic: str) -> None:
    if topic not in rule.titles:
        raise BadInput(f"There is no topic `{topic[:40]}`: {', '.join(rule.titles)}.")
