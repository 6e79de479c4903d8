"""Templates of the workspace's own, rendered with facts as they really come; the shipped ones are tested before a release."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from opsflow.adapters.here import NextTick
from opsflow.campaigns.files import load
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.doctor.finding import Finding, ok, wrong
from opsflow.documents.labels import load_labels
from opsflow.documents.naming import names_asked
from opsflow.documents.render import render
from opsflow.documents.templates import state_of
from opsflow.engine.dossier import build
from opsflow.engine.load import load_snapshot
from opsflow.engine.snapshot import Snapshot
from opsflow.engine.start import start
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.listing import UnreadableFolder
from opsflow.kernel.terms import LANGUAGES, CampaignKey, Language, Stage
from opsflow.kernel.zoned import local_date
from opsflow.settings import SHIPPED, Settings
from opsflow.workdays.hours import day_start

SAMPLE = SHIPPED / "samples" / "campaigns" / "double-eleven-2026.yaml"
LEAD = timedelta(days=120)
"""Before the sample's launch: it fits by then."""
NOW = "now"
CURE = "mend the copy in the workspace, or delete it: the shipped one is used then"


def look(settings: Settings) -> Iterator[Finding]:
    """Every document and message template that stands in the workspace."""
    assert settings.workspace is not None
    own = settings.workspace / "sop_templates"
    try:
        count = sum(len(state_of((own / kind,))) for kind in ("documents", "messages"))
    except (UnreadableFolder, OSError) as error:
        yield wrong("templates", str(error), "give this user the right to read it")
        return
    faults = [*_documents(settings, own), *_messages(own)]
    for file, fault in faults:
        yield wrong("templates", f"{file.relative_to(settings.workspace)}: {fault}", CURE)
    if not faults:
        yield ok("templates", f"{count} of the workspace's own, and none fails" if count else "only the shipped ones")


def _messages(own: Path) -> Iterator[tuple[Path, str]]:
    """A message may ask for whatever some shipped message asks for; more than that no notice carries."""
    for language in LANGUAGES:
        shipped = [file.read_text("utf-8") for file in (SHIPPED / "messages" / language).glob("*.j2")]
        known = frozenset({NOW}).union(*(names_asked(text) for text in shipped))
        for file in sorted((own / "messages" / language).glob("*.j2")):
            try:
                unknown = names_asked(file.read_text("utf-8")) - known
            except (BadInput, OSError, UnicodeDecodeError) as error:
                yield file, str(error)
                continue
            if unknown:
                yield file, f"it asks for {', '.join(sorted(unknown))}, which no notice carries"


def _documents(settings: Settings, own: Path) -> Iterator[tuple[Path, str]]:
    files = {
        language: sorted(
            file for file in (own / "documents" / language).glob("*.md.j2") if not file.name.startswith("_")
        )
        for language in LANGUAGES
    }
    if not any(files.values()):
        return
    with TemporaryDirectory(prefix="opsflow-doctor-") as scratch:
        snapshot, folders = _sample(settings, Path(scratch)), settings.template_folders
        for language, templates in files.items():
            for file in templates:
                fault = _fault(snapshot, folders, file.name.removesuffix(".md.j2"), language)
                if fault:
                    yield file, fault


def _sample(settings: Settings, scratch: Path) -> Snapshot:
    """The shipped S campaign on the day before its first task, in a database of its own."""
    loaded = load(SAMPLE, (SHIPPED,))
    url = f"sqlite:///{scratch / 'sample.db'}"
    database = Database(url, lasting=False)
    upgrade(database)
    zone = ZoneInfo(loaded.campaign.zone)
    clock = VirtualClock(day_start(loaded.campaign.live.start.date() - LEAD, zone))
    ctx = Context(settings.model_copy(update={"workspace": None}), database, clock, NextTick(), {})
    try:
        start(ctx, loaded, today=local_date(clock.now(), zone))
        with ctx.reading() as session:
            return load_snapshot(ctx, session, CampaignKey(loaded.campaign.key), Stage.REVIEW)
    finally:
        database.close()


def _fault(snapshot: Snapshot, folders: tuple[Path, ...], document: str, language: Language) -> str | None:
    spec = next((each for each in snapshot.sop.documents if each.id == document), None)
    if spec is None:
        return None  # a document of another SOP
    dossier = build(
        snapshot,
        language=language,
        labels=load_labels(folders),
        stage=spec.stage,
        documents=(),
        entries=(),
        name=document,
        title=spec.title,
        state="draft",
        task=spec.task,
        revision=1,
    )
    try:
        render(folders, document, dossier)
    except (BadInput, NotFound) as error:
        return " ".join(str(error).split())
    return None
