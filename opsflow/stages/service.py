"""What people do with tasks: finish them, hand in something better, record that a live task came round."""

from datetime import datetime

from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import add_wakes, hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.matters import answer, close_matter
from opsflow.sop.files import load_sop
from opsflow.sop.model import TaskKind
from opsflow.stages import store
from opsflow.stages.model import FINAL, Task, TaskStatus
from opsflow.stages.network import came_round, live_since, wakes_after
from opsflow.stages.permissions import OTHER_DOORS, check_open, ties


def task_matter(campaign: CampaignKey, code: TaskCode) -> str:
    """The matter that is open while a task is."""
    return f"task/{campaign}/{code}"


def check_task(ctx: Context, verb: str, campaign: Campaign, task: Task, *, by: PersonKey) -> None:
    """Whether somebody may do this with a task now. NotAllowed: the table says no. Refused: nobody we know."""
    what = f"{task.code} of {campaign.key} is {task.owner}'s"
    check(ctx, campaign, verb, what, by=by, ties=ties(task, campaign.organisation, by))


def complete_task(
    ctx: Context,
    campaign: CampaignKey,
    code: TaskCode,
    *,
    by: PersonKey,
    evidence: str | None = None,
    note: Text | None = None,
) -> None:
    """Mark a task done with its deliverable (a link or a file's name), or, where it has none, with a note.

    NotFound: no such task. Conflict: it is not open. Refused: not theirs, or a kind that is finished through another
    door. BadInput: the deliverable or the note is missing.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        task = store.task(session, campaign, code)
        check_task(ctx, "task.done", held, task, by=by)
        _check(held, task)
        if task.deliverable is not None and not evidence:
            raise BadInput(
                f"Task {code} of {campaign} is done with its deliverable ({task.deliverable.en}): give a link or a file."
            )
        if task.deliverable is None and not evidence and note is None:
            raise BadInput(
                f"Task {code} of {campaign} has no deliverable, so it is done with a note: say what was done."
            )
        finish(session, held, task, by=by, now=now, evidence=evidence, note=note)


def _check(campaign: Campaign, task: Task) -> None:
    if task.kind in OTHER_DOORS:
        raise Refused(f"Task {task.code} of {campaign.key} cannot be marked done: {OTHER_DOORS[task.kind]}.")
    check_open(task, campaign.key)


def finish(
    session: Session,
    campaign: Campaign,
    task: Task,
    *,
    by: str,
    now: datetime,
    evidence: str | None = None,
    note: Text | None = None,
) -> None:
    """An open task becomes done: its matter closes, the journal says so, and what it held up is woken."""
    hold_campaign(session, campaign.key)
    store.finish_task(session, campaign.key, task.code, now=now, by=by, evidence=evidence, note=note)
    matter, doer = task_matter(campaign.key, task.code), campaign.organisation.people.get(PersonKey(by))
    close_matter(session, matter, facts={"what": "done", "by_name": doer.name if doer else None, "at": now})
    answer(session, matter, by=PersonKey(by), at=now)
    add_wakes(session, campaign.key, wakes_after(store.tasks(session, campaign.key), task.code, now=now))
    write(
        session,
        at=now,
        actor=by,
        action="task.done",
        campaign=campaign.key,
        object=task.code,
        data={
            "title": task.title,
            "evidence": evidence,
            "note": note,
            "late": now > task.due,
        },
    )


def replace_evidence(
    ctx: Context, campaign: CampaignKey, code: TaskCode, *, by: PersonKey, evidence: str, note: Text | None = None
) -> None:
    """Hand in something else for a task that is done; approvals that cover it are asked for again.

    Conflict: the task is not done. Refused: not theirs, or its stage is over.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        task = store.task(session, campaign, code)
        check_task(ctx, "task.replace", held, task, by=by)
        if task.status is not TaskStatus.DONE:
            raise Conflict(f"Task {code} of {campaign} is {task.status}; only what was handed in can be replaced.")
        stage = next(each for each in store.stages(session, campaign) if each.name is task.stage)
        if stage.status in FINAL:
            raise Refused(
                f"Stage {stage.name} of {campaign} is {stage.status}: what was approved in it stays as it was."
            )
        store.replace_evidence(session, campaign, code, evidence=evidence, note=note)
        add_wakes(session, campaign, [(task.stage, now)])
        data = {"evidence": evidence, "was": task.evidence}
        write(session, at=now, actor=by, action="task.revised", campaign=campaign, object=code, data=data)


def record_repeats(
    ctx: Context, campaign: CampaignKey, code: TaskCode, *, by: PersonKey, until: datetime, note: Text | None = None
) -> int:
    """Record that a live task came round at each planned time up to `until` not recorded yet; how many there were."""
    now = ctx.clock.now()
    if until > now:
        raise BadInput(f"What has not come round cannot be recorded: {until.isoformat()} is still to come.")
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        task = store.task(session, campaign, code)
        check_task(ctx, "task.record", held, task, by=by)
        if task.kind is not TaskKind.LIVE:
            raise Refused(f"Task {code} of {campaign} does not come round; mark it done instead.")
        check_open(task, campaign)
        since = live_since(store.tasks(session, campaign), held.launch)
        times = came_round(task, since=since, until=until)
        added = store.add_repeats(session, campaign, code, times, now=now, by=by, note=note)
        if added:
            sop = load_sop(ctx.settings.template_folders, held.sop_name, held.sop_version)
            reported = any(document.task == code for document in sop.documents)
            if reported or task.repeats[-1] <= until:  # else nothing can move
                add_wakes(session, campaign, [(task.stage, now)])
            data = {"times": added, "note": note}
            write(session, at=now, actor=by, action="task.repeated", campaign=campaign, object=code, data=data)
    return added
