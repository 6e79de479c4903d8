"""Rows of documents: every revision is kept."""

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.tables import DocumentRow
from opsflow.documents.stored import Revision, StoredDocument
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey, Language, Stage


def insert(session: Session, campaign: CampaignKey, document: StoredDocument, *, tells_of: str) -> None:
    """Store a revision, with the finished tasks it was written from."""
    session.execute(
        sa.insert(DocumentRow).values(
            campaign=campaign,
            id=document.id,
            language=document.language,
            revision=document.revision,
            stage=document.stage,
            title=document.title,
            state=document.state,
            body=document.body,
            tells_of=tells_of,
            written_at=document.written_at,
        )
    )


def latest(session: Session, campaign: CampaignKey) -> tuple[tuple[str, str, int, str], ...]:
    """Id, state, revision and finished tasks of each document's latest revision, in order of id."""
    rows = session.execute(_LATEST, {"campaign": campaign})
    found = {name: (name, state, revision, tells_of) for name, state, revision, tells_of in rows}
    return tuple(found.values())


_DOCUMENTS = cast(sa.Table, DocumentRow.__table__)
_LATEST = (
    sa.select(_DOCUMENTS.c.id, _DOCUMENTS.c.state, _DOCUMENTS.c.revision, _DOCUMENTS.c.tells_of)
    .where(_DOCUMENTS.c.campaign == sa.bindparam("campaign"))
    .distinct()
    .order_by(_DOCUMENTS.c.id, _DOCUMENTS.c.revision)
)


def titles(session: Session, campaign: CampaignKey) -> tuple[StoredDocument, ...]:
    """The latest revision of each document without its body, in order of writing."""
    rows = session.execute(
        sa.select(
            DocumentRow.id,
            DocumentRow.revision,
            DocumentRow.stage,
            DocumentRow.title,
            DocumentRow.state,
            DocumentRow.written_at,
        )
        .where(DocumentRow.campaign == campaign, DocumentRow.language == "en")
        .order_by(DocumentRow.written_at, DocumentRow.id, DocumentRow.revision)
    )
    found = {
        name: StoredDocument(name, "en", revision, Stage(stage), title, state, "", written_at)
        for name, revision, stage, title, state, written_at in rows
    }
    return tuple(found.values())


def bodies(session: Session, campaign: CampaignKey) -> tuple[StoredDocument, ...]:
    """The latest revision of each document in each language, in order of stage, writing and id."""
    rows = session.scalars(
        sa.select(DocumentRow)
        .where(DocumentRow.campaign == campaign)
        .order_by(DocumentRow.id, DocumentRow.language, DocumentRow.revision)
    )
    found: dict[tuple[str, str], StoredDocument] = {}
    for row in rows:
        language: Language = "zh" if row.language == "zh" else "en"
        found[row.id, row.language] = StoredDocument(
            row.id, language, row.revision, Stage(row.stage), row.title, row.state, row.body, row.written_at
        )
    order = tuple(Stage)
    return tuple(sorted(found.values(), key=lambda each: (order.index(each.stage), each.written_at, each.id)))


def one(
    session: Session, campaign: CampaignKey, name: str, language: Language, *, revision: int | None = None
) -> StoredDocument:
    """One document in one language, in its latest revision unless another is named; NotFound when there is none."""
    query = sa.select(DocumentRow).where(
        DocumentRow.campaign == campaign, DocumentRow.id == name, DocumentRow.language == language
    )
    if revision is not None:
        query = query.where(DocumentRow.revision == revision)
    row = session.scalars(query.order_by(DocumentRow.revision.desc()).limit(1)).first()
    if row is None:
        asked = name if revision is None else f"revision {revision} of {name}"
        raise NotFound(f"Campaign {campaign} has no document {asked}. Its page lists those it has.")
    return StoredDocument(
        row.id, language, row.revision, Stage(row.stage), row.title, row.state, row.body, row.written_at
    )


def revisions(session: Session, campaign: CampaignKey, name: str) -> tuple[Revision, ...]:
    """Every revision of a document, oldest first."""
    rows = session.execute(
        sa.select(DocumentRow.revision, DocumentRow.state, DocumentRow.written_at)
        .where(DocumentRow.campaign == campaign, DocumentRow.id == name, DocumentRow.language == "en")
        .order_by(DocumentRow.revision)
    )
    return tuple(Revision(*row) for row in rows)
