"""Who is to be written to about a survey, and what became of each letter; everything by sets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from opsflow.db.statements import insert_or_nothing
from opsflow.db.tables import ContactRow, InvitationRow, LetterRow, ParticipantRow, SendingRow, SurveyRow
from opsflow.feedback.collecting.model import LEASE, MOST_UNCLEAR, SURVEY, Turn
from opsflow.kernel.terms import CampaignKey
from opsflow.participants.letters.store import has_letter
from opsflow.participants.model import TAKING_PART

SENT, UNDELIVERABLE = "sent", "undeliverable"
_Query = sa.Select[tuple[str, str]]
_TABLE = cast(sa.Table, SendingRow.__table__)
_THEIRS = sa.and_(ParticipantRow.campaign == InvitationRow.campaign, ParticipantRow.id == InvitationRow.participant)
_CONTACT = sa.and_(ContactRow.campaign == InvitationRow.campaign, ContactRow.participant == InvitationRow.participant)


@dataclass(frozen=True, slots=True)
class Addressed:
    """Somebody to whom a letter is due."""

    participant: str
    invitation: str
    contact: Mapping[str, str] = field(default_factory=dict, repr=False)
    tries: int = 0
    """With the one for which it was taken in hand."""
    unclear: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What is written down of a letter that was in hand."""

    letter: Addressed
    tries: int
    unclear: int
    next_at: datetime
    outcome: str | None = None


def asking(session: Session) -> tuple[CampaignKey, ...]:
    """Campaigns whose survey is not closed, however they stand."""
    query = sa.select(SurveyRow.campaign).where(SurveyRow.closed_at.is_(None)).order_by(SurveyRow.campaign)
    return tuple(CampaignKey(key) for key in session.scalars(query))


def closes_at(session: Session, campaign: CampaignKey, *, now: datetime) -> datetime | None:
    """Until when a campaign's survey takes answers; None: it was not opened, or is closed."""
    query = sa.select(SurveyRow.closes_at).where(
        SurveyRow.campaign == campaign, SurveyRow.closed_at.is_(None), SurveyRow.closes_at > now
    )
    return session.scalar(query)


def due(
    session: Session, campaign: CampaignKey, turn: Turn, *, consenting: bool, unmailed: bool = False
) -> list[Addressed]:
    """Everybody to whom a letter is due. `consenting`: of those who agree to be contacted; `unmailed`: whom mail cannot reach."""
    query = _due(campaign, turn, consenting=consenting)
    if unmailed:
        query = query.where(sa.or_(ParticipantRow.email.is_(None), _unreached(campaign)))
    return [Addressed(row.participant, row.id) for row in session.execute(query)]


def count_due(session: Session, campaign: CampaignKey, turn: Turn, *, consenting: bool) -> int:
    """How many they are."""
    counted = _due(campaign, turn, consenting=consenting).order_by(None).subquery()
    return session.scalars(sa.select(sa.func.count()).select_from(counted)).one()


def take(
    session: Session,
    campaign: CampaignKey,
    turn: Turn,
    *,
    consenting: bool,
    now: datetime,
    after: str,
    most: int,
) -> tuple[list[Addressed], str | None]:
    """Take letters in hand for a while, in the order of ids from the first behind `after`; answers them and the last id that was looked at.

    None as the last: nobody is left. What somebody else has in hand, and what waits for a later try, is passed over.
    """
    mine = aliased(SendingRow)
    query = (
        _mailable(campaign, turn, mine, consenting=consenting)
        .add_columns(ContactRow.data, mine.tries, mine.unclear)
        .join(ContactRow, _CONTACT)
        .where(InvitationRow.participant > after, sa.or_(mine.key.is_(None), mine.next_at <= now))
        .limit(most)
    )
    rows = session.execute(query).all()
    found = [Addressed(row.participant, row.id, row.data, (row.tries or 0) + 1, (row.unclear or 0) + 1) for row in rows]
    taken = _taken(session, campaign, turn.key, found, now)
    return [each for each in found if each.participant in taken], rows[-1].participant if rows else None


def next_try(
    session: Session, campaign: CampaignKey, turn: Turn, *, consenting: bool, now: datetime
) -> datetime | None:
    """When the first of the letters that are due may be taken in hand; None: none is due."""
    mine = aliased(SendingRow)
    found = _mailable(campaign, turn, mine, consenting=consenting).order_by(None)
    untried, first = session.execute(
        found.with_only_columns(sa.func.count() - sa.func.count(mine.key), sa.func.min(mine.next_at))
    ).one()
    return now if untried else first


def first_asked(
    session: Session, campaign: CampaignKey, turn: Turn, *, consenting: bool, since: datetime
) -> datetime | None:
    """When the first of those was asked by letter, at `since` or later, who may still get this one; None: nobody was."""
    letter = aliased(LetterRow)
    asked = sa.and_(
        letter.campaign == campaign,
        letter.participant == InvitationRow.participant,
        letter.key == SURVEY,
        letter.at >= since,
    )
    query = (
        _due(campaign, Turn(turn.number), consenting=consenting)
        .order_by(None)
        .join(letter, asked)
        .where(ParticipantRow.email.is_not(None), ~_unreached(campaign))
    )
    return session.scalar(query.with_only_columns(sa.func.min(letter.at)))


def settle(session: Session, campaign: CampaignKey, key: str, settled: Sequence[Settled]) -> None:
    """Write down what became of letters, but for those that somebody else has taken in hand since."""
    if not settled:
        return
    statement = (
        sa.update(_TABLE)
        .where(
            _TABLE.c.campaign == campaign,
            _TABLE.c.participant == sa.bindparam("who"),
            _TABLE.c.key == key,
            _TABLE.c.tries == sa.bindparam("was"),
            _TABLE.c.outcome.is_(None),
        )
        .values({name: sa.bindparam(f"new_{name}") for name in ("tries", "unclear", "next_at", "outcome")})
    )
    rows = [
        {
            "who": each.letter.participant, "was": each.letter.tries, "new_tries": each.tries,
            "new_unclear": each.unclear, "new_next_at": each.next_at, "new_outcome": each.outcome,
        }
        for each in settled
    ]  # fmt: skip
    session.connection().execute(statement, rows)


def give_up(session: Session, campaign: CampaignKey, *, now: datetime) -> list[tuple[str, str]]:
    """Letters that may have been taken too often to be handed over again, of which nobody will hear: participant and key."""
    lost = (
        sa.update(SendingRow)
        .where(
            SendingRow.campaign == campaign,
            SendingRow.outcome.is_(None),
            SendingRow.unclear >= MOST_UNCLEAR,
            SendingRow.next_at <= now,
        )
        .values(outcome=SENT)
        .returning(SendingRow.participant, SendingRow.key)
    )
    found = session.execute(lost, execution_options={"synchronize_session": False})
    return [(row.participant, row.key) for row in found]


def _due(campaign: CampaignKey, turn: Turn, *, consenting: bool) -> _Query:
    who = cast(Any, InvitationRow.participant)
    query = (
        sa.select(InvitationRow.id, InvitationRow.participant)
        .join(ParticipantRow, _THEIRS)
        .where(
            InvitationRow.campaign == campaign,
            InvitationRow.answered_at.is_(None),
            ParticipantRow.status.in_([str(each) for each in TAKING_PART]),
            ParticipantRow.blocked.is_(None),
            ~has_letter(campaign, who, turn.key),
        )
        .order_by(InvitationRow.participant)
    )
    if consenting:
        query = query.where(ParticipantRow.consent)
    if turn.number:
        asked = sa.exists().where(
            LetterRow.campaign == campaign,
            LetterRow.participant == who,
            LetterRow.key == SURVEY,
            *([LetterRow.at >= turn.since] if turn.since is not None else []),
            *([LetterRow.at < turn.before] if turn.before is not None else []),
        )
        query = query.where(asked)
    return cast(_Query, query)


def _mailable(campaign: CampaignKey, turn: Turn, mine: type[SendingRow], *, consenting: bool) -> _Query:
    """Those of them whom mail may reach, with what became of their letter so far, unless it is over with it."""
    same = sa.and_(mine.campaign == campaign, mine.participant == InvitationRow.participant, mine.key == turn.key)
    goes_on = sa.and_(mine.outcome.is_(None), mine.unclear < MOST_UNCLEAR)
    return (
        _due(campaign, turn, consenting=consenting)
        .join(mine, same, isouter=True)
        .where(ParticipantRow.email.is_not(None), ~_unreached(campaign), sa.or_(mine.key.is_(None), goes_on))
    )


def _unreached(campaign: CampaignKey) -> sa.ColumnElement[bool]:
    """Whether their address was found to be none."""
    return sa.exists().where(
        SendingRow.campaign == campaign,
        SendingRow.participant == InvitationRow.participant,
        SendingRow.outcome == UNDELIVERABLE,
    )


def _taken(session: Session, campaign: CampaignKey, key: str, found: Sequence[Addressed], now: datetime) -> set[str]:
    """Who of them is in our hand now: a new row, or one that nobody has changed meanwhile."""
    new = [each for each in found if each.tries == 1 and each.unclear == 1]
    rows = [
        {
            "campaign": campaign, "participant": each.participant, "key": key, "tries": 1, "unclear": 1,
            "next_at": now + LEASE, "outcome": None,
        }
        for each in new
    ]  # fmt: skip
    taken = set(insert_or_nothing(session, SendingRow, rows, returning=SendingRow.participant))
    return taken | set(
        _taken_again(session, campaign, key, (each for each in found if each.participant not in taken), now)
    )


def _taken_again(
    session: Session, campaign: CampaignKey, key: str, known: Iterable[Addressed], now: datetime
) -> Iterator[str]:
    for each in known:
        again = (
            sa.update(SendingRow)
            .where(
                SendingRow.campaign == campaign,
                SendingRow.participant == each.participant,
                SendingRow.key == key,
                SendingRow.tries == each.tries - 1,
                SendingRow.unclear == each.unclear - 1,
                SendingRow.outcome.is_(None),
                SendingRow.next_at <= now,
            )
            .values(tries=each.tries, unclear=each.unclear, next_at=now + LEASE)
            .returning(SendingRow.participant)
        )
        yield from session.scalars(again, execution_options={"synchronize_session": False})
