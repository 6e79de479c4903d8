"""What was learned, as text for a terminal and as JSON."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from opsflow.kernel.values import to_json
from opsflow.review.learning.model import ENOUGH, Length, Lessons, Share, Verdict

if TYPE_CHECKING:
    from opsflow.sop.changes.model import Proposal


def text(found: Lessons, *, cases: bool) -> Iterator[str]:
    """What the past contradicts, what it says too little of, and how departments did; `cases`: each with its cases."""
    campaigns = {case.campaign for each in found.lengths for case in each.cases}
    if found.generated is not None:
        yield (
            f"GENERATED SAMPLE (seed {found.generated}): campaigns made by dice, for demonstration. Nothing in it was measured."
        )
    if not found.lengths:
        yield f"No archived campaign has followed the SOP {found.sop} here: there is nothing to learn from yet."
        return
    kind = "past" if found.generated is None else "generated"
    yield f"{found.sop} v{found.version} against {len(campaigns)} {kind} {'campaign' if len(campaigns) == 1 else 'campaigns'}."
    yield from _table("Lengths that they contradict:", found.proposals, cases=cases)
    if cases:
        yield from _table("Lengths that fit:", _of(found, Verdict.FITS), cases=True)
    else:
        yield f"Lengths that fit: {len(_of(found, Verdict.FITS))}."
    few = _of(found, Verdict.FEW)
    if few:
        yield f"Fewer than {ENOUGH} campaigns, so only the cases ({len(few)}):"
        yield from (f"  {_name(each)}, planned {each.now}: {_cases(each) if cases else _days(each)}" for each in few)
    told = len({(case.campaign, case.task, case.level) for each in found.lengths for case in each.cases if case.file})
    if told:
        yield f"Of these, {told} cases were not measured by opsflow, but read from a table."
    left_out = sum(each.left_out for each in found.lengths)
    if left_out:
        yield f"Left out: {left_out} tasks that were re-planned while they were open, or done outside opsflow."
    yield from _departments(found.departments)


def _of(found: Lessons, verdict: Verdict) -> list[Length]:
    return [each for each in found.lengths if each.verdict is verdict]


def _table(head: str, lengths: Sequence[Length], *, cases: bool) -> Iterator[str]:
    if not lengths:
        return
    yield head
    names = [_name(each) for each in lengths]
    width = max(map(len, names))
    yield f"  {'':{width}}  planned  P50  P80  campaigns  proposed"
    for name, each in zip(names, lengths, strict=True):
        shown = "" if each.proposed is None else str(each.proposed)
        yield f"  {name:{width}}  {each.now:>7}  {each.p50:>3}  {each.p80:>3}  {len(each.cases):>9}  {shown:>8}"
        if cases:
            yield f"    {_cases(each)}"


def _name(each: Length) -> str:
    return f"{each.task} {each.title.en}, {each.level}"


def _cases(each: Length) -> str:
    return ", ".join(f"{case.campaign} {case.actual}" for case in each.cases) or "all were left out"


def _days(each: Length) -> str:
    return ", ".join(str(case.actual) for case in each.cases) or "all were left out"


def _departments(shares: Sequence[Share]) -> Iterator[str]:
    yield "Departments (tasks within their days; working days planned and taken):"
    for each in shares:
        kept = round(100 * each.kept / each.cases)
        yield (
            f"  {each.department:<18} {each.level}  {each.kept:>4} of {each.cases:<4} {kept:>3} %  {each.planned:>5} planned  "
            f"{each.actual:>5} taken"
        )


def proposed(made: "tuple[Proposal, bool] | None") -> str:
    """What became of it as a proposal."""
    if made is None:
        return "Nothing to propose: no length is contradicted by enough of eight campaigns or more."
    proposal, is_new = made
    said = "is made" if is_new else "says the same and is there already"
    return f"Proposal {proposal.number} {said}. See it: opsflow sop diff {proposal.number}"


def as_json(found: Lessons, proposal: "Proposal | None") -> dict[str, Any]:
    """Everything, each length with its cases."""
    return {
        "sop": found.sop,
        "version": found.version,
        "generated": found.generated is not None,
        "seed": found.generated,
        "lengths": [_length(each) for each in found.lengths],
        "departments": [
            {
                "department": each.department,
                "level": each.level,
                "cases": each.cases,
                "kept": each.kept,
                "planned_days": each.planned,
                "actual_days": each.actual,
            }
            for each in found.departments
        ],
        "proposal": None if proposal is None else proposal.number,
    }


def _length(each: Length) -> dict[str, Any]:
    return {
        "task": each.task,
        "title": to_json(each.title),
        "department": each.department,
        "level": each.level,
        "planned": each.now,
        "p50": each.p50,
        "p80": each.p80,
        "verdict": each.verdict,
        "proposed": each.proposed,
        "left_out": each.left_out,
        "cases": [
            {"campaign": case.campaign, "planned": case.planned, "actual": case.actual, "file": case.file}
            for case in each.cases
        ],
    }
