"""`opsflow plan`: every deadline and owner of a campaign file, or why there is no plan."""

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.plan import Infeasible, Plan, PlannedTask
from opsflow.campaigns.planner import plan as plan_campaign
from opsflow.campaigns.warnings import about_task
from opsflow.cli import planview
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import BadInput, NotFound, Refused
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text
from opsflow.kernel.writing import refuse_existing, write_aside
from opsflow.kernel.zoned import local_date
from opsflow.settings import Settings

Format = Literal["table", "json", "xlsx", "csv", "ics"]
EXPORTS: tuple[Format, ...] = ("xlsx", "csv", "ics")
WIDTH = 150
"""Columns where the output is no terminal: wide enough that no title is cut."""


def plan(
    file: Annotated[Path, typer.Argument(help="The campaign file.", metavar="FILE")],
    today: Annotated[
        str | None, typer.Option(help="Plan as if it were this day (YYYY-MM-DD).", metavar="DAY", show_default="today")
    ] = None,
    explain: Annotated[str | None, typer.Option(help="Show every reason for one task.", metavar="TASK")] = None,
    output: Annotated[
        Format, typer.Option("--format", help="How to show the plan; xlsx, csv, ics: for other programs.")
    ] = "table",
    language: Annotated[
        Language | None, typer.Option(help="Language of texts.", show_default="the organisation's")
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (xlsx needs one).", metavar="FILE")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Show every deadline and owner of a campaign, or what would make it fit.

    xlsx: a Gantt sheet and one sheet per department. csv: for Excel and databases. ics: for calendars; what is imported
    again on a later day (--today) moves the events of the first time. Of two files of one day some calendars keep the first:
    remove its events before you import the second.

    \b
    Examples:
      opsflow plan campaigns/double-eleven-2026.yaml --explain EX28
      opsflow plan campaigns/double-eleven-2026.yaml --format xlsx -o plan.xlsx
    """
    _refuse_impossible(file, output, explain, target, force=force)
    loaded = load(file, Settings().template_folders)
    day = _day(today) if today else local_date(SystemClock().now(), ZoneInfo(loaded.campaign.zone))
    found = plan_campaign(loaded.campaign, loaded.organisation, loaded.sop, working_days(loaded.organisation), day)
    words = language or loaded.organisation.language
    found = replace(found, warnings=(*loaded.warnings, *found.warnings))
    if isinstance(found, Infeasible):
        # A file for another program that is piped holds the plan or nothing.
        print(_refusal(found, output, words), file=sys.stderr if output in EXPORTS else sys.stdout)
        raise typer.Exit(Refused.exit_code)
    if output in EXPORTS:
        _deliver(_exported(found, loaded, output, words, made_on=day), target, force=force)
        _warn(found.warnings, words)  # the file itself says only which dates are provisional
    elif target is None and output == "table" and explain is None:
        _print_table(Console(highlight=False), found, loaded, words)
    else:
        _deliver(_shown(found, loaded, output, words, explain).encode(), target, force=force)


def _refuse_impossible(file: Path, output: Format, explain: str | None, target: Path | None, *, force: bool) -> None:
    """What cannot work is said before anything is read."""
    if output == "xlsx" and target is None:
        raise BadInput("A workbook needs a file to go to: add -o plan.xlsx.")
    if explain is not None and output in EXPORTS:
        raise BadInput(f"--explain shows one task, --format {output} writes them all. Leave one of them out.")
    if target is not None:
        if _same(file, target):
            raise BadInput(
                f"{target} is the campaign file itself, and its plan does not replace it, with --force either. "
                "Name another file."
            )
        refuse_existing(target, force=force)


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file that exists, by whatever links and spellings."""
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there, or is no path: said by whoever opens it
        return False


def _deliver(content: bytes, target: Path | None, *, force: bool) -> None:
    if target is None:
        typer.echo(content, nl=False)
    else:
        write_aside(target, content, force=force)
        print(f"Written: {target}")


def _warn(warnings: Iterable[Text], words: Language) -> None:
    """Said beside the answer, which is for a program or of one task."""
    for line in planview.warning_lines(warnings, words):
        print(line, file=sys.stderr)


def _exported(found: Plan, loaded: Loaded, output: Format, words: Language, *, made_on: date) -> bytes:
    # The libraries of these formats take a tenth of a second to import, which the table and JSON need not wait for.
    from opsflow.campaigns.export.calendarfile import plan_ics
    from opsflow.campaigns.export.csvplan import plan_csv
    from opsflow.campaigns.export.model import export_of
    from opsflow.campaigns.export.workbook import plan_workbook

    export = export_of(found, loaded.campaign, loaded.organisation, loaded.sop, words, made_on=made_on)
    if output == "xlsx":
        return plan_workbook(export, working_days(loaded.organisation).is_working_day)
    return plan_csv(export) if output == "csv" else plan_ics(export)


def _shown(found: Plan, loaded: Loaded, output: Format, words: Language, explain: str | None) -> str:
    zone = ZoneInfo(loaded.campaign.zone)
    if explain is not None:
        task = _task(found, explain)
        days = [local_date(at, zone) for at in (task.start, task.due)]
        _warn(about_task(task, working_days(loaded.organisation).provisional_years(*days), zone), words)
        names = {key: person.name for key, person in loaded.organisation.people.items()}
        text = planview.explanation(task, zone, words, names)
        return f"{_json(planview.task_json(task, zone, words)) if output == 'json' else text}\n"
    if output == "json":
        return f"{_json(planview.plan_json(found, zone, words))}\n"
    page = StringIO()
    _print_table(Console(file=page, highlight=False), found, loaded, words)
    return page.getvalue()


def _print_table(console: Console, found: Plan, loaded: Loaded, words: Language) -> None:
    zone = ZoneInfo(loaded.campaign.zone)
    names = {key: person.name for key, person in loaded.organisation.people.items()}
    titles = {stage.id.value: stage.title for stage in loaded.sop.stages}
    if not console.is_terminal:
        console.width = WIDTH
    console.print(planview.plan_view(found, zone, words, stages=titles, people=names))


def _refusal(found: Infeasible, output: Format, words: Language) -> str:
    return _json(planview.refusal_json(found, words)) if output == "json" else planview.refusal_text(found, words)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--today {text!r} is not a day: write it as 2026-08-03.") from error


def _task(found: Plan, code: str) -> PlannedTask:
    tasks = {task.id: task for task in found.tasks}
    for task in found.tasks:
        if task.id.casefold() == code.casefold():
            return task
    close = get_close_matches(code.upper(), tasks, n=3)
    hint = f" Did you mean {', '.join(close)}?" if close else " `opsflow plan FILE` lists them."
    raise NotFound(f"This campaign has no task {code}.{hint}")
