"""Puts a context together from settings; a ContextVar overrides it in rehearsals and tests."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path

from opsflow.adapters.apprise import AppriseChannel
from opsflow.adapters.console import ConsoleChannel
from opsflow.adapters.drand.configured import FILE as BEACONS
from opsflow.adapters.drand.configured import ConfiguredBeacons, signatures
from opsflow.adapters.figures.configured import FILE as SOURCES
from opsflow.adapters.figures.configured import ConfiguredSources
from opsflow.adapters.payouts.configured import FILE, Configured
from opsflow.context import Context
from opsflow.db.migrate import require, upgrade
from opsflow.db.session import Database
from opsflow.kernel.clock import Clock, SystemClock
from opsflow.kernel.errors import BadInput
from opsflow.kernel.mailing import mail_server
from opsflow.ports import Beacon, Channel, FigureSource, Launcher, LetterBox, PayoutProvider, Witness
from opsflow.settings import Settings

_override: ContextVar[Context | None] = ContextVar("opsflow_context", default=None)


@contextmanager
def open_context(
    settings: Settings | None = None, *, launcher: Launcher | None = None, make: bool = False
) -> Iterator[Context]:
    """The context a flow or command works with; its database connections are given back at the end.

    Settings are the environment's and the motor is Prefect unless others are given; `make`: the database is made where
    there is none. BadInput: the workspace is no folder. NotFound, Refused, PortFailed: see `db.migrate.require`.
    """
    given = _override.get()
    if given is not None:
        yield given
        return
    settings = settings or Settings()
    if settings.workspace is not None and not settings.workspace.is_dir():
        raise BadInput(
            f"OPSFLOW_WORKSPACE names {settings.workspace.absolute()}, which is no folder here. Name the folder that "
            "`opsflow init` wrote, by its absolute path: a worker's jobs start in a temporary folder."
        )
    database = Database(settings.database)
    try:
        if make:
            upgrade(database)
        require(database)
        clock = SystemClock()
        channels, payouts = _channels(settings, database, clock), _payouts(settings, database, clock)
        witness = partial(_witness, settings)
        yield Context(
            settings, database, clock, launcher or _prefect(), channels, payouts, _sources(settings),
            mail=letter_box(settings, clock), beacons=_beacons(settings), genuine=signatures(), witness=witness,
        )  # fmt: skip
    finally:
        database.close()


def _channels(settings: Settings, database: Database, clock: Clock) -> Mapping[str, Channel]:
    """The console first: it is for whoever has no other."""
    channels: list[Channel] = [ConsoleChannel(settings.messages_file), AppriseChannel()]
    if settings.slack_bot_token.get_secret_value():
        channels.append(_slack(settings, database, clock))
    return {channel.name: channel for channel in channels}


def _slack(settings: Settings, database: Database, clock: Clock) -> Channel:
    # Its library takes a fifth of a second to import, which whoever has no Slack does not wait for.
    from opsflow.adapters.slack.addresses import AddressBook
    from opsflow.adapters.slack.calls import web_client
    from opsflow.adapters.slack.channel import SlackChannel

    client = web_client(settings.slack_bot_token.get_secret_value(), url=settings.slack_api_url)
    return SlackChannel(client, AddressBook(client, database, clock))


def _payouts(settings: Settings, database: Database, clock: Clock) -> Mapping[str, PayoutProvider]:
    """Those that the workspace's payouts.yaml names."""
    file = (settings.workspace or Path.cwd()) / FILE
    return Configured(file, database, clock, os.environ) if file.is_file() else {}


def _sources(settings: Settings) -> Mapping[str, FigureSource]:
    """Those that the workspace's metrics.yaml names."""
    file = (settings.workspace or Path.cwd()) / SOURCES
    return ConfiguredSources(file, os.environ) if file.is_file() else {}


def letter_box(settings: Settings, clock: Clock) -> LetterBox | None:
    """The mail server that OPSFLOW_MAIL_URL names; None: it names none."""
    url = settings.mail_url.get_secret_value()
    if not url:
        return None
    # Its library takes 20 ms to import, and only whoever sends letters needs it.
    from opsflow.adapters.mail.smtp import SmtpMail

    return SmtpMail(mail_server(url), clock)


def _beacons(settings: Settings) -> Mapping[str, Beacon]:
    """Those that the workspace's beacon.yaml names."""
    file = (settings.workspace or Path.cwd()) / BEACONS
    return ConfiguredBeacons(file) if file.is_file() else {}


def _witness(settings: Settings) -> Witness:
    # The library of its signatures takes 20 ms to import, and only the tick and whoever verifies needs it.
    from opsflow.adapters.checkpoints import CheckpointFile

    return CheckpointFile(settings)


def _prefect() -> Launcher:
    # An action on the command line only writes wakes: it does not wait a second for Prefect to be imported.
    from opsflow.adapters.prefect_launcher import PrefectLauncher

    return PrefectLauncher()


@contextmanager
def use_context(context: Context) -> Iterator[Context]:
    """Within this block, `open_context()` yields the given context."""
    token = _override.set(context)
    try:
        yield context
    finally:
        _override.reset(token)
