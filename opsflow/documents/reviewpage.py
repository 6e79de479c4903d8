"""The review as a page: the document's own words, with its charts where it speaks of the effect."""

from pathlib import Path

from markupsafe import Markup

from opsflow.documents.html import body, fill
from opsflow.documents.model import Dossier
from opsflow.documents.reviewcharts import review_charts

REPORT = "review-report"
"""The document of which this is the page."""
TEMPLATE = "review.html.j2"


def review_page(folders: tuple[Path, ...], markdown: str, dossier: Dossier) -> str:
    """The review report as a page of its own, with its charts as inline SVG; for screen and A4, nothing loaded from elsewhere.

    The charts stand before the third step, the cause; a team's own template without such a heading has them at its end.
    """
    before, after = _parted(markdown)
    facts = {
        "title": dossier["document_title"],
        "subtitle": dossier["campaign"]["title"],
        "before": Markup(body(before)),  # noqa: S704 -- markdown-it made it with html off
        "after": Markup(body(after)),  # noqa: S704 -- as above
        "charts": dict(review_charts(dossier)),
        "now": dossier["now"],
        "currency": dossier["campaign"]["budget"]["currency"],
    }
    return fill(folders, TEMPLATE, dossier["language"], facts)


def _parted(markdown: str) -> tuple[str, str]:
    """The text up to the third of its numbered sections (`## 3.`, `## 三、`), and the rest."""
    for heading in ("\n## 3.", "\n## 三、"):
        before, found, rest = markdown.partition(heading)
        if found:
            return before + "\n", found.lstrip("\n") + rest
    return markdown, ""
