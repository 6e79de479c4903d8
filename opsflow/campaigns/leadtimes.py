"""What a change of an SOP does to the lead time of each level: the longest chain before the launch, in working days. Pure."""

from collections.abc import Iterator

from opsflow.campaigns.crosscheck import conditions
from opsflow.campaigns.schedule import check_held, course
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Level
from opsflow.kernel.text import Text
from opsflow.sop.changes.diff import Area, Difference
from opsflow.sop.model import Sop


def lead_time(sop: Sop, level: Level) -> int:
    """Working days that the work before the launch needs, of a campaign on which no special condition holds."""
    return course(sop, level, frozenset()).measured.need


def lead_changes(before: Sop, after: Sop) -> Iterator[Difference]:
    """Each level whose lead time the change moves."""
    for level in sorted({*before.levels} & {*after.levels}, key="SABC".index):
        was, becomes = lead_time(before, level), lead_time(after, level)
        if was != becomes:
            en = f"At level {level} the longest chain before the launch is {becomes} working days; it was {was}."
            zh = f"{level} 级上线前最长任务链由 {was} 个工作日变为 {becomes} 个工作日。"
            yield Difference(Area.LEVELS, Text(en, zh))


def check_plannable(before: Sop, after: Sop) -> None:
    """Refuse a version that no campaign of a level could be planned with, where the one before it could.

    Looked at with no special condition, and with all of them at once. BadInput: a task is held on a day that what follows it
    does not leave.
    """
    for level in after.levels:
        for holds in (frozenset[str](), conditions()):
            try:
                check_held(course(after, level, holds).measured, level)
            except BadInput as error:
                if level in before.levels and _plannable(before, level, holds):
                    raise BadInput(
                        f"No campaign of level {level} could be planned with this version: {error}"
                    ) from error


def _plannable(sop: Sop, level: Level, holds: frozenset[str]) -> bool:
    try:
        check_held(course(sop, level, holds).measured, level)
    except BadInput:
        return False
    return True
