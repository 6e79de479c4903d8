"""What one stage looks like: what comes next, gate, tasks, votes, scores, minutes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from opsflow.cli.acting import moment
from opsflow.kernel.terms import Language

if TYPE_CHECKING:
    from opsflow.approvals.model import Approval
    from opsflow.engine.overview import StageDetail
    from opsflow.engine.snapshot import Snapshot
    from opsflow.selfcheck.model import Round
    from opsflow.stages.model import Held, Minute, Stored, Task


def stage_text(detail: "StageDetail") -> Iterator[str]:
    """A stage, part by part; a part that is empty is left out."""
    snapshot, state = detail.snapshot, detail.state
    language = snapshot.campaign.organisation.language
    yield f"{snapshot.campaign.key} · {state.title[language]} · {state.stored.status.replace('_', ' ')}"
    yield f"  {state.outlook.message}{_given(state.stored, language)}"
    for heading, lines in (
        ("Gate:", list(_gate(detail))),
        ("Tasks:", list(_tasks(snapshot))),
        ("Votes:", [_approval(each) for each in snapshot.approvals if each.stage is state.stored.name]),
        ("Self-check:", [_round(each) for each in snapshot.rounds] if state.stored.name == "decision" else []),
    ):
        if lines:
            yield ""
            yield heading
            yield from (f"  {line}" for line in lines)
    for held in snapshot.meetings:
        if held.stage is state.stored.name:
            yield ""
            yield from _minutes(held, snapshot)


def _given(stored: "Stored", language: Language) -> str:
    """Why a stage is closed, where it says so: it was behind the campaign when that came to opsflow."""
    return f" ({stored.reason[language]})" if stored.status == "closed" and stored.reason else ""


def _gate(detail: "StageDetail") -> Iterator[str]:
    language = detail.snapshot.campaign.organisation.language
    for fact in detail.facts:
        missing = f" (missing: {', '.join(fact.missing)})" if fact.missing else ""
        waived = f" (waived: {', '.join(fact.waived)})" if fact.waived else ""
        passed = f" (let pass by {fact.override.by}: {fact.override.reason[language]})" if fact.override else ""
        yield f"[{'x' if fact.holds else ' '}] {fact.id}: {fact.text[language]}{missing}{waived}{passed}"


def _tasks(snapshot: "Snapshot") -> Iterator[str]:
    language, zone = snapshot.campaign.organisation.language, snapshot.campaign.zone
    for task in snapshot.own:
        late = "  LATE" if not task.finished and task.due < snapshot.now else ""
        yield (
            f"{task.code:<8} {task.status:<9} {moment(task.due, zone)}  {task.owner:<16} {task.title[language]}"
            f"{late}{_why(task, language)}"
        )  # fmt: skip


def _why(task: "Task", language: Language) -> str:
    return f"  ({task.note[language]})" if task.status == "waived" and task.note else ""


def _approval(approval: "Approval") -> str:
    seats = [
        f"{seat.seat}: {seat.person} {seat.verdict or 'has not voted'}"
        + (f' ("{seat.reason.en}")' if seat.reason else "")
        for seat in approval.seats
    ]
    covers = approval.content_hash[:12]
    return f"{approval.subject} v{approval.version} ({covers}) is {approval.status}; {'; '.join(seats)}"


def _round(each: "Round") -> str:
    state = "open" if each.closed_at is None else "passed" if each.passed else "not passed"
    wanted = [f"{person} ({', '.join(each.reviewers[person])})" for person in each.waiting_for]
    missing = f"; scores wanted of {'; '.join(wanted)}" if wanted and each.closed_at is None else ""
    return f"round {each.number}: {state}{missing}"


def _minutes(held: "Held", snapshot: "Snapshot") -> Iterator[str]:
    ended = f", outcome: {held.outcome}" if held.outcome else ""
    yield f"Minutes of {held.id}, {moment(held.held_at, snapshot.campaign.zone)}{ended}:"
    yield f"  there: {', '.join(held.attendees)}"
    language = snapshot.campaign.organisation.language
    for place, minute in enumerate(held.minutes, start=1):
        said = f"{minute.person}: " if minute.person else ""
        yield f"  {place}. {minute.kind}: {said}{minute.text[language]}{_rest(minute)}"


def _rest(minute: "Minute") -> str:
    parts = [f"@{minute.owner} {minute.due}"] if minute.owner else []
    parts += ["taken up"] if minute.taken else ["not taken up"] if minute.taken is False else []
    parts += [f'"{minute.reply.en}"'] if minute.reply else []
    return f" ({', '.join(parts)})" if parts else ""
