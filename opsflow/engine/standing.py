"""Where a campaign stands, as a page shows it: read at one instant, in one language, without holding up anybody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import all_campaigns, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.documents import store as documents
from opsflow.documents.labels import load_labels
from opsflow.documents.model import Dossier
from opsflow.documents.stored import Revision, StoredDocument
from opsflow.engine.dossier import build
from opsflow.engine.load import load_snapshot
from opsflow.engine.overview import Overview, overview_of
from opsflow.engine.snapshot import Snapshot
from opsflow.incidents.model import Incident
from opsflow.incidents.store import incidents
from opsflow.journal.service import read
from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.terms import CampaignKey, Language, PersonKey, Stage
from opsflow.outbox.links import page_link
from opsflow.stages.store import open_per_owner

Seen = Callable[[Campaign], bool]
"""Whether who asks may see a campaign."""


@dataclass(frozen=True)
class Standing:
    """A campaign with everything its page shows."""

    overview: Overview
    snapshot: Snapshot
    dossier: Dossier
    incidents: tuple[Incident, ...]
    everywhere: Mapping[PersonKey, int]
    """Open tasks of each owner, in all campaigns together."""


@dataclass(frozen=True)
class Shelf:
    """Every campaign that somebody may see: those under way at a glance, the others by what they were."""

    under_way: tuple[Overview, ...]
    over: tuple[Campaign, ...]


@dataclass(frozen=True)
class Paper:
    """A document in one revision and language, with what else there is of it."""

    campaign: Campaign
    document: StoredDocument
    revisions: tuple[Revision, ...]
    """All of them, oldest first."""


class NotShown(NotFound):
    """There is no such campaign, or it is not for who asks: both look the same from outside."""

    def __init__(self, campaign: CampaignKey) -> None:
        super().__init__(f"There is no campaign {campaign} here that you may see.")


def standing(ctx: Context, campaign: CampaignKey, language: Language, *, seen: Seen) -> Standing:
    """One campaign. NotShown: there is none of that key for who asks."""
    labels = load_labels(ctx.settings.template_folders)
    with ctx.reading() as session:
        _shown(session, campaign, seen)
        snapshot = load_snapshot(ctx, session, campaign, Stage.EXECUTION)
        dossier = build(
            snapshot,
            language=language,
            labels=labels,
            stage=Stage.EXECUTION,
            documents=documents.titles(session, campaign),
            entries=read(session, campaign),
            name="board",
            title=snapshot.campaign.title,
            state="draft",
            task=None,
            revision=1,
        )
        return Standing(overview_of(snapshot), snapshot, dossier, incidents(session, campaign), open_per_owner(session))


def shelf(ctx: Context, *, seen: Seen) -> Shelf:
    """Every campaign that may be seen, in the order of their launch."""
    under_way, over = [], []
    with ctx.reading() as session:
        for key in all_campaigns(session):
            campaign = load_campaign(session, key)
            if not seen(campaign):
                continue
            if is_over(campaign):
                over.append(campaign)
            else:
                under_way.append(overview_of(load_snapshot(ctx, session, key, Stage.EXECUTION)))
    under_way.sort(key=lambda view: (view.campaign.launch, view.campaign.key))
    over.sort(key=lambda campaign: (campaign.ends, campaign.key), reverse=True)
    return Shelf(tuple(under_way), tuple(over))


def paper(
    ctx: Context, campaign: CampaignKey, name: str, language: Language, *, seen: Seen, revision: int | None = None
) -> Paper:
    """A document, in its latest revision unless another is named. NotFound: no such campaign, document or revision."""
    with ctx.reading() as session:
        held = _shown(session, campaign, seen)
        found = documents.one(session, campaign, name, language, revision=revision)
        return Paper(held, found, documents.revisions(session, campaign, name))


def entrance(ctx: Context, person: PersonKey, *, campaign: CampaignKey | None, lasts: timedelta) -> str:
    """A link that lets one person look until it ends. BadInput: there is no public address to lead to.

    NotFound: there is no such campaign, or the person is nobody in it (without one: in any).
    """
    with ctx.reading() as session:
        keys = all_campaigns(session) if campaign is None else (campaign,)
        known = any(person in load_campaign(session, key).organisation.people for key in keys)
    if not known:
        raise NotFound(f"{person} is nobody in {campaign or 'any campaign'}; people are listed in org.yaml.")
    link = page_link(ctx.settings, person, now=ctx.clock.now(), campaign=campaign, lasts=lasts)
    if link is None:
        raise BadInput(
            "OPSFLOW_PUBLIC_URL is not set, so there is no address to lead to. Set it to where people's browsers find "
            "the pages, such as https://opsflow.example.com; without it they answer this machine alone."
        )
    return link


def _shown(session: Session, campaign: CampaignKey, seen: Seen) -> Campaign:
    try:
        held = load_campaign(session, campaign)
    except NotFound as error:
        raise NotShown(campaign) from error
    if not seen(held):
        raise NotShown(campaign)
    return held
