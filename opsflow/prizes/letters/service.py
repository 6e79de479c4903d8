"""Letters to participants: written from templates for whoever sends them, and noted once the file is there."""

from collections.abc import Iterator, Sequence

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.documents.labels import label, load_labels
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, Language, PersonKey
from opsflow.outbox.links import public_url
from opsflow.participants import store as crowd
from opsflow.participants.letters.model import Letter, Occasion
from opsflow.participants.letters.service import filled_letters
from opsflow.participants.letters.store import note
from opsflow.prizes.claims.service import prizes_to_tell
from opsflow.prizes.draws.standing import check_may
from opsflow.prizes.letters import store
from opsflow.prizes.letters.model import FOR, STEPS, Step
from opsflow.prizes.payouts.holds.store import check_not_braked


def letters(
    ctx: Context,
    campaign: CampaignKey,
    step: Step,
    *,
    by: PersonKey,
    language: Language | None = None,
    again: bool = False,
) -> list[Letter]:
    """A letter for each participant whom the step concerns and who has none of it yet.

    `again`: also for those who have one. Whoever has left neither e-mail address nor telephone number gets one as well: it is
    shown under their account. Nothing is noted yet, see `note_written`. For the campaign manager and the coordination
    post. BadInput: no such step, a template is broken, or (`won`) OPSFLOW_PUBLIC_URL is not set. NotFound: no such
    campaign. NotAllowed: not theirs. Braked: nobody is told anything.
    """
    if step not in STEPS:
        raise BadInput(f"There is no letter `{step}`: {', '.join(STEPS)}.")
    if step == "won" and public_url(ctx.settings) is None:
        raise BadInput("Winners need the page's address: set OPSFLOW_PUBLIC_URL, as docs/pages.md says.")
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        check_may(ctx, held, "participants.write", by)
        check_not_braked(session, campaign)
        said = language or held.file.language
        occasions = list(_occasions(ctx, session, held, step, said, again=again))
        known = crowd.known(session, campaign, {each.participant for each in occasions})
        contacts = {who: row["data"] for who, row in known.items() if row["data"]}
    return list(filled_letters(ctx, held, step, said, occasions, contacts))


def note_written(
    ctx: Context, campaign: CampaignKey, occasions: Sequence[Occasion], *, step: Step, by: PersonKey
) -> int:
    """Note that these letters were written, once their file is in its place; answers how many had not been noted before."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        new = note(session, campaign, occasions, now=now)
        data = {"step": step, "letters": len(occasions)}
        write(session, at=now, actor=by, action="participants.written", campaign=campaign, object=campaign, data=data)
        return new


def _occasions(
    ctx: Context, session: Session, held: Campaign, step: Step, language: Language, *, again: bool
) -> Iterator[Occasion]:
    if step in FOR:
        yield from store.standing(session, held.key, step, FOR[step], again=again)
        return
    titles = {rule.id: rule.title[language] for rule in held.file.draws}
    if step == "left-out":
        labels = load_labels(ctx.settings.template_folders)
        for who, draw, reason, until in store.left_out(session, held.key, again=again):
            said = label(labels.left_out, reason)[language]
            facts = {"draw": titles[draw], "reason": said, "appeals_until": until.astimezone(held.zone)}
            yield Occasion(who, f"left-out/{draw}", facts)
        return
    there = set() if again else store.written(session, held.key)
    for award in prizes_to_tell(ctx, session, held):
        key = f"won/{award.id}"
        if (award.participant, key) not in there:
            last = award.until.astimezone(held.zone) if award.until else None
            facts = {
                "draw": titles[award.draw],
                "prize": award.prize[language],
                "link": award.link,
                "until": last,
                "code_link": award.code_link,
            }
            yield Occasion(award.participant, key, facts)
