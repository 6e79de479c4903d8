"""`opsflow task add` and `opsflow task waive`: what a campaign needs beside its SOP, and what it does not need."""

from typing import Annotated

import typer

from opsflow.cli.acting import MOVES_NEXT, ByOption, CampaignArgument, acting_context, person, words
from opsflow.cli.dates import day
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text

CodesOption = list[str] | None


def add(
    campaign: CampaignArgument,
    title: Annotated[str, typer.Argument(help="What is to be done.", metavar="TITLE")],
    owner: Annotated[str, typer.Option(help="Who does it.", metavar="PERSON")],
    due: Annotated[str, typer.Option(help="The day it is due.", metavar="DAY")],
    stage: Annotated[Stage, typer.Option(help="Its stage, whose gate waits for it.", metavar="STAGE")],
    by: ByOption = None,
    title_zh: Annotated[
        str | None, typer.Option(help="The title in Chinese.", metavar="TITLE", show_default="the same")
    ] = None,
    deliverable: Annotated[str | None, typer.Option(help="What is handed in.", metavar="TEXT")] = None,
    after: Annotated[CodesOption, typer.Option(help="A task it follows; may be repeated.", metavar="TASK")] = None,
    before: Annotated[CodesOption, typer.Option(help="A task that is to wait for it.", metavar="TASK")] = None,
) -> None:
    """Add a task that the SOP does not know; from then on it is one like any other.

    For the campaign manager and the coordination post.

    Example: opsflow task add double-eleven-2026 "Ask the mall for screens" --owner liang-chen --due 2026-10-09
    --stage execution --before EX10 --by lin-yue
    """
    who, said, until = person(by), _text(title, title_zh), day(due, "--due")
    with acting_context() as ctx:
        from opsflow.engine.add_task import NewTask, add_task  # SQLAlchemy, as in task.py

        new = NewTask(
            stage=stage,
            title=said,
            owner=PersonKey(owner),
            due=until,
            deliverable=words(deliverable, "--deliverable"),
            after=tuple(TaskCode(code) for code in after or ()),
            before=tuple(TaskCode(code) for code in before or ()),
        )
        code = add_task(ctx, CampaignKey(campaign), new, by=who)
    print(f"{code} is added to {stage}. {MOVES_NEXT}")


def waive(
    campaign: CampaignArgument,
    task: Annotated[str, typer.Argument(help="The task's id, such as EX12.", metavar="TASK")],
    reason: Annotated[str, typer.Option(help="Why it is not needed.", metavar="TEXT")],
    by: ByOption = None,
) -> None:
    """Say that a task is not needed: what follows it may begin, and documents show why.

    For the campaign manager; a task that a gate hangs on: for the sponsor and the coordination post.

    Example: opsflow task waive double-eleven-2026 EX07 --by lin-yue --reason "No mini-programme this time"
    """
    who, why = person(by), words(reason, "--reason")
    with acting_context() as ctx:
        from opsflow.engine.waive import waive as drop  # SQLAlchemy, as in task.py

        assert why is not None  # an option that must be given
        drop(ctx, CampaignKey(campaign), TaskCode(task), by=who, reason=why)
    print(f"{task} is waived. {MOVES_NEXT}")


def _text(en: str, zh: str | None) -> Text:
    first, second = words(en, "TITLE"), words(zh, "--title-zh")
    assert first is not None  # an argument that must be given
    return Text(first.en, second.zh if second else first.zh)
