"""`opsflow task`: what people do with a task."""

from typing import Annotated

import typer

from opsflow.cli import taskview
from opsflow.cli.acting import MOVES_NEXT, ByOption, CampaignArgument, acting_context, person, words
from opsflow.cli.acting import show as out
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode

task = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

TaskArgument = Annotated[str, typer.Argument(help="The task's id, such as EX12.", metavar="TASK")]
EvidenceOption = Annotated[
    str | None, typer.Option(help="What is handed in: a link, or a file's name.", metavar="LINK")
]
NoteOption = Annotated[str | None, typer.Option(help="A remark to keep with it.", metavar="TEXT")]


@task.command()
def show(campaign: CampaignArgument, task: TaskArgument) -> None:
    """Show a task: whose it is, until when and why, what was handed in, what was said about it.

    Example: opsflow task show double-eleven-2026 EX12
    """
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.engine.record import journal
        from opsflow.engine.worklist import one_task

        key, code = CampaignKey(campaign), TaskCode(task)
        held, found = one_task(ctx, key, code)
        entries = [entry for entry in journal(ctx, key) if entry.object == code]
    out(taskview.task_text(held, found, entries))


@task.command()
def done(
    campaign: CampaignArgument,
    task: TaskArgument,
    by: ByOption = None,
    evidence: EvidenceOption = None,
    note: NoteOption = None,
) -> None:
    """Mark a task done with its deliverable; one that has none is done with a note.

    For its owner, the one they stand in for, and the head or deputy of the department.

    Example: opsflow task done double-eleven-2026 EX12 --by lin-yue --evidence https://example.com/page
    """
    who, said = person(by), words(note, "--note")
    with acting_context() as ctx:
        from opsflow.stages.service import complete_task  # SQLAlchemy, as above

        complete_task(ctx, CampaignKey(campaign), TaskCode(task), by=who, evidence=_given(evidence), note=said)
    print(f"{task} is done. {MOVES_NEXT}")


@task.command()
def replace(
    campaign: CampaignArgument,
    task: TaskArgument,
    evidence: Annotated[str, typer.Option(help="What is handed in instead: a link, or a file's name.", metavar="LINK")],
    by: ByOption = None,
    note: NoteOption = None,
) -> None:
    """Hand in something else for a task that is done; approvals that cover it are asked for again.

    Example: opsflow task replace double-eleven-2026 CO12 --by lin-yue --evidence proposal-v2.docx
    """
    who, said = person(by), words(note, "--note")
    with acting_context() as ctx:
        from opsflow.stages.service import replace_evidence  # SQLAlchemy, as above

        handed_in = _given(evidence) or ""
        replace_evidence(ctx, CampaignKey(campaign), TaskCode(task), by=who, evidence=handed_in, note=said)
    print(f"What {task} handed in is replaced. {MOVES_NEXT}")


@task.command()
def record(campaign: CampaignArgument, task: TaskArgument, by: ByOption = None, note: NoteOption = None) -> None:
    """Record that a task of the live time came round, at each planned time until now.

    Example: opsflow task record double-eleven-2026 LV03 --by deng-rui --note "All green"
    """
    who, said = person(by), words(note, "--note")
    with acting_context() as ctx:
        from opsflow.stages.service import record_repeats  # SQLAlchemy, as above

        until = ctx.clock.now()
        times = record_repeats(ctx, CampaignKey(campaign), TaskCode(task), by=who, until=until, note=said)
    print(f"{task} is recorded for {times} times." if times else f"{task} has not come round since it was recorded.")


@task.command()
def reassign(
    campaign: CampaignArgument,
    task: TaskArgument,
    to: Annotated[str, typer.Option("--to", help="Whose it is from now on.", metavar="PERSON")],
    by: ByOption = None,
    note: NoteOption = None,
) -> None:
    """Give a task to somebody else; its deadline stays. Both are told, and old reminders are not.

    For the head or deputy of its department or of its owner's, and for the campaign manager.

    Example: opsflow task reassign double-eleven-2026 EX12 --to sun-qian --by chen-li
    """
    who, said = person(by), words(note, "--note")
    with acting_context() as ctx:
        from opsflow.engine.reassign import reassign as give  # SQLAlchemy, as above

        give(ctx, CampaignKey(campaign), TaskCode(task), to=PersonKey(to), by=who, note=said)
    print(f"{task} is {to}'s now; `opsflow deliver` tells them.")


@task.command()
def comment(
    campaign: CampaignArgument,
    task: TaskArgument,
    text: Annotated[str, typer.Argument(help="What is to be said.", metavar="TEXT")],
    by: ByOption = None,
) -> None:
    """Put a remark beside a task; `task show` and the journal show it.

    Example: opsflow task comment double-eleven-2026 EX12 "The printer is late by two days" --by feng-gang
    """
    who, said = person(by), words(text, "TEXT")
    with acting_context() as ctx:
        from opsflow.engine.comment import comment as say  # SQLAlchemy, as above

        assert said is not None  # an argument that must be given
        say(ctx, CampaignKey(campaign), TaskCode(task), by=who, text=said)
    print(f"Said beside {task}.")


def _given(evidence: str | None) -> str | None:
    said = words(evidence, "--evidence")
    return said.en if said else None
