"""What holds after every rehearsal, whatever went wrong in it: each answers what it found broken, in words."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from opsflow.approvals.model import ApprovalId, ApprovalStatus
from opsflow.campaigns.state import CampaignStatus
from opsflow.journal.model import Entry
from opsflow.kernel.terms import LANGUAGES, CampaignKey
from opsflow.kernel.zoned import local_date
from opsflow.sop.model import TaskKind
from opsflow.stages.model import ALLOWED, FINAL, StageStatus, TaskStatus
from tests.engine.test_standard_lives import DOCUMENTS
from tests.rehearsal.abused import Played

Invariant = Callable[[Played], Iterator[str]]
LIVE_REPORT = "live-report"
"""The one document that is written every day."""
WANTED = {
    **DOCUMENTS, "small-s": "proposal plan", "small-a": "proposal plan", "small-b": "plan", "small-c": "plan",
}  # fmt: skip


ENDED_AS = {CampaignStatus.STOPPED: StageStatus.STOPPED, CampaignStatus.CANCELLED: StageStatus.CANCELLED}
"""What the stages are that were not over, of a campaign that somebody ended."""


def every_stage_is_over(played: Played) -> Iterator[str]:
    snapshot = played.rehearsed.record.snapshot
    ended = ENDED_AS.get(snapshot.campaign.status)
    if snapshot.campaign.status is CampaignStatus.ACTIVE:
        yield "the campaign is still active"
    for stage in snapshot.stages:
        if stage.status not in FINAL or stage.status in {*ENDED_AS.values()} - {ended}:
            yield f"{stage.name} is {stage.status}"
        if stage.status in (*ENDED_AS.values(), StageStatus.SKIPPED) and stage.reason is None:
            yield f"{stage.name} is {stage.status} for no stated reason"
    done = (TaskStatus.DONE, TaskStatus.CANCELLED) if ended else (TaskStatus.DONE,)
    yield from (f"{task.code} is {task.status}" for task in snapshot.tasks if task.status not in done)


def nothing_is_told_twice(played: Played) -> Iterator[str]:
    """F03."""
    told = Counter(key for sent in played.rehearsed.record.messages for _, _, key in sent.notices)
    yield from (f"{key} was told {times} times" for key, times in told.items() if times > 1)
    given = Counter(played.message_keys)
    yield from (f"message {key} was given to the channel {times} times" for key, times in given.items() if times > 1)


def nobody_is_told_too_much(played: Played) -> Iterator[str]:
    organisation = played.rehearsed.record.snapshot.campaign.organisation
    daily: Counter[tuple[str, str]] = Counter()
    for sent in played.rehearsed.record.messages:
        zone = ZoneInfo(organisation.people[sent.person].zone or organisation.zone)
        daily[sent.person, local_date(sent.sent_at, zone).isoformat()] += not sent.urgent
    for (person, day), times in daily.items():
        if times > organisation.messages_per_day:
            yield f"{person} got {times} messages on {day}"


def nothing_is_told_of_closed_work(played: Played) -> Iterator[str]:
    """F01, F02, F04: each notice against the history of what it speaks of, told by the journal alone."""
    spans = _open_spans(played)
    for sent in played.rehearsed.record.messages:
        for _, _, key in sent.notices:
            matter = played.matters.get(key)
            if matter is not None and not any(
                opens <= sent.sent_at and (closes is None or sent.sent_at <= closes)
                for opens, closes in spans.get(matter, [])
            ):
                yield f"{key} was sent at {sent.sent_at}, while {matter} was open in {spans.get(matter)}"


Spans = dict[str, list[tuple[datetime, datetime | None]]]


def _open_spans(played: Played) -> Spans:
    """Matter -> when it was open, and until when."""
    campaign = played.rehearsed.record.snapshot.campaign.key
    spans: Spans = {}
    for entry in played.rehearsed.record.entries:
        for matter in _opens(campaign, entry):
            if not spans.get(matter) or spans[matter][-1][1] is not None:
                spans.setdefault(matter, []).append((entry.at, None))
        for matter in _closes(campaign, entry, list(spans)):
            if matter in spans and spans[matter][-1][1] is None:
                spans[matter][-1] = (spans[matter][-1][0], entry.at)
    return spans


def _opens(campaign: CampaignKey, entry: Entry) -> list[str]:
    match entry.action:
        case "task.opened" | "rework.requested":
            return [f"task/{campaign}/{entry.object}"]
        case "approval.requested":
            return [f"approval/{entry.object}/{person}" for person in entry.data["of"]]
        case "approval.handed_over":
            return [f"approval/{entry.object}/{entry.data['person']}"]
        case "self_check.opened":
            number = entry.object.removeprefix("round ")
            return [f"scores/{campaign}/{number}/{person}" for person in entry.data["reviewers"]]
        case "metrics.off_track":
            return [f"kpi/{campaign}/{entry.object}/{entry.data['number']}"]
    return []


def _closes(campaign: CampaignKey, entry: Entry, known: list[str]) -> list[str]:
    match entry.action:
        case "task.done":
            return [f"task/{campaign}/{entry.object}"]
        case "approval.approved":
            return [f"approval/{entry.object}/{entry.actor}"]
        case "approval.rejected" | "approval.superseded":
            return [matter for matter in known if matter.startswith(f"approval/{entry.object}/")]
        case "self_check.scored":
            return [f"scores/{entry.object}/{entry.actor}"]
        case "metrics.recovered":
            return [f"kpi/{campaign}/{entry.object}/{entry.data['number']}"]
        case "campaign.stopped":
            return [matter for matter in known if matter.startswith("task/")]
        case "campaign.cancelled":
            return known
    return []


def no_document_is_missing(played: Played) -> Iterator[str]:
    record = played.rehearsed.record
    snapshot = record.snapshot
    if snapshot.campaign.status is not CampaignStatus.ARCHIVED:
        return
    there = {(document.id, document.language) for document in record.documents}
    writes = next(spec.task for spec in snapshot.sop.documents if spec.id == LIVE_REPORT)
    live = next(task for task in snapshot.tasks if task.code == writes)
    # What was on hold on its first days has nothing to report of those.
    days = {local_date(at, snapshot.campaign.zone).isoformat() for at in snapshot.came_round(live)}
    wanted = {*WANTED[snapshot.campaign.key].split(), *(f"{LIVE_REPORT}-{day}" for day in days)}
    for name in sorted(wanted):
        yield from (f"{name} is missing in {language}" for language in LANGUAGES if (name, language) not in there)
    yield from (f"{document.id} is a {document.state}" for document in record.documents if document.state != "final")


def the_journal_tells_every_move_of_a_stage(played: Played) -> Iterator[str]:
    record = played.rehearsed.record
    now = {stage.name.value: StageStatus.PLANNED for stage in record.snapshot.stages}
    words = {"opened": "open"}
    for entry in record.entries:
        if entry.action.startswith("stage."):
            moved = entry.action.removeprefix("stage.")
            to = StageStatus(words.get(moved, moved))
            if to not in ALLOWED[now[entry.object]]:
                yield f"{entry.object} went from {now[entry.object]} to {to}"
            now[entry.object] = to
        if entry.action in ("campaign.stopped", "campaign.cancelled"):
            ended = StageStatus(entry.action.removeprefix("campaign."))
            now = {name: status if status in FINAL else ended for name, status in now.items()}
    for stage in record.snapshot.stages:
        if stage.status is not StageStatus.SKIPPED and now[stage.name] is not stage.status:
            yield f"{stage.name} is {stage.status}, and the journal ends with {now[stage.name]}"


def the_journal_tells_every_move_of_a_task(played: Played) -> Iterator[str]:
    """Each row counts its changes: as many entries speak of them."""
    record = played.rehearsed.record
    approvals = {approval.id: approval.task for approval in record.snapshot.approvals}
    scoring = next((task.code for task in record.snapshot.tasks if task.kind is TaskKind.SELF_CHECK), None)
    told: Counter[str] = Counter()
    for entry in record.entries:
        match entry.action:
            case "task.opened" | "task.done" | "task.handed_over" | "task.revised":
                told[entry.object] += 1
            case "approval.requested" | "approval.superseded":
                told[approvals[ApprovalId(entry.object)]] += 1
            case "rework.requested" if entry.data["of"] != scoring:
                told[entry.data["of"]] += 1
            case "self_check.opened" if entry.object == "round 1" and scoring is not None:
                told[scoring] += 1
    for code, times in played.changes.items():
        if told[code] != times:
            yield f"{code} changed {times} times, and the journal tells of {told[code]}"


def the_journal_tells_of_every_approval_and_round(played: Played) -> Iterator[str]:
    record = played.rehearsed.record
    told = Counter((entry.action, entry.object) for entry in record.entries)
    for approval in record.snapshot.approvals:
        if told["approval.requested", approval.id] != 1:
            yield f"{approval.id} was asked for {told['approval.requested', approval.id]} times"
        votes = len({seat.person for seat in approval.seats if seat.verdict is not None})
        given = told["approval.approved", approval.id] + told["approval.rejected", approval.id]
        if votes != given:
            yield f"{approval.id} has {votes} votes, the journal {given}"
        if (approval.status is ApprovalStatus.SUPERSEDED) != told["approval.superseded", approval.id]:
            yield f"{approval.id} is {approval.status}, superseded {told['approval.superseded', approval.id]} times"
    for each in record.snapshot.rounds:
        scored = told["self_check.scored", f"{record.snapshot.campaign.key}/{each.number}"]
        if (told["self_check.opened", f"round {each.number}"], told["self_check.closed", f"round {each.number}"]) != (
            1,
            int(each.closed_at is not None),
        ) or scored != len(each.reviewers) - len(each.waiting_for):
            yield f"round {each.number} is not told in full"


def the_journal_tells_of_every_meeting(played: Played) -> Iterator[str]:
    record = played.rehearsed.record
    told = {entry.object for entry in record.entries if entry.action in ("meeting.held", "go_live.decided")}
    go_live = {task.code for task in record.snapshot.tasks if task.kind is TaskKind.GO_LIVE}
    decided = {spec.id for spec in record.snapshot.sop.meetings if spec.task in go_live & told}
    for held in record.snapshot.meetings:
        if held.id not in told | decided:
            yield f"{held.id} was held, and the journal does not know"


def what_was_paid_is_held_against_the_books_of_whoever_paid_it(played: Played) -> Iterator[str]:
    entries = played.rehearsed.record.entries
    signed = max((entry.at for entry in entries if entry.action == "payouts.signed"), default=None)
    last = {entry.object: entry for entry in entries if entry.action == "payouts.reconciled"}
    if signed is not None and not any(entry.at > signed for entry in last.values()):
        yield f"nobody has reconciled what was approved at {signed}"
    for provider, entry in last.items():
        if entry.data["differences"] or entry.data["under_way"]:
            yield f"the books of {provider} differ: {entry.data}"


INVARIANTS: tuple[Invariant, ...] = (
    every_stage_is_over,
    nothing_is_told_twice,
    nobody_is_told_too_much,
    nothing_is_told_of_closed_work,
    no_document_is_missing,
    the_journal_tells_every_move_of_a_stage,
    the_journal_tells_every_move_of_a_task,
    the_journal_tells_of_every_approval_and_round,
    the_journal_tells_of_every_meeting,
    what_was_paid_is_held_against_the_books_of_whoever_paid_it,
)


def broken(played: Played) -> list[str]:
    """Everything that does not hold."""
    return [f"{invariant.__name__}: {found}" for invariant in INVARIANTS for found in invariant(played)]
