"""A small campaign on the web: its people late, a proposal before its approvers, documents in several revisions."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import httpx
from pydantic import SecretStr

from opsflow.adapters.memory import MemoryLauncher
from opsflow.approvals.model import Approval, seat_matter
from opsflow.context import Context
from opsflow.db.migrate import upgrade
from opsflow.db.session import Database
from opsflow.documents import store as documents
from opsflow.documents.stored import StoredDocument
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey, Language, PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.outbox.links import action_links, page_link
from opsflow.settings import Settings
from opsflow.web.app import make_app
from tests.approvals.asked import ask
from tests.campaigns.planning import organisation
from tests.engine.driving import run_due
from tests.engine.scene import at
from tests.engine.small import KEY, LEGAL, SPONSOR, begin, in_workspace

_MAKING = Lock()
"""FastAPI silences warnings of its own while it makes an application, for the whole process: not from two threads at once."""
PUBLIC = "https://opsflow.example.com"
SECRET = SecretStr("a secret of forty characters, or so, long")
NOW = at("13", 11)
"""Two working days after the first task was due."""
PROPOSAL: Mapping[Language, str] = {"en": "# Proposal\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n", "zh": "# 活动提案\n"}
PAGES = (
    "/",
    f"/campaigns/{KEY}",
    f"/campaigns/{KEY}/tasks/P1",
    f"/campaigns/{KEY}/documents/proposal",
    f"/campaigns/{KEY}/documents/proposal?revision=1",
)


def put(ctx: Context, body: Mapping[Language, str] = PROPOSAL, *, revision: int = 1, title: Text | None = None) -> None:
    """Store the proposal in a revision."""
    with ctx.transaction() as session:
        for language, text in body.items():
            named = title or Text("Proposal", "活动提案")
            written = ctx.clock.now() + timedelta(minutes=revision)
            state = "draft" if revision == 1 else "final"
            paper = StoredDocument("proposal", language, revision, Stage.COORDINATION, named, state, text, written)
            documents.insert(session, KEY, paper, tells_of=str(revision))


def set_up(ctx: Context, folder: Path, **changes: Any) -> tuple[Context, Approval]:
    """Start the campaign in a workspace, let its first task open, put the proposal to the vote, and let time pass."""
    here = in_workspace(ctx, folder)
    begin(here, **changes)
    clock = here.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(at("10"))
    run_due(here)
    put(here)
    put(here, revision=2)
    asked = ask(here)
    clock.move_to(NOW)
    return here, asked


@cache
def _begun() -> tuple[TemporaryDirectory[str], Approval]:
    """The database and workspace to be copied, kept for as long as this process lives."""
    folder = TemporaryDirectory(prefix="opsflow-site-")
    database = Database(f"sqlite:///{folder.name}/opsflow.db", lasting=False)
    upgrade(database)
    clock = VirtualClock(at("3"))
    bare = Context(Settings(database_url=database.url), database, clock, MemoryLauncher(), {})
    _, asked = set_up(bare, Path(folder.name) / "workspace")
    database.close()
    return folder, asked


@dataclass(frozen=True)
class Site:
    """The application over a campaign, and somebody who asks it."""

    ctx: Context
    approval: Approval
    per_minute: int = 10_000
    crowd: int = 10_000
    """How many requests participants of one address may make in a minute."""

    def ask(
        self, path: str, method: str = "GET", *, base: str = "http://localhost:8000", **more: Any
    ) -> httpx.Response:
        """One request, each to the application as it would be after a restart."""
        with _MAKING:
            app = make_app(lambda: nullcontext(self.ctx), per_minute=self.per_minute, crowd=self.crowd)

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, client=(more.pop("address", "127.0.0.1"), 4711))
            kept = more.pop("cookies", None)
            async with httpx.AsyncClient(transport=transport, base_url=base, cookies=kept) as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def in_public(self, **changes: Any) -> "Site":
        """The same where a public address is set."""
        settings = self.ctx.settings.model_copy(update={"public_url": PUBLIC, "secret": SECRET, **changes})
        return replace(self, ctx=replace(self.ctx, settings=settings))

    def link(self, verdict: str, person: PersonKey = SPONSOR, *, approval: Approval | None = None) -> str:
        """The path of the link that lets somebody vote."""
        asked = approval or self.approval
        made = action_links(
            self.in_public().ctx.settings, [verdict], matter=seat_matter(asked.id, person), person=person,
            now=self.ctx.clock.now(),
        )  # fmt: skip
        return made[verdict].removeprefix(PUBLIC)

    def entrance(self, person: PersonKey = LEGAL, *, campaign: CampaignKey | None = KEY) -> str:
        """The path of the link that lets somebody in."""
        made = page_link(self.in_public().ctx.settings, person, now=self.ctx.clock.now(), campaign=campaign)
        assert made is not None
        return made.removeprefix(PUBLIC)

    def later(self, instant: datetime) -> None:
        """Let time pass."""
        clock = self.ctx.clock
        assert isinstance(clock, VirtualClock)
        clock.move_to(instant)


def small_site(folder: Path) -> Site:
    """A copy of the campaign, for one test."""
    begun, asked = _begun()
    shutil.copy(Path(begun.name) / "opsflow.db", folder / "opsflow.db")
    database = Database(f"sqlite:///{folder / 'opsflow.db'}", lasting=False, patience=0.2)
    settings = Settings(workspace=Path(begun.name) / "workspace", database_url=database.url)
    return Site(Context(settings, database, VirtualClock(NOW), MemoryLauncher(), {}), asked)


__all__ = ["KEY", "LEGAL", "NOW", "PAGES", "PUBLIC", "SPONSOR", "Site", "organisation", "put", "set_up", "small_site"]
