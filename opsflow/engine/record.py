"""Everything of one campaign, read at once: for pages, archives and the rehearsal's folder."""

from dataclasses import dataclass

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.documents.labels import load_labels
from opsflow.documents.model import Dossier
from opsflow.documents.store import bodies, titles
from opsflow.documents.stored import StoredDocument
from opsflow.engine.dossier import build
from opsflow.engine.load import load_snapshot
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.model import Entry
from opsflow.journal.service import read
from opsflow.kernel.terms import LANGUAGES, CampaignKey, Language, Stage
from opsflow.outbox.model import Sent
from opsflow.outbox.store import sent


@dataclass(frozen=True)
class Record:
    """A campaign with its story."""

    snapshot: Snapshot
    dossiers: dict[Language, Dossier]
    """The state as it is now, in every language, as documents see it."""
    documents: tuple[StoredDocument, ...]
    """The latest revision of each, in every language, with its text."""
    entries: tuple[Entry, ...]
    messages: tuple[Sent, ...]


def record(ctx: Context, campaign: CampaignKey) -> Record:
    """Read a campaign whole. NotFound: there is no such campaign."""
    labels = load_labels(ctx.settings.template_folders)
    with ctx.reading() as session:
        snapshot = load_snapshot(ctx, session, campaign, Stage.REVIEW)
        listed, entries = titles(session, campaign), read(session, campaign)
        dossiers: dict[Language, Dossier] = {
            language: build(
                snapshot,
                language=language,
                labels=labels,
                stage=Stage.REVIEW,
                documents=listed,
                entries=entries,
                name="index",
                title=snapshot.campaign.title,
                state="final",
                task=None,
                revision=1,
            )
            for language in LANGUAGES
        }
        return Record(snapshot, dossiers, bodies(session, campaign), entries, sent(session, campaign))


def journal(ctx: Context, campaign: CampaignKey) -> tuple[Entry, ...]:
    """What happened in a campaign, oldest first."""
    with ctx.reading() as session:
        return read(session, campaign)


def campaign_journal(ctx: Context, campaign: CampaignKey) -> tuple[Campaign, tuple[Entry, ...]]:
    """The same, with the campaign whose clocks and names it is read by. NotFound: there is no such campaign."""
    with ctx.reading() as session:
        return load_campaign(session, campaign), read(session, campaign)
