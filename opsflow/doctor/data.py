"""The database and what its tables tell: schema, sweeps, wakes, notices, calendars, the journal."""

from collections import Counter
from collections.abc import Iterator

from opsflow.adapters.here import NextTick
from opsflow.bootstrap import open_context
from opsflow.context import Context
from opsflow.db.failures import address
from opsflow.db.migrate import check
from opsflow.db.session import Database
from opsflow.doctor.finding import Finding, note, ok, wrong
from opsflow.doctor.journal import look_at_journal
from opsflow.engine.health import SILENT_PERIODS, SWEEPS, Health, health
from opsflow.kernel.errors import OpsflowError, listed
from opsflow.settings import Settings

MOST_SHOWN = 5
UPGRADE = "`opsflow db upgrade`; every command that acts does it as well"
RUN = "start `opsflow up`, or look at the workers of the work pool"


def look_at_schema(settings: Settings) -> Iterator[Finding]:
    """Whether the database is there, and as this version expects it."""
    database = Database(settings.database)
    where = address(database.engine.url)
    try:
        differences = check(database)
    except OpsflowError as error:
        yield wrong(
            "database", str(error), "starting the first campaign, `opsflow up` or `opsflow db upgrade` makes it"
        )
        return
    finally:
        database.close()
    for difference in differences:
        yield wrong("database", f"{where}: {difference}", UPGRADE)
    if not differences:
        yield ok("database", f"{where}, with the schema of this version")


def look_at_tables(settings: Settings) -> Iterator[Finding]:
    """What the rows tell; asked for once the schema is right."""
    with open_context(settings, launcher=NextTick()) as ctx:
        found = health(ctx)
        yield from _sweeps(found)
        yield from _wakes(ctx, found)
        yield from _notices(found)
        yield from _calendars(found)
        yield from look_at_journal(ctx)


def _sweeps(found: Health) -> Iterator[Finding]:
    for name, last in found.sweeps.items():
        age = None if last is None else found.now - last
        text = f"{name} never ran" if age is None else f"{name} ran {age.total_seconds():.0f} s ago"
        if age is not None and age <= SILENT_PERIODS * SWEEPS[name]:
            yield ok("tick", text)
        elif found.active:
            yield wrong("tick", f"{text}; {len(found.active)} campaigns are under way", RUN)
        else:
            yield note(
                "tick",
                f"{text}; no campaign is under way",
                f"`opsflow up` runs it every {SWEEPS[name].total_seconds():.0f} s",
            )


def _wakes(ctx: Context, found: Health) -> Iterator[Finding]:
    for wake in found.wakes[:MOST_SHOWN]:
        since = int((found.now - wake.not_before).total_seconds() // 60)
        launched = f"launched {wake.attempt} times" if wake.launched_at else "never launched"
        yield wrong(
            "wakes",
            f"{wake.campaign}/{wake.stage} should have moved {since} minutes ago and was {launched}",
            f"its run's log in Prefect says why; `opsflow tick --here` runs it on the spot and says it as well ({RUN})",
        )
    if len(found.wakes) > MOST_SHOWN:
        yield wrong("wakes", f"and {len(found.wakes) - MOST_SHOWN} more", "see above")
    if not found.wakes:
        yield ok("wakes", f"nothing is overdue by more than {ctx.settings.silent.total_seconds() * 2:.0f} s")


def _notices(found: Health) -> Iterator[Finding]:
    claims = Counter(found.claims)
    for person, count in claims.most_common(MOST_SHOWN):
        yield wrong(
            "outbox",
            f"{count} notices to {person} were taken up and never settled",
            f"the next delivery takes them up again: {RUN}, or `opsflow deliver`",
        )
    reasons = Counter((person, reason) for person, _, reason in found.dead_letters)
    for (person, reason), count in reasons.most_common(MOST_SHOWN):
        yield wrong(
            "outbox",
            f"{count} notices to {person} were given up: {reason}",
            f"correct their address in org.yaml; `opsflow messages --person {person}` shows what they missed",
        )
    kept = Counter(found.unsent)
    for (person, reason), count in kept.most_common(MOST_SHOWN):
        yield wrong(
            "outbox",
            f"{count} notices to {person} are kept: {reason}",
            f"do so where `opsflow up` or `opsflow deliver` runs, or name another channel of {person} in org.yaml",
        )
    if not claims and not reasons and not kept:
        yield ok("outbox", "no notice is stuck, none was given up")


def _calendars(found: Health) -> Iterator[Finding]:
    for campaign, years in found.provisional.items():
        named = listed([str(year) for year in years])
        text = (
            f"rests on a calendar that is not published yet ({named})"
            if years
            else "was planned on a guess of a calendar"
        )
        cure = (
            "when it is: `opsflow calendar import FILE`"
            if years
            else f"it is published by now: `opsflow replan {campaign}`"
        )
        yield note("calendar", f"{campaign} {text}", f"{cure} shows what moves")
    if not found.provisional:
        yield ok("calendar", "no campaign under way rests on a guess")
