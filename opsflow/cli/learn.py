"""`opsflow learn`: planned against actual working days of past campaigns, and what the SOP should say."""

import json
from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli import learnview as view
from opsflow.cli.acting import ByOption, FormatOption, acting_context, person, show, workspace_settings
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Level, TaskCode


def learn(
    name: Annotated[str, typer.Argument(help="The SOP's name.", metavar="[NAME]")] = "campaign",
    level: Annotated[Level | None, typer.Option(help="At this level alone.", show_default="all levels")] = None,
    task: Annotated[
        str | None, typer.Option(help="This task alone, with its cases.", metavar="TASK", show_default="all")
    ] = None,
    propose: Annotated[bool, typer.Option("--propose", help="Make what was learned a proposal to the SOP.")] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="Learn from a generated past of fifty campaigns, not from your own.")
    ] = False,
    cases: Annotated[
        Path | None,
        typer.Option(help="Cases from before opsflow: a table with campaign, level, task, days.", metavar="FILE"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the generated past.", min=0)] = 1,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """Show how long tasks really took in archived campaigns, per task and level and per department.

    Below eight campaigns the cases themselves, from eight on P50 and P80: the days within which 50 and 80 % of them were done.
    With --propose, what most of them contradict becomes one proposal to the SOP (`opsflow sop diff`), with its
    evidence; nothing changes before it is accepted. How days are counted: docs/learning.md.

    \b
    Examples:
      opsflow learn --level S
      opsflow learn --task EX12
      opsflow learn --cases past.csv
      opsflow learn --sample
      opsflow learn --propose --by gu-ping
    """
    who = person(by) if propose else None
    if propose and task is not None:
        raise BadInput("--propose takes what all tasks teach, at one level or at all: leave --task out.")
    if sample and cases is not None:
        raise BadInput("--sample is a generated past, --cases a real one: leave one of them out.")
    settings = workspace_settings()
    # Before the first campaign a workspace has no database: what is not measured is shown all the same.
    unmeasured = (sample or cases is not None) and settings.workspace is not None
    with acting_context(settings, make=unmeasured) as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.review.learning import service

        asked = TaskCode(task) if task else None
        found = service.lessons(ctx, name, level=level, task=asked, seed=seed if sample else None, file=cases)
        made = service.propose(ctx, found, by=who) if who is not None else None
    if output == "json":
        print(json.dumps(view.as_json(found, made[0] if made else None), ensure_ascii=False, indent=2))
        return
    show(view.text(found, cases=task is not None))
    if who is not None:
        print(view.proposed(made))
