"""Learn from the campaigns in the database, or from a generated past; and propose what was learned."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.leadtimes import check_plannable
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.kernel.errors import BadInput, NotFound, Refused
from opsflow.kernel.rowfile import rows
from opsflow.kernel.terms import Level, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.yamlfile import parse_text, text_of
from opsflow.review.changes.service import put
from opsflow.review.learning import store
from opsflow.review.learning.cases import read_cases
from opsflow.review.learning.edit import with_lengths
from opsflow.review.learning.measure import cases
from opsflow.review.learning.model import Case, Length, Lessons, Past, Verdict, learn
from opsflow.review.learning.sample import sample
from opsflow.sop.changes.model import Proposal, Source
from opsflow.sop.files import load_sop, read_sop, sop_file
from opsflow.sop.model import Sop
from opsflow.stages.store import tasks

GENERATED = Text("Generated sample, not measured (seed {seed}). ", "生成的示例数据，并非实测（种子 {seed}）。")


def measured(ctx: Context, sop: str) -> Past:
    """Every case of the archived campaigns of an SOP."""
    with ctx.reading() as session:
        found: list[Case] = []
        for key in store.archived(session, sop):
            campaign = load_campaign(session, key)
            spec = load_sop(ctx.settings.template_folders, campaign.sop_name, campaign.sop_version)
            count = working_days(campaign.organisation).count
            found += cases(campaign, spec, tasks(session, key), store.course(session, key), count)
    return Past(tuple(found))


def lessons(
    ctx: Context,
    sop: str,
    *,
    level: Level | None = None,
    task: TaskCode | None = None,
    seed: int | None = None,
    file: Path | None = None,
) -> Lessons:
    """What past campaigns say of the newest version's lengths; with a seed: a generated past. NotFound: no such SOP, task.

    `file`: a table of cases from before opsflow, which are taken with those that it measured; see `read_cases`.
    """
    newest = load_sop(ctx.settings.template_folders, sop)
    if task is not None and all(each.id != task for each in newest.tasks):
        raise NotFound(f"The SOP {sop} v{newest.version} has no task {task}. `opsflow sop show {sop}` lists its tasks.")
    past = measured(ctx, sop) if seed is None else sample(_first(ctx, newest), seed=seed).past
    if file is not None:
        past = replace(past, cases=(*past.cases, *read_cases(rows(file), newest, file.name)))
    return learn(past, newest, level=level, task=task)


def _first(ctx: Context, newest: Sop) -> Sop:
    """What a generated past has followed: the first version there is, so that what was learned of it need not be learned again."""
    folders = ctx.settings.template_folders
    for version in range(1, newest.version):
        with suppress(NotFound):
            return load_sop(folders, newest.name, version)
    return newest


def propose(ctx: Context, found: Lessons, *, by: PersonKey) -> tuple[Proposal, bool] | None:
    """Make what was learned a proposal with its evidence, once; None: the lengths fit. It is applied when it is accepted.

    A length that the SOP has no room for is left out, and the evidence says so. Refused: there is room for none of them.
    """
    changed = found.proposals
    if not changed:
        return None
    file = sop_file(ctx.settings.template_folders, found.sop, found.version)
    text, mark = text_of(file), _mark(found)
    fitting, left = _fitting(read_sop(file), text, changed)
    if not fitting:
        raise Refused("\n".join(f"{each.task} at {each.level} is not proposed. {why}" for each, why in left))
    change = with_lengths(text, _lengths(fitting))
    number, tasks_ = len(fitting), len({each.task for each in fitting})
    reason = Text(
        f"{mark.en}Past campaigns contradict {number} lengths of {tasks_} tasks.",
        f"{mark.zh}历史活动表明 {tasks_} 个任务的 {number} 处工期与实际不符。",
    )
    evidence = [_evidence(each, mark) for each in fitting]
    evidence += [_left_out(each, why, mark) for each, why in left]
    return put(ctx, sop=found.sop, reason=reason, by=by, change=change, evidence=evidence, source=Source.LEARNING)


def _fitting(newest: Sop, text: str, changed: Sequence[Length]) -> tuple[list[Length], list[tuple[Length, str]]]:
    """The lengths that can be changed together so that campaigns can still be planned, and each of the others with why not."""
    fitting: list[Length] = []
    left: list[tuple[Length, str]] = []
    for each in changed:
        trial = parse_text(Path("sop.yaml"), with_lengths(text, _lengths([*fitting, each]))).typed(Sop)
        try:
            check_plannable(newest, trial)
        except BadInput as error:
            left.append((each, str(error)))
        else:
            fitting.append(each)
    return fitting, left


def _lengths(found: Sequence[Length]) -> dict[tuple[TaskCode, Level], int]:
    return {(each.task, each.level): each.proposed for each in found if each.proposed is not None}


def _left_out(each: Length, why: str, mark: Text) -> Text:
    told = _evidence(each, mark)
    return Text(f"Not in this change: {told.en}. {why}", f"未列入本次修订：{told.zh}。{why}")


def _mark(found: Lessons) -> Text:
    if found.generated is None:
        return Text.both("")
    return Text(GENERATED.en.format(seed=found.generated), GENERATED.zh.format(seed=found.generated))


def _evidence(each: Length, mark: Text) -> Text:
    keys = {case.campaign for case in each.cases}
    of = ", ".join(f"{case.campaign} {case.actual}" + (f" [{case.file}]" if case.file else "") for case in each.cases)
    en = "more than half took longer" if each.verdict is Verdict.LONGER else "four in five took less"
    zh = "超过半数活动实际用时更长" if each.verdict is Verdict.LONGER else "五分之四的活动实际用时更短"
    return Text(
        f"{mark.en}{each.task} {each.title.en} at {each.level}: planned {each.now}, P50 {each.p50}, P80 {each.p80} working days "
        f"in {len(keys)} campaigns, {en} ({of})",
        f"{mark.zh}{each.task}《{each.title.zh}》{each.level} 级：计划 {each.now}，P50 {each.p50}，P80 {each.p80} 个工作日，"
        f"共 {len(keys)} 场活动，{zh}（{of}）",
    )
