"""`opsflow task`: what people do with a task."""

from typing import Annotated

import typer

from opsflow.cli import taskchange, taskview
from opsflow.cli.acting import MOVES_NEXT, ByOption, CampaignArgument, acting_context, moment, person, words
from opsflow.cli.acting import show as out
from opsflow.cli.dates import time_of_day
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.stages.evidence import handed_in

task = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

task.command()(taskchange.add)
task.command()(taskchange.waive)

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
        now = ctx.clock.now()
    out(taskview.task_text(held, found, entries, now=now))


@task.command()
def done(
    campaign: CampaignArgument,
    task: TaskArgument,
    by: ByOption = None,
    evidence: EvidenceOption = None,
    note: NoteOption = None,
) -> None:
    """Mark a task done with its deliverable; one that has none is done with a note.

    A file is copied into the workspace (.opsflow/files), up to 25 MB; what is no file here is kept as it is written.
    For its owner, the one they stand in for, and the head or deputy of the department.

    Example: opsflow task done double-eleven-2026 EX12 --by lin-yue --evidence https://example.com/page
    """
    who, said = person(by), words(note, "--note")
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.engine.worklist import one_task
        from opsflow.stages.service import complete_task

        key, code = CampaignKey(campaign), TaskCode(task)
        one_task(ctx, key, code)  # nothing is copied for a task that is not there
        with handed_in(ctx.settings.workspace, key, code, _given(evidence)) as given:
            complete_task(ctx, key, code, by=who, evidence=given, note=said)
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
        # SQLAlchemy, as above.
        from opsflow.engine.worklist import one_task
        from opsflow.stages.service import replace_evidence

        key, code = CampaignKey(campaign), TaskCode(task)
        one_task(ctx, key, code)
        with handed_in(ctx.settings.workspace, key, code, _given(evidence)) as given:
            replace_evidence(ctx, key, code, by=who, evidence=given or "", note=said)
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
def confirm(campaign: CampaignArgument, task: TaskArgument, by: ByOption = None, note: NoteOption = None) -> None:
    """Promise that a task will be delivered on its date; `status` shows it. Reminders come all the same.

    For its owner, the one they stand in for, and the head or deputy of the department.

    Example: opsflow task confirm double-eleven-2026 EX12 --by lin-yue
    """
    who, said = person(by), words(note, "--note")
    with acting_context() as ctx:
        from opsflow.engine.confirm import confirm as promise  # SQLAlchemy, as above

        promise(ctx, CampaignKey(campaign), TaskCode(task), by=who, note=said)
    print(f"The date of {task} is confirmed.")


@task.command()
def snooze(
    campaign: CampaignArgument,
    task: TaskArgument,
    until: Annotated[str, typer.Option(help="When to be reminded, on your own clock.", metavar="TIME")],
    by: ByOption = None,
) -> None:
    """Be reminded of your task at another time, and not before. Its date stays, and who hears of a missed one.

    Example: opsflow task snooze double-eleven-2026 EX12 --until 2026-09-21T14:00 --by lin-yue
    """
    who, key, code = person(by), CampaignKey(campaign), TaskCode(task)
    asked = time_of_day(until, "--until")
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.engine.snooze import clock_of
        from opsflow.engine.snooze import snooze as put_off
        from opsflow.engine.worklist import one_task

        at = put_off(ctx, key, code, until=asked, by=who)
        zone = clock_of(one_task(ctx, key, code)[0], who)
    print(f"You are reminded of {task} {moment(at, zone)} ({zone.key}).")


@task.command(name="need-help")
def need_help(
    campaign: CampaignArgument,
    task: TaskArgument,
    text: Annotated[str, typer.Argument(help="What the trouble is.", metavar="TEXT")],
    sop: Annotated[
        str | None,
        typer.Option(help="What the SOP should say from now on.", metavar="TEXT", show_default="nothing new"),
    ] = None,
    by: ByOption = None,
) -> None:
    """Say that a task cannot go on as it is: head, campaign manager and planner are told at once.

    `status` shows it until somebody else puts a remark beside the task, gives it away, or it is done. With --sop the problem
    becomes a proposal to change the SOP as well (`opsflow sop list`).

    Example: opsflow task need-help double-eleven-2026 EX12 "The supplier has no stock" --by feng-gang
    """
    who, said, proposal = person(by), words(text, "TEXT"), words(sop, "--sop")
    with acting_context() as ctx:
        from opsflow.engine.need_help import need_help as call  # SQLAlchemy, as above

        assert said is not None  # an argument that must be given
        told = call(ctx, CampaignKey(campaign), TaskCode(task), by=who, text=said, sop_proposal=proposal)
    print(f"Told at once, with the next `opsflow deliver`: {', '.join(told) or 'nobody; no role is filled'}.")


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
