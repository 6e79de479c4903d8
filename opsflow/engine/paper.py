"""Writing a stage's documents: in both languages, from the state as it is after everything else was applied."""

from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.documents import store
from opsflow.documents.labels import load_labels
from opsflow.documents.render import render
from opsflow.documents.stored import StoredDocument
from opsflow.engine.dossier import build
from opsflow.engine.effects import WriteDocument
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.service import read
from opsflow.kernel.terms import LANGUAGES
from opsflow.kernel.text import Text
from opsflow.sop.model import Document


def write_document(ctx: Context, session: Session, snapshot: Snapshot, effect: WriteDocument) -> int:
    """Write the next revision of a document in every language, and return its number."""
    folders = ctx.settings.template_folders
    spec = next(document for document in snapshot.sop.documents if document.id == effect.template)
    revision = (snapshot.documents[effect.id].revision if effect.id in snapshot.documents else 0) + 1
    title = _title(spec, effect)
    documents = store.titles(session, snapshot.campaign.key)
    entries = read(session, snapshot.campaign.key)
    for language in LANGUAGES:
        dossier = build(
            snapshot,
            language=language,
            labels=load_labels(folders),
            stage=spec.stage,
            documents=documents,
            entries=entries,
            name=effect.id,
            title=title,
            state=effect.state,
            task=spec.task,
            revision=revision,
        )
        body = render(folders, effect.template, dossier)
        document = StoredDocument(effect.id, language, revision, spec.stage, title, effect.state, body, snapshot.now)
        store.insert(session, snapshot.campaign.key, document, tells_of=effect.tells_of)
    return revision


def _title(spec: Document, effect: WriteDocument) -> Text:
    if effect.day is None:
        return spec.title
    return Text(f"{spec.title.en} {effect.day.isoformat()}", f"{spec.title.zh} {effect.day.isoformat()}")
