"""What a re-plan looks like: whether the launch holds, what moves and whom it hits; JSON for other programs."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, TypedDict

from opsflow.cli.acting import moment
from opsflow.kernel.characters import columns_of
from opsflow.kernel.terms import PersonKey

if TYPE_CHECKING:
    from opsflow.engine.replanning.preview import Hit, Preview, TaskMove

WIDEST = 44
"""Columns of a title; what is longer is cut, the task's id says which it is."""


class JsonMove(TypedDict):
    """A task that moves, as other programs read it."""

    task: str
    title: str
    stage: str
    owner: str
    was_owner: str
    start: str
    was_start: str
    due: str
    was_due: str
    working_days: int
    float_days: int
    critical: bool
    times: int
    was_times: int


class JsonPreview(TypedDict):
    """A re-plan whole, as other programs read it."""

    campaign: str
    revision: int
    applied: bool
    launch: str
    was_launch: str
    ends: str
    was_ends: str
    holds: bool
    float_days: int | None
    short_by_working_days: int
    earliest_launch: str | None
    reasons: list[str]
    changes: list[str]
    moves: list[JsonMove]
    people: list[dict[str, str | int]]
    meetings: list[dict[str, str | bool]]
    approvals: list[str]
    texts: list[dict[str, str]]
    doubts: list[dict[str, str]]
    warnings: list[str]


def preview_json(found: "Preview", *, applied: bool) -> JsonPreview:
    """Everything the text shows; instants carry the offset of the campaign's zone."""
    campaign, new, language = found.campaign, found.replanned, found.campaign.organisation.language
    short = new.short

    def local(at: datetime) -> str:
        return at.astimezone(campaign.zone).isoformat()

    return {
        "campaign": campaign.key,
        "revision": campaign.plan_revision,
        "applied": applied and found.holds and not found.nothing,
        "launch": local(new.launch),
        "was_launch": local(campaign.launch),
        "ends": local(new.ends),
        "was_ends": local(campaign.ends),
        "holds": found.holds,
        "float_days": new.float_days,
        "short_by_working_days": short.by if short else 0,
        "earliest_launch": short.earliest_launch.isoformat() if short else None,
        "reasons": [reason[language] for reason in short.reasons] if short else [],
        "changes": [change[language] for change in short.changes] if short else [],
        "moves": [
            {
                "task": move.now.code, "title": move.now.title[language], "stage": move.now.stage.value,
                "owner": move.now.owner, "was_owner": move.was.owner, "start": local(move.now.start),
                "was_start": local(move.was.start), "due": local(move.now.due), "was_due": local(move.was.due),
                "working_days": move.days, "float_days": move.now.float_days, "critical": move.now.critical,
                "times": len(move.now.repeats), "was_times": len(move.was.repeats),
            }
            for move in found.moves
        ],
        "people": [{"person": hit.person, "tasks": len(hit.tasks), "working_days": hit.days} for hit in found.hits],
        "meetings": [
            {"meeting": each.id, "at": local(each.at), "was": local(each.was), "invited": each.invited}
            for each in found.meetings
        ],
        "approvals": [approval.id for approval, _ in found.approvals],
        "texts": [
            {"place": each.place, "was": each.before[language], "text": each.after[language]} for each in new.said.new
        ],
        "doubts": [{"place": each.place, "text": each.words} for each in new.said.old],
        "warnings": [warning[language] for warning in (*found.overlaps, *new.warnings)],
    }  # fmt: skip


def preview_text(found: "Preview", *, applied: bool, again: str) -> Iterator[str]:
    """The answer first, then what moves stage by stage, then whom it hits and what else follows."""
    yield from _head(found)
    if found.nothing:
        yield ""
        yield "Nothing moves."
        return
    for part in (_moves(found), _people(found), _rest(found), _warnings(found)):
        lines = list(part)
        if lines:
            yield ""
            yield from lines
    yield ""
    yield from _next(found, applied=applied, again=again)


def _head(found: "Preview") -> Iterator[str]:
    campaign, new = found.campaign, found.replanned
    yield f"{campaign.key} · {campaign.title[campaign.organisation.language]} · {campaign.level} · plan revision {campaign.plan_revision}"
    for name, was, now in (("Launch", campaign.launch, new.launch), ("End", campaign.ends, new.ends)):
        if was != now:
            yield f"{name} moves: {moment(was, campaign.zone)} -> {moment(now, campaign.zone)}"
    yield from _holds(found)


def _holds(found: "Preview") -> Iterator[str]:
    language, new = found.campaign.organisation.language, found.replanned
    launch = f"{new.launch.astimezone(found.campaign.zone):%a %Y-%m-%d}"
    if new.short is not None:
        yield f"The launch on {launch} DOES NOT HOLD: short by {_days(new.short.by)}."
        yield from (f"  {reason[language]}" for reason in new.short.reasons)
        yield "What would make it hold:"
        yield from (f"  - {change[language]}" for change in new.short.changes)
    elif new.float_days is not None:
        left = f"{_days(new.float_days)} of float left" if new.float_days else "no float left, a day later moves it"
        yield f"The launch on {launch} holds; {left} on the tightest chain."


def _days(count: int) -> str:
    return f"{count} working day{'' if abs(count) == 1 else 's'}"


def _moves(found: "Preview") -> Iterator[str]:
    if not found.moves:
        return
    total = sum(not task.finished for task in found.replanned.before)
    yield f"{len(found.moves)} of the {total} tasks that are not done move:"
    rows = [_row(found, move) for move in found.moves]
    widths = [max(columns_of(row[column]) for row in rows) for column in range(len(rows[0]))]
    order = list(dict.fromkeys(move.now.stage for move in found.moves))
    pairs = sorted(zip(found.moves, rows, strict=True), key=lambda pair: order.index(pair[0].now.stage))
    for stage, listed in groupby(pairs, key=lambda pair: pair[0].now.stage):
        yield f"  {stage.replace('_', ' ')}"
        for _, row in listed:
            cells = [cell + " " * (width - columns_of(cell)) for cell, width in zip(row, widths, strict=True)]
            yield f"    {'  '.join(cells)}".rstrip()


def _row(found: "Preview", move: "TaskMove") -> tuple[str, ...]:
    language = found.campaign.organisation.language
    title = move.now.title[language]
    title = title if len(title) <= WIDEST else f"{title[: WIDEST - 1]}…"
    return (
        move.now.code,
        title,
        _span(found, move.was.start, move.was.due),
        "->",
        _span(found, move.now.start, move.now.due),
        _by(move),
        _owner(found, move),
        "critical" if move.now.critical else "",
    )


def _span(found: "Preview", start: datetime, due: datetime) -> str:
    first, last = (at.astimezone(found.campaign.zone) for at in (start, due))
    return f"{first:%a %m-%d}" if first.date() == last.date() else f"{first:%a %m-%d} - {last:%a %m-%d}"


def _by(move: "TaskMove") -> str:
    if len(move.was.repeats) != len(move.now.repeats):
        return f"{len(move.was.repeats)} -> {len(move.now.repeats)} times"
    return f"{move.days:+d} d" if move.days else ""


def _owner(found: "Preview", move: "TaskMove") -> str:
    if move.was.owner == move.now.owner:
        return _name(found, move.now.owner)
    return f"{_name(found, move.was.owner)} -> {_name(found, move.now.owner)}"


def _name(found: "Preview", person: PersonKey) -> str:
    organisation = found.campaign.organisation
    return organisation.people[person].name[organisation.language]


def _people(found: "Preview") -> Iterator[str]:
    if found.hits:
        yield "Who is hit (working days their dates move by, at most):"
        width = max(columns_of(_name(found, hit.person)) for hit in found.hits)
        yield from (_hit(found, hit, width) for hit in found.hits)


def _hit(found: "Preview", hit: "Hit", width: int) -> str:
    name = _name(found, hit.person)
    codes = [move.now.code for move in hit.tasks]
    listed = ", ".join(codes[:8]) + (f" and {len(codes) - 8} more" if len(codes) > 8 else "")
    return f"  {name}{' ' * (width - columns_of(name))}  {hit.days:+3d} d  {listed}"


def _rest(found: "Preview") -> Iterator[str]:
    campaign, language = found.campaign, found.campaign.organisation.language
    for meeting in found.meetings:
        told = " (its members are told)" if meeting.invited else ""
        yield f"Meeting: {meeting.title[language]}: {moment(meeting.was, campaign.zone)} -> {moment(meeting.at, campaign.zone)}{told}"
    for approval, title in found.approvals:
        yield f"Approval re-opens: {title[language]} v{approval.version}, it covers the dates of the campaign"
    for each in found.replanned.said.new:
        yield f"Text that names a date ({each.place}): {each.before[language]} -> {each.after[language]}"
    for doubt in found.replanned.said.old:
        yield f"Text that may name an old date and stays ({doubt.place}): {doubt.words}"


def _warnings(found: "Preview") -> Iterator[str]:
    language, was = found.campaign.organisation.language, set(found.campaign.warnings)
    for warning in (*found.overlaps, *(each for each in found.replanned.warnings if each not in was)):
        yield f"Warning: {warning[language]}"


def _next(found: "Preview", *, applied: bool, again: str) -> Iterator[str]:
    if not found.holds:
        yield "Nothing is written: a plan that does not fit is not taken."
    elif applied:
        yield f"Done: the plan is revision {found.campaign.plan_revision + 1}. `opsflow deliver` tells everybody what of theirs moved."
    else:
        yield f"Nothing is written. The same `opsflow {again}` with --apply --revision {found.campaign.plan_revision} does it."
