"""Past results come in from files; a campaign's forecast is made of them, and kept as what it is measured against."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.metrics.forecasts import rows, store
from opsflow.metrics.forecasts.model import PEAK, Case, Forecast, Wanted, forecast
from opsflow.metrics.rows import live_days
from opsflow.metrics.service import held_for, results


def import_history(
    ctx: Context,
    campaign: CampaignKey,
    source: Iterable[Row],
    *,
    by: PersonKey,
    reject: Callable[[Rejected], None] = lambda _: None,
) -> Imported:
    """Take results of past campaigns in, for the forecast of a campaign and of all that come; the same file twice changes nothing.

    A later row for the same campaign and measure takes the place of the earlier one. `reject` is handed every row that is
    not taken. For those who may import the campaign's figures; errors as of `service.import_readings`.
    """
    now, done = ctx.clock.now(), Imported()
    refused: list[Rejected] = []
    with ctx.transaction() as session:
        held_for(ctx, session, campaign, "metrics.import", by=by)
        known = {(each.name, each.kpi): each for each in store.cases(session)}
        for row in source:
            try:
                found = rows.case(row)
            except BadInput as error:
                refused.append(Rejected(row.line, str(error), row.values))
                continue
            before = known.get((found.name, found.kpi))
            known[found.name, found.kpi] = found
            if before == found:
                done += Imported(known=1)
                continue
            store.put_case(session, found, by=by, now=now)
            done += Imported(changed=1) if before else Imported(added=1)
        done += Imported(rejected=len(refused))
        data = {"added": done.added, "changed": done.changed, "known": done.known, "rejected": done.rejected}
        write(session, at=now, actor=by, action="metrics.history", campaign=campaign, object=campaign, data=data)
    for each in refused:
        reject(each)
    return done


def forecasts(ctx: Context, campaign: CampaignKey) -> tuple[Forecast, ...]:
    """What each KPI may come to, and the traffic of the busiest hour; from campaigns that were over before this launch.

    One without a like case has no figure. NotFound: no such campaign.
    """
    with ctx.reading() as session:
        return _made(session, load_campaign(session, campaign))


def keep(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> tuple[Forecast, ...]:
    """Make a campaign's forecast as it is now the one that it is measured against; before the launch only.

    Errors as of `service.import_readings`. Refused: it is live, and a forecast would know what it foretells; or there is
    nothing to keep.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = held_for(ctx, session, campaign, "metrics.import", by=by)
        if now >= held.launch:
            raise Refused(
                f"{campaign} is live: a forecast is kept before the launch, and this one would know too much."
            )
        found = [each for each in _made(session, held) if each.middle is not None]
        if not found:
            raise Refused(
                f"There is nothing to keep: no past campaign is like {campaign}. `opsflow metrics history` takes some in."
            )
        store.keep(session, campaign, found, by=by, now=now)
        data = {each.kpi: str(each.middle) for each in found}
        write(session, at=now, actor=by, action="metrics.forecast", campaign=campaign, object=campaign, data=data)
        return tuple(found)


def _made(session: Session, held: Campaign) -> tuple[Forecast, ...]:
    first, last = live_days(held.file)
    wanted = Wanted(held.level, held.file.goal, first, (last - first).days + 1)
    cases = _cases(session, held, first)
    names = [kpi.id for kpi in sorted(held.file.kpis, key=lambda kpi: not kpi.primary)]
    if PEAK not in names and any(case.kpi == PEAK for case in cases):
        names.append(PEAK)
    return tuple(forecast(name, wanted, cases) for name in names)


def _cases(session: Session, held: Campaign, launch: date) -> list[Case]:
    """Past results of files and of our own campaigns; what we measured ourselves counts before what a file says of it."""
    found = {(each.name, each.kpi): each for each in store.cases(session) if each.name != held.key}
    for key in store.ended(session, before=held.launch):
        past = load_campaign(session, key)
        first, last = live_days(past.file)
        aggregations = {kpi.id: kpi.aggregation for kpi in past.file.kpis}
        for kpi, value in results(session, past).items():
            days = (last - first).days + 1
            found[key, kpi] = Case(key, kpi, past.level, past.file.goal, first, days, aggregations[kpi], value)
    return [case for case in found.values() if case.launch + timedelta(days=case.days) <= launch]
