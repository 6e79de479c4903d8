"""Answers come in from other tools, a chunk to a transaction: one of each person, wherever it was given."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.feedback.access import ties
from opsflow.feedback.answers import store
from opsflow.feedback.answers.model import Answer, NoSurvey
from opsflow.feedback.answers.rows import Reader, reader
from opsflow.feedback.service import Given, keep_answers, whose
from opsflow.feedback.surveys.store import invite, opened
from opsflow.feedback.voices.model import voice_id
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.values import Value

CHUNK = 5_000
"""Rows in one transaction, as of participants."""
OURS = ("link", "on-site", "survey", "visit")
"""What no tool may be called: answers and words that come by ourselves are."""
Tell = Callable[[Imported], None]
Reject = Callable[[Rejected], None]
_TOOL = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


def import_answers(
    ctx: Context,
    campaign: CampaignKey,
    source: Iterable[Row],
    *,
    tool: str,
    by: PersonKey,
    reject: Reject = lambda _: None,
    tell: Tell = lambda _: None,
) -> Imported:
    """Take answers in from another tool; whoever has answered already is known, whichever way, and their first answer stays.

    By account, e-mail address or telephone number where a row names somebody, else by the tool's own number of the answer. Once the survey is closed
    only what was answered before. `reject` is handed every row that is not taken, with its reason; `tell` what
    has been done so far. NotFound: no such campaign. Conflict: it is over, or no survey was opened. NotAllowed: not
    theirs. BadInput: the tool's name is none, or the file cannot be read.
    """
    if not _TOOL.fullmatch(tool) or tool in OURS:
        raise BadInput(
            f"`{tool[:40]}` is no name for a tool: small letters, digits and -, 40 at most, and none of {', '.join(OURS)}."
        )
    with ctx.transaction() as session:
        _held(ctx, session, campaign, by=by)
    done, rest = Imported(), iter(source)
    while some := list(islice(rest, CHUNK)):
        refused: dict[int, str] = {}
        with ctx.transaction() as session:
            held, reading = _held(ctx, session, campaign, by=by)
            answers = _read(ctx, reading, some, refused)
            done += _take(ctx, session, held, answers, refused, tool=tool)
        for row in (row for row in some if row.line in refused):
            reject(Rejected(row.line, refused[row.line], row.values))
        done += Imported(rejected=len(refused))
        tell(done)
    data: dict[str, Value] = {"tool": tool, "added": done.added, "known": done.known, "rejected": done.rejected}
    with ctx.transaction() as session:
        write(
            session,
            at=ctx.clock.now(),
            actor=by,
            action="answers.imported",
            campaign=campaign,
            object=campaign,
            data=data,
        )
    return done


def _read(ctx: Context, reading: Reader, some: Sequence[Row], refused: dict[int, str]) -> list[Answer]:
    now, found = ctx.clock.now(), []
    for row in some:
        try:
            found.append(reading.answer(row, now))
        except BadInput as error:
            refused[row.line] = str(error)
    return found


def _take(
    ctx: Context, session: Session, held: Campaign, answers: Sequence[Answer], refused: dict[int, str], *, tool: str
) -> Imported:
    whom = iter(whose(session, held.key, [each.who for each in answers if each.who]))
    mine: list[tuple[Answer, str, str | None]] = []
    for each in answers:
        who = next(whom) if each.who else None
        if each.who and who is None:
            refused[each.line] = "nobody who takes part is found by that: is it written as it was imported?"
            continue
        # Of somebody who is named it says nothing: once they are erased, nothing must lead to them.
        mine.append((each, ctx.new_id() if who else voice_id("answer", tool, each.id), who))
    invite(session, [_invitation(held, each, id_, who, tool) for each, id_, who in mine])
    there = store.held(
        session, held.key, ids=[id_ for _, id_, who in mine if who is None], who={who for *_, who in mine if who}
    )
    by_who = {each.participant: each for each in there if each.participant}
    by_id = {each.id: each for each in there}
    taken: dict[str, Given] = {}
    for each, id_, who in mine:
        invitation = by_who[who] if who else by_id[id_]
        if not invitation.answered and invitation.id not in taken:
            taken[invitation.id] = Given(invitation.id, who, tool, each.at, each.choices, each.words)
    store.answer(session, held.key, [(each.invitation, each.at) for each in taken.values()])
    keep_answers(ctx, session, held.key, tuple(taken.values()))
    return Imported(added=len(taken), known=len(mine) - len(taken))


def _invitation(held: Campaign, each: Answer, id_: str, who: str | None, tool: str) -> dict[str, Any]:
    return {
        "campaign": held.key, "id": id_, "participant": who, "source": tool, "invited_at": each.at, "seen_at": None,
        "answered_at": None,
    }  # fmt: skip


def _held(ctx: Context, session: Session, campaign: CampaignKey, *, by: PersonKey) -> tuple[Campaign, Reader]:
    hold_campaign(session, campaign)
    held = load_campaign(session, campaign)
    check(ctx, held, "feedback.import", f"answers of {campaign} are for others", by=by, ties=ties(held, by))
    if is_over(held):
        raise Conflict(f"{campaign} is {held.status}: no answers are taken in any more.")
    survey = opened(session, campaign)
    if survey is None:
        raise NoSurvey(campaign)
    return held, reader(survey, held.launch, held.zone)
