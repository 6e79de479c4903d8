"""`opsflow plan`: every deadline and owner of a campaign file, or why there is no plan."""

import json
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.plan import Infeasible, Plan, PlannedTask
from opsflow.campaigns.planner import plan as plan_campaign
from opsflow.cli import planview
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import BadInput, NotFound, Refused
from opsflow.kernel.terms import Language
from opsflow.kernel.zoned import local_date
from opsflow.settings import Settings

WIDTH = 150
"""Columns where the output is no terminal: wide enough that no title is cut."""


def plan(
    file: Annotated[Path, typer.Argument(help="The campaign file.", metavar="FILE")],
    today: Annotated[
        str | None, typer.Option(help="Plan as if it were this day (YYYY-MM-DD).", metavar="DAY", show_default="today")
    ] = None,
    explain: Annotated[str | None, typer.Option(help="Show every reason for one task.", metavar="TASK")] = None,
    output: Annotated[Literal["table", "json"], typer.Option("--format", help="How to show the plan.")] = "table",
    language: Annotated[
        Language | None, typer.Option(help="Language of texts.", show_default="the organisation's")
    ] = None,
) -> None:
    """Show every deadline and owner of a campaign, or what would make it fit.

    Example: opsflow plan campaigns/double-eleven-2026.yaml --explain EX28
    """
    loaded = load(file, Settings().template_folders)
    day = _day(today) if today else local_date(SystemClock().now(), ZoneInfo(loaded.campaign.zone))
    found = plan_campaign(loaded.campaign, loaded.organisation, loaded.sop, working_days(loaded.organisation), day)
    words = language or loaded.organisation.language
    if isinstance(found, Infeasible):
        _print_refusal(found, output, words)
        raise typer.Exit(Refused.exit_code)
    found = replace(found, warnings=(*loaded.warnings, *found.warnings))
    _print_plan(found, loaded, output, words, explain)


def _print_plan(found: Plan, loaded: Loaded, output: str, words: Language, explain: str | None) -> None:
    zone = ZoneInfo(loaded.campaign.zone)
    names = {key: person.name for key, person in loaded.organisation.people.items()}
    if explain is not None:
        task = _task(found, explain)
        if output == "json":
            _print_json(planview.task_json(task, zone, words))
        else:
            print(planview.explanation(task, zone, words, names))
    elif output == "json":
        _print_json(planview.plan_json(found, zone, words))
    else:
        titles = {stage.id.value: stage.title for stage in loaded.sop.stages}
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = WIDTH
        console.print(planview.plan_view(found, zone, words, stages=titles, people=names))


def _print_refusal(found: Infeasible, output: str, words: Language) -> None:
    if output == "json":
        _print_json(planview.refusal_json(found, words))
    else:
        print(planview.refusal_text(found, words))


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=2))


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
