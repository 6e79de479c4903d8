"""The four-step review of a campaign as it is now, whatever has been written of it before."""

from dataclasses import dataclass

from opsflow.context import Context
from opsflow.documents.labels import load_labels
from opsflow.documents.model import Dossier
from opsflow.documents.render import render
from opsflow.documents.reviewpage import REPORT, review_page
from opsflow.documents.store import titles
from opsflow.engine.dossier import build
from opsflow.engine.load import load_snapshot
from opsflow.journal.service import read
from opsflow.kernel.terms import CampaignKey, Language, Stage
from opsflow.kernel.text import Text

TITLE = Text("Review report", "复盘报告")


@dataclass(frozen=True)
class Review:
    """The review as text and as a page."""

    markdown: str
    html: str


def review(ctx: Context, campaign: CampaignKey, language: Language | None = None) -> Review:
    """Aim, effect, cause and lesson from what is recorded now. NotFound: no such campaign, or no template of the report.

    `language`: the campaign's, unless another is asked for.
    """
    folders = ctx.settings.template_folders
    with ctx.reading() as session:
        snapshot = load_snapshot(ctx, session, campaign, Stage.REVIEW)
        spec = next((each for each in snapshot.sop.documents if each.id == REPORT), None)
        written = snapshot.documents.get(REPORT)
        dossier: Dossier = build(
            snapshot,
            language=language or snapshot.campaign.file.language,
            labels=load_labels(folders),
            stage=Stage.REVIEW,
            documents=titles(session, campaign),
            entries=read(session, campaign),
            name=REPORT,
            title=spec.title if spec else TITLE,
            state="final" if written and written.state == "final" else "draft",
            task=spec.task if spec else None,
            revision=written.revision if written else 1,
        )
    markdown = render(folders, REPORT, dossier)
    return Review(markdown, review_page(folders, markdown, dossier))
