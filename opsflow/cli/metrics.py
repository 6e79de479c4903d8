"""`opsflow metrics`: figures come in from files; where KPIs stand, and what they may come to; what spreads."""

import json
from typing import Annotated

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, FormatOption, acting_context, person, show, words
from opsflow.cli.importing import FileArgument, RejectsOption, importing, summary
from opsflow.cli.metricsview import forecast_facts, forecast_lines, overview_facts, overview_lines
from opsflow.kernel.terms import CampaignKey

metrics = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@metrics.command("import")
def import_(campaign: CampaignArgument, file: FileArgument, rejects: RejectsOption = None, by: ByOption = None) -> None:
    """Take figures of KPIs in from a file.

    Columns: kpi (its id in the campaign file), day or at (a time without an offset is the campaign's), value, source. The
    same file twice changes nothing; another figure for the same day or instant corrects it, and what it replaces is kept. A
    day's own figure counts before those of instants on that day.

    Example: opsflow metrics import double-eleven-2026 figures.csv --by wu-jing
    """
    who = person(by)
    with acting_context() as ctx, importing(file, rejects) as (reject, tell):
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.kernel.rowfile import rows
        from opsflow.metrics.service import import_readings

        key = CampaignKey(campaign)
        done = import_readings(ctx, key, rows(file), by=who, name=file.name, reject=reject, tell=tell)
    summary(done, file, rejects, "figures")


@metrics.command()
def activity(
    campaign: CampaignArgument, file: FileArgument, rejects: RejectsOption = None, by: ByOption = None
) -> None:
    """Take in who did something when; `show` counts new users and who came back after 7 and 14 days.

    Columns: participant (or account; only a digest is kept), day or at (a time without an offset is the campaign's). Other
    columns are passed over. The same file twice changes nothing. Who was there before the launch is not new: their days of
    before belong into a file as well.

    Example: opsflow metrics activity double-eleven-2026 logins.csv --by wu-jing
    """
    who = person(by)
    with acting_context() as ctx, importing(file, rejects) as (reject, tell):
        # SQLAlchemy, as above.
        from opsflow.kernel.rowfile import rows
        from opsflow.metrics.activity.service import import_activity

        done = import_activity(ctx, CampaignKey(campaign), rows(file), by=who, reject=reject, tell=tell)
    summary(done, file, rejects, "days of activity")


@metrics.command("show")
def show_(campaign: CampaignArgument, output: FormatOption = "text") -> None:
    """Show where KPIs stand: actual against target and forecast, the pace to the end, and what is missing.

    Example: opsflow metrics show double-eleven-2026
    """
    with acting_context() as ctx:
        from opsflow.metrics.overview.service import overview  # SQLAlchemy, as above

        found = overview(ctx, CampaignKey(campaign))
    if output == "json":
        print(json.dumps(overview_facts(found), ensure_ascii=False, indent=2))
        return
    show(overview_lines(found))


@metrics.command()
def history(campaign: CampaignArgument, file: FileArgument, rejects: RejectsOption = None, by: ByOption = None) -> None:
    """Take results of past campaigns in, for this campaign's forecast and all later ones.

    Columns: name (of the past campaign), kpi, level, goal, launch, days (live), value, aggregation (sum unless it says latest
    or mean). The measure peak-per-hour is the traffic of the busiest hour. The same file twice changes nothing.

    Example: opsflow metrics history double-eleven-2026 past.csv --by wu-jing
    """
    who = person(by)
    with acting_context() as ctx, importing(file, rejects) as (reject, _):
        # SQLAlchemy, as above.
        from opsflow.kernel.rowfile import rows
        from opsflow.metrics.forecasts.service import import_history

        done = import_history(ctx, CampaignKey(campaign), rows(file), by=who, reject=reject)
    summary(done, file, rejects, "results")


@metrics.command()
def forecast(
    campaign: CampaignArgument,
    keep: Annotated[bool, typer.Option("--keep", help="Measure the campaign against it; before the launch.")] = False,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """Show what KPIs may come to, from past campaigns of like level, goal and season.

    In four of five cases the result should lie in the interval. With few like campaigns it is wide, and says so; with one
    there is none; with none there is no figure.

    Examples:
      opsflow metrics forecast double-eleven-2026
      opsflow metrics forecast double-eleven-2026 --keep --by wu-jing
    """
    key = CampaignKey(campaign)
    with acting_context() as ctx:
        from opsflow.metrics.forecasts import service  # SQLAlchemy, as above

        found = service.keep(ctx, key, by=person(by)) if keep else service.forecasts(ctx, key)
    if output == "json":
        print(json.dumps([forecast_facts(each) for each in found], ensure_ascii=False, indent=2))
        return
    show(forecast_lines(key, found))
    if keep:
        print(f"Kept: {campaign} is measured against it.")


@metrics.command()
def hot(
    campaign: CampaignArgument,
    text: Annotated[str, typer.Argument(help="What spreads, in a sentence.", metavar="TEXT")],
    by: ByOption = None,
) -> None:
    """Say what spreads and is worth spreading.

    Publicity's owner and the campaign manager are told.

    Example: opsflow metrics hot double-eleven-2026 "The washing test of the bear quilt" --by lin-yue
    """
    actor, said = person(by), words(text, "TEXT")
    assert said is not None  # what must be given
    with acting_context() as ctx:
        from opsflow.metrics.service import add_talking_point  # SQLAlchemy, as above

        number = add_talking_point(ctx, CampaignKey(campaign), said.en, by=actor)
    print(f"Talking point {number} of {campaign}; publicity is told.")
