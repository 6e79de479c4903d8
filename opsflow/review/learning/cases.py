"""Cases of campaigns that ran before opsflow did, from a table that somebody kept. Pure."""

import re
from collections.abc import Iterable, Iterator

from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import CampaignKey, Level, TaskCode
from opsflow.review.learning.model import Case
from opsflow.sop.model import Sop

COLUMNS = ("campaign", "level", "task", "days")
MOST_DAYS = 400
MOST_NAMED = 20
"""Mistakes that are told at once."""
_KEY = re.compile(r"[\w.-]{1,60}")


def read_cases(rows: Iterable[Row], sop: Sop, name: str) -> tuple[Case, ...]:
    """Cases from rows with the columns campaign, level, task and days (working days taken), and `planned` where it is known.

    `name`: of the file, which each case keeps. All or nothing. BadInput: every row that cannot be taken, with its line.
    """
    found: dict[tuple[str, str, str], Case] = {}
    problems: list[str] = []
    for row in rows:
        faults = list(_faults(row, sop))
        key = tuple(row.values.get(column, "") for column in COLUMNS[:3])
        if not faults and key in found:
            faults = [f"{' '.join(key)} stands there already"]
        if faults:
            problems.append(f"{name}, line {row.line}: {'; '.join(faults)}.")
        else:
            found[key[0], key[1], key[2]] = _case(row, sop, name)
    if problems:
        rest = len(problems) - MOST_NAMED
        more = [f"{rest} more lines cannot be taken."] if rest > 0 else []
        raise BadInput("\n".join(problems[:MOST_NAMED] + more))
    if not found:
        raise BadInput(
            f"{name} holds no case: its columns are {', '.join(COLUMNS)}, and one row is one task of one campaign."
        )
    return tuple(found.values())


def _faults(row: Row, sop: Sop) -> Iterator[str]:
    if row.fault:
        yield row.fault
        return
    missing = [column for column in COLUMNS if column not in row.values]
    if missing:
        yield f"nothing is written under {', '.join(missing)}"
        return
    if not _KEY.fullmatch(row.values["campaign"]):
        yield "a campaign is named by letters, digits, dots and dashes"
    task = next((each for each in sop.tasks if each.id == row.values["task"]), None)
    if row.values["level"] not in list(Level):
        yield f"there is no level {row.values['level'][:20]}"
    elif task is None:
        yield f"the SOP {sop.name} v{sop.version} has no task {row.values['task'][:20]}"
    elif row.values["level"] not in task.days:
        yield f"{task.id} has no length at level {row.values['level']}"
    for column in ("days", "planned"):
        written = row.values.get(column, "0")
        if not (written.isascii() and written.isdigit() and int(written) <= MOST_DAYS):
            yield f"{column} is `{written[:20]}`: write whole working days, 0 to {MOST_DAYS}"


def _case(row: Row, sop: Sop, name: str) -> Case:
    level, code = Level(row.values["level"]), TaskCode(row.values["task"])
    task = next(each for each in sop.tasks if each.id == code)
    planned = int(row.values.get("planned", task.days[level]))
    known = (CampaignKey(row.values["campaign"]), level, code, task.title, task.owner.department)
    return Case(*known, planned, int(row.values["days"]), file=name)
