"""Payouts: the providers and the servers of drand as they are named here, and whatever in the books waits for people."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from opsflow.adapters.drand.configured import FILE as BEACONS
from opsflow.adapters.drand.configured import ConfiguredBeacons, signatures
from opsflow.adapters.here import NextTick
from opsflow.adapters.payouts.configured import FILE, Configured
from opsflow.bootstrap import open_context
from opsflow.campaigns.store import all_campaigns
from opsflow.db.session import Database
from opsflow.doctor.finding import Finding, note, ok, wrong
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import OpsflowError
from opsflow.prizes.draws.beacon import TOGETHER
from opsflow.prizes.payouts.overview import Overview, overview
from opsflow.settings import Settings

CHECK, BEACON = "payouts", "beacon"
OVERDUE = timedelta(hours=1)
"""Something unknown or due that is looked at so late is looked at by nobody."""
RUN = "start `opsflow up`, or `opsflow prizes pay`"


def look_at_providers(settings: Settings) -> Iterator[Finding]:
    """Whether every provider of payouts.yaml can be used from here."""
    file = (settings.workspace or Path.cwd()) / FILE
    if not file.is_file():
        yield ok(CHECK, f"no {FILE}: prizes are handed out by nobody here")
        return
    database = Database(settings.database)  # not connected to
    try:
        found = Configured(file, database, SystemClock(), os.environ)
        named = [provider.name for provider in found.values()]
    except OpsflowError as error:
        yield wrong(CHECK, str(error), f"correct {FILE}, or set the variable (docs/payout-api.md)")
        return
    yield ok(CHECK, f"{FILE} names {', '.join(named)}")


def look_at_beacon(settings: Settings) -> Iterator[Finding]:
    """Whether the servers of beacon.yaml can be asked from here, and their signatures checked; nobody is asked."""
    file = (settings.workspace or Path.cwd()) / BEACONS
    if not file.is_file():
        return
    try:
        named = [server.name for server in ConfiguredBeacons(file).values()]
    except OpsflowError as error:
        yield wrong(BEACON, str(error), f"correct {BEACONS} (docs/draws.md)")
        return
    checked = signatures() is not None
    yield ok(BEACON, f"{BEACONS} names {', '.join(named)}; signatures are {'' if checked else 'not '}checked here")
    if not checked and len(named) < TOGETHER:
        yield wrong(
            BEACON, "one server alone draws nothing unchecked", 'name another, or `pip install "opsflow[drand]"`'
        )


def look_at_books(settings: Settings) -> Iterator[Finding]:
    """Whether budget, ledger and payouts of every campaign say the same, and what waits for people."""
    with open_context(settings, launcher=NextTick()) as ctx:
        with ctx.reading() as session:
            campaigns = all_campaigns(session)
        found = [overview(ctx, key) for key in campaigns]
        before = ctx.clock.now() - OVERDUE
    late = [each for each in found if each.next_at and each.next_at < before and each.held is None]
    findings = [finding for each in found for finding in _of(each)]
    findings += [wrong(CHECK, f"nobody has looked at payouts of {each.campaign} for an hour", RUN) for each in late]
    yield from findings or [ok(CHECK, "every campaign's books hold, and nothing waits for people")]


def _of(found: Overview) -> Iterator[Finding]:
    look = f"`opsflow prizes status {found.campaign}`"
    for fault in found.faults:
        yield wrong(CHECK, f"the books do not hold: {fault}", f"`opsflow prizes brake {found.campaign}`, then {look}")
    for name in found.missing:
        said = f"payouts of {found.campaign} wait for the provider {name}, which {FILE} does not name"
        yield wrong(CHECK, said, "put it back under that name (docs/payout-api.md)")
    if found.in_doubt:
        yield wrong(CHECK, f"{len(found.in_doubt)} payouts of {found.campaign} need two people to decide", look)
    if found.said_paid:
        said = f"{len(found.said_paid)} refused payouts of {found.campaign} stand as paid in a statement"
        yield wrong(CHECK, said, look)
    if found.cases:
        yield wrong(CHECK, f"{len(found.cases)} differences to statements in {found.campaign} are unexplained", look)
    if found.held is not None:
        held = found.held
        yield note(CHECK, f"the payouts of {found.campaign} are {held.hold} by {held.by}: {held.because}", look)
