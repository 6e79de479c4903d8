"""`opsflow up`: everything that runs a workspace, on this machine, until Ctrl-C."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.acting import workspace_settings
from opsflow.kernel.errors import NotFound
from opsflow.settings import Settings

if TYPE_CHECKING:
    from opsflow.running.lock import Up

PAGE = "opsflow.cli.page"


def up(
    prefect_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Prefect's port.", show_default="4200, or the next free one"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="The pages' port.", show_default="8420, or the next free one"),
    ] = None,
) -> None:
    """Run the workspace: Prefect's server, every flow and its schedule, the pages, what listens to Slack, until Ctrl-C.

    One at a time per workspace.

    With PREFECT_API_URL set that server is used instead of one of our own. The database is made or upgraded first. Whatever
    ends or loses its memory is started again by itself; what people did meanwhile is caught up with.

    Example: opsflow up
    """
    settings = _whole(workspace_settings())
    assert settings.workspace is not None
    folder = settings.workspace / ".opsflow"
    over = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: over.set())

    # SQLAlchemy and what starts processes, which `--help` need not wait for.
    from opsflow.db.failures import address
    from opsflow.db.migrate import upgrade
    from opsflow.db.session import Database
    from opsflow.running.lock import only_one
    from opsflow.running.supervisor import Wanted, running

    with only_one(folder):
        database = Database(settings.database)
        try:
            upgrade(database)
            shown = address(database.engine.url)
        finally:
            database.close()
        print(f"Starting {settings.workspace} ... (some seconds; the first time half a minute)", flush=True)
        wanted = Wanted(folder, _environment(settings), os.environ.get("PREFECT_API_URL"), prefect_port, port, PAGE)
        with running(wanted, over=over) as started:
            if not over.is_set():
                print("\n".join(_where(settings, started.up, shown)), flush=True)
            started.watch(over)
            print("Stopping ...", flush=True)
    print("Stopped. What is due meanwhile is caught up with by the next `opsflow up`.")


def _whole(settings: Settings) -> Settings:
    """The settings with absolute names, because children stand elsewhere. NotFound: here is no workspace."""
    if settings.workspace is None:
        raise NotFound(
            "Here is no workspace: no org.yaml in this folder or above it. `opsflow init DIR` writes one; "
            "OPSFLOW_WORKSPACE names one elsewhere."
        )
    if not settings.workspace.is_dir():
        raise NotFound(
            f"OPSFLOW_WORKSPACE names {settings.workspace}, which is no folder. `opsflow init DIR` writes one."
        )
    whole = settings.model_copy(update={"workspace": settings.workspace.resolve()})
    url = settings.database_url
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        whole = whole.model_copy(update={"database_url": f"sqlite:///{Path(url.removeprefix('sqlite:///')).resolve()}"})
    return whole


def _environment(settings: Settings) -> dict[str, str]:
    own = {"OPSFLOW_WORKSPACE": str(settings.workspace), "OPSFLOW_DATABASE_URL": settings.database}
    return dict(os.environ) | own


def _channels(settings: Settings) -> str:
    if settings.slack_bot_token.get_secret_value():
        return "Slack, and what people name in org.yaml (`opsflow messages` shows them)"
    return f"{settings.messages_file}, and what people name in org.yaml (`opsflow messages` shows them)"


def _presses(settings: Settings, page: str | None) -> str:
    """How presses in Slack come in."""
    ways = []
    if settings.slack_app_token.get_secret_value():
        ways.append("Socket Mode")
    if settings.slack_signing_secret.get_secret_value() and page:
        ways.append(f"HTTP at {(settings.public_url or page).rstrip('/')}/slack/events")
    return " and ".join(ways) or (
        "do not come in: neither OPSFLOW_SLACK_APP_TOKEN nor OPSFLOW_SLACK_SIGNING_SECRET is set (docs/slack.md)"
    )


def _where(settings: Settings, up: "Up", database: str) -> Iterator[str]:
    yield "Up. Ctrl-C stops it."
    ours = "" if up.port else " (PREFECT_API_URL; not ours)"
    yield f"  Prefect:   {up.api.removesuffix('/api')}{ours}"
    if up.page:
        yield f"  Page:      {up.page}"
    yield f"  Database:  {database}"
    yield f"  Messages:  {_channels(settings)}"
    if settings.slack_bot_token.get_secret_value():
        yield f"  Presses:   {_presses(settings, up.page)}"
    yield f"  Log:       {settings.messages_file.parent / 'up.log'}"
    yield "Next: opsflow start FILE, opsflow status, opsflow doctor (in another terminal)"
