"""What proposals to change an SOP look like: text for a terminal, JSON for other programs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text
from opsflow.kernel.values import to_json
from opsflow.sop.changes.diff import by_area
from opsflow.sop.changes.model import Proposal, ProposalStatus, Seat, Source

if TYPE_CHECKING:
    from opsflow.review.changes.model import Answer, Shown

SOURCES = {
    Source.HAND: Text("a person", "人工提出"),
    Source.PROBLEM: Text("an executor's problem", "执行中的问题"),
    Source.INCIDENT: Text("an incident", "突发事件"),
    Source.LESSON: Text("a review's lesson", "复盘的经验教训"),
    Source.LEARNING: Text("past campaigns", "历史活动"),
}
SEATS = {Seat.COORDINATION: Text("the coordination post", "统筹岗"), Seat.SPONSOR: Text("the sponsor", "分管领导")}
STATUSES = {
    ProposalStatus.DRAFT: Text("waits for its edited file", "等待修订稿"),
    ProposalStatus.OPEN: Text("waits to be accepted", "等待采纳"),
    ProposalStatus.ACCEPTED: Text("accepted", "已采纳"),
    ProposalStatus.REJECTED: Text("rejected", "已驳回"),
}
_WORDS = {
    "title": Text("Proposal {number}: {sop} v{base}, {status}", "修订建议 {number}：{sop} 第 {base} 版，{status}"),
    "why": Text("Why: {what}", "理由：{what}"),
    "evidence": Text("Evidence: {what}", "依据：{what}"),
    "from": Text("From: {what}", "来源：{what}"),
    "written": Text("Change written by: {what}", "修订人：{what}"),
    "agreed": Text("Agreed: {what}", "已同意：{what}"),
    "waits": Text("Still to agree: {what}", "尚待同意：{what}"),
    "none": Text("What is to change has not been written yet.", "尚未提交修订稿。"),
    "moved": Text(
        "Version {newest} has come since: it cannot be accepted before the change is made on that one.",
        "此后已发布第 {newest} 版：须在该版基础上重新修订后方可采纳。",
    ),
}


def made(found: Proposal, *, is_new: bool) -> str:
    """What is said of a proposal that was just made or handed in."""
    head = f"Proposal {found.number} {'is kept' if is_new else 'says the same and is there already'}."
    return (
        f"{head} {'See it: opsflow sop diff ' + str(found.number) if found.change else 'It waits for its edited file.'}"
    )


def listed(found: Sequence[Proposal], *, every: bool) -> Iterator[str]:
    """Two lines for each."""
    if not found:
        yield "Nothing was ever proposed." if every else "No proposal waits for anybody."
    for each in found:
        where = " ".join(filter(None, (each.campaign, each.task)))
        made_of = f"{SOURCES[each.source].en}{f' ({where})' if where else ''}, {each.author}, {each.made_at:%Y-%m-%d}"
        yield f"{each.number:>4}  {each.sop} v{each.base}  {_status(each)}  {made_of}"
        yield f"      {each.reason.en}"


def in_words(found: "Shown", language: Language) -> Iterator[str]:
    """The proposal and everything that it changes, part by part."""
    proposal = found.proposal
    status = _status(proposal) if language == "en" else STATUSES[proposal.status].zh
    yield _say(language, "title", number=proposal.number, sop=proposal.sop, base=proposal.base, status=status)
    yield _say(language, "why", what=proposal.reason[language])
    where = " ".join(filter(None, (proposal.campaign, proposal.task)))
    yield _say(
        language, "from", what=", ".join(filter(None, (SOURCES[proposal.source][language], where, proposal.author)))
    )
    for each in proposal.evidence:
        yield _say(language, "evidence", what=each[language])
    if proposal.change is None:
        yield _say(language, "none")
        return
    yield _say(language, "written", what=proposal.changed_by)
    for area, lines in by_area(found.differences, language):
        yield ""
        yield area
        yield from (f"  {line}" for line in lines)
    yield ""
    yield from _standing(found, language)


def _standing(found: "Shown", language: Language) -> Iterator[str]:
    given = {each.seat: each.person for each in found.proposal.agreements}
    if given:
        yield _say(
            language, "agreed", what=", ".join(f"{SEATS[seat][language]} ({who})" for seat, who in given.items())
        )
    if found.proposal.over:
        return
    waits = [SEATS[seat][language] for seat in _seats(found) if seat not in given]
    if waits:
        yield _say(language, "waits", what=", ".join(waits))
    if found.newest != found.proposal.base:
        yield _say(language, "moved", newest=found.newest)


def _seats(found: "Shown") -> tuple[Seat, ...]:
    control = any(each.control for each in found.differences)
    return (Seat.COORDINATION, Seat.SPONSOR) if control else (Seat.COORDINATION,)


def answered(done: "Answer") -> str:
    """What an agreement has led to."""
    if done.version is None:
        return f"Agreed. Proposal {done.proposal} waits for {' and '.join(SEATS[seat].en for seat in done.waits_for)}."
    return (
        f"Proposal {done.proposal} is accepted: version {done.version} is written, and the next campaign starts with it. "
        "Campaigns under way keep theirs."
    )


def as_json(proposal: Proposal) -> dict[str, Any]:
    """A proposal as other programs read it."""
    return {
        "number": proposal.number,
        "sop": proposal.sop,
        "base": proposal.base,
        "status": proposal.status,
        "source": proposal.source,
        "reason": to_json(proposal.reason),
        "evidence": [to_json(each) for each in proposal.evidence],
        "campaign": proposal.campaign,
        "task": proposal.task,
        "author": proposal.author,
        "made_at": proposal.made_at.isoformat(),
        "has_change": proposal.change is not None,
        "changed_by": proposal.changed_by,
        "agreed": [{"as": each.seat, "person": each.person, "at": each.at.isoformat()} for each in proposal.agreements],
        "decided_by": proposal.decided_by,
        "decided_at": proposal.decided_at.isoformat() if proposal.decided_at else None,
        "decision": to_json(proposal.decision),
        "version": proposal.version if proposal.status is ProposalStatus.ACCEPTED else None,
        "changes": [to_json(each) for each in proposal.summary],
    }


def diff_json(found: "Shown") -> dict[str, Any]:
    """The same with its differences."""
    changes = [
        {"area": each.area, "text": to_json(each.text), "needs_sponsor": each.control} for each in found.differences
    ]
    return as_json(found.proposal) | {"newest": found.newest, "differences": changes, "unified": found.unified}


def _status(proposal: Proposal) -> str:
    match proposal.status:
        case ProposalStatus.ACCEPTED:
            return f"accepted by {proposal.decided_by}: v{proposal.version}"
        case ProposalStatus.REJECTED:
            return f"rejected by {proposal.decided_by}: {proposal.decision.en if proposal.decision else ''}"
        case _:
            return STATUSES[proposal.status].en


def _say(language: Language, name: str, **values: object) -> str:
    return _WORDS[name][language].format_map(values)
