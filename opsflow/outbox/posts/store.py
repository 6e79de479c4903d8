"""Messages as they were sent, the cards on them, and what channels asked for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from opsflow.db.statements import insert_many, insert_or_nothing
from opsflow.db.tables import AttemptRow, CardRow, DeliveryRow, MatterRow, OutboxRow, PauseRow
from opsflow.kernel.keys import token
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.outbox.model import Attempt, Card, CardKind, Outcome, Post, PostLine, Route, Shows, UnknownCard, Waiting


def card(session: Session, token: str) -> Card:
    """A card by its token; UnknownCard when there is none."""
    found = session.execute(
        sa.select(CardRow, DeliveryRow.receipt)
        .outerjoin(DeliveryRow, DeliveryRow.id == CardRow.delivery)
        .where(CardRow.token == token)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise UnknownCard
    row, receipt = found
    return _card(row, receipt)


def _card(row: CardRow, receipt: str | None) -> Card:
    return Card(
        token=row.token,
        person=PersonKey(row.person),
        campaign=CampaignKey(row.campaign) if row.campaign else None,
        matter=row.matter,
        version=row.version,
        kind=CardKind(row.kind),
        channel=row.channel,
        receipt=receipt,
        shows=Shows(row.shows),
        superseded=row.superseded,
    )


def make_cards(
    session: Session, person: PersonKey, notices: Mapping[CardKind, Sequence[Waiting]], *, channel: str
) -> dict[int, str]:
    """A card for each of these notices, if it has none from an earlier try; the token of each notice's card."""
    rows = [
        {
            "token": token(),
            "person": person,
            "campaign": notice.campaign,
            "matter": notice.matter,
            "version": notice.matter_version,
            "kind": kind,
            "channel": channel,
            "notice": notice.id,
            "delivery": None,
            "shows": Shows.OPEN,
            "superseded": False,
            "stale": False,
        }
        for kind, those in notices.items()
        for notice in those
    ]
    if not rows:
        return {}
    ids = [row["notice"] for row in rows]
    insert_or_nothing(session, CardRow, rows, returning=CardRow.token)
    session.execute(_ELSEWHERE, {"notices": ids, "there": channel, "channel": channel})
    return {row.notice: row.token for row in session.execute(_TOKENS, {"notices": ids})}


_CARDS = cast(sa.Table, CardRow.__table__)
_OF_THOSE = _CARDS.c.notice.in_(sa.bindparam("notices", expanding=True))
_ELSEWHERE = sa.update(_CARDS).where(_OF_THOSE, _CARDS.c.channel != sa.bindparam("there"))
_TOKENS = sa.select(_CARDS.c.notice, _CARDS.c.token).where(_OF_THOSE)


def mark_stale(session: Session, matters: Collection[str]) -> None:
    """These matters changed: delivery looks at what their cards show."""
    session.execute(_OF_MATTERS, {"matters": tuple(matters), "stale": True})


_OF_MATTERS = sa.update(_CARDS).where(_CARDS.c.matter.in_(sa.bindparam("matters", expanding=True)))


def add_delivery(
    session: Session,
    notices: Sequence[Waiting],
    *,
    person: PersonKey,
    route: Route,
    key: str,
    content: str | None,
    at: datetime,
    local_day: date,
    urgent: bool,
    receipt: str,
    text: str,
) -> int:
    """Record a message that was sent. Its cards are from now on their person's cards of those matters, and no others."""
    row = {
        "person": person, "channel": route.channel, "address": route.address, "key": key, "content": content,
        "sent_at": at, "local_day": local_day, "urgent": urgent, "receipt": receipt, "body": text,
    }  # fmt: skip
    delivery: int = session.execute(_DELIVERED, row).scalar_one()
    matters = {notice.matter for notice in notices if notice.matter is not None}
    if matters:
        _take_over(session, [notice.id for notice in notices], matters, person, delivery)
    return delivery


_DELIVERIES = cast(sa.Table, DeliveryRow.__table__)
_DELIVERED = sa.insert(_DELIVERIES).returning(_DELIVERIES.c.id)


def _take_over(
    session: Session, notices: Sequence[int], matters: Collection[str], person: PersonKey, delivery: int
) -> None:
    # What changed while the message was on its way is looked at once more.
    told = session.scalars(_CARRIED, {"notices": notices, "delivery": delivery, "stale": True}).all()
    if not told:
        return
    now_elsewhere = [matter for matter in told if matter in matters]
    before = {"matters": now_elsewhere, "who": person, "newest": delivery}
    session.execute(_BEFORE, before | {"superseded": True, "stale": True})


_CARRIED = sa.update(_CARDS).where(_OF_THOSE).returning(_CARDS.c.matter)
_BEFORE = _OF_MATTERS.where(
    _CARDS.c.person == sa.bindparam("who"),
    _CARDS.c.delivery.is_not(None),
    _CARDS.c.delivery != sa.bindparam("newest"),
    _CARDS.c.superseded.is_(False),
)


def messages_on(session: Session, person: PersonKey, day: date) -> int:
    """How many messages a person got on a day of theirs, those not counted in which everything was urgent."""
    return session.scalar(_ON_DAY, {"who": person, "day": day}) or 0


_ON_DAY = (
    sa.select(sa.func.count())
    .select_from(DeliveryRow)
    .where(
        DeliveryRow.person == sa.bindparam("who"),
        DeliveryRow.local_day == sa.bindparam("day"),
        DeliveryRow.urgent.is_(False),
    )
)


def last_digest(session: Session, person: PersonKey) -> str | None:
    """What a person's last digest told, as a hash; None: they never got one."""
    return session.scalar(
        sa.select(DeliveryRow.content)
        .where(DeliveryRow.person == person, DeliveryRow.content.is_not(None))
        .order_by(DeliveryRow.id.desc())
        .limit(1)
    )


def reserve(session: Session, route: Route, *, now: datetime, pace: timedelta) -> datetime | None:
    """Take the next turn on a channel at an address; else until when there is none. Two who ask at once take two."""
    if not pace:
        until = _until(session, route)
        return until if until is not None and until > now else None
    _add_pause(session, route, now)
    # The row is held until the end of this transaction: whoever comes second sees what the first has made of it.
    taken = session.execute(_TURN, _there(route) | {"now": now, "until": now + pace})
    return None if cast("sa.CursorResult[Any]", taken).rowcount else _until(session, route)


def _until(session: Session, route: Route) -> datetime | None:
    return session.scalar(_PAUSE, _there(route))


def _there(route: Route) -> dict[str, Any]:
    return {"way": route.channel, "place": route.address}


_PAUSES = cast(sa.Table, PauseRow.__table__)
_AT = (_PAUSES.c.channel == sa.bindparam("way"), _PAUSES.c.address == sa.bindparam("place"))
_PAUSE = sa.select(_PAUSES.c.until).where(*_AT)
_TURN = sa.update(_PAUSES).where(*_AT, _PAUSES.c.until <= sa.bindparam("now"))
_LONGER = sa.update(_PAUSES).where(*_AT, _PAUSES.c.until < sa.bindparam("asked"))


def pause(session: Session, route: Route, *, until: datetime) -> None:
    """The channel asks to be left alone at an address; a longer wait that it asked for before stands."""
    _add_pause(session, route, until)
    session.execute(_LONGER, _there(route) | {"asked": until, "until": until})


def _add_pause(session: Session, route: Route, until: datetime) -> None:
    row = {"channel": route.channel, "address": route.address, "until": until}
    insert_or_nothing(session, PauseRow, [row], returning=PauseRow.until)


def add_attempts(
    session: Session, notices: Sequence[Waiting], *, at: datetime, channel: str, outcome: Outcome, reason: str
) -> None:
    """Note what came of trying to tell notices, unless they were sent: that the message itself says."""
    rows = [
        {"notice": notice.id, "at": at, "channel": channel, "outcome": outcome, "reason": reason} for notice in notices
    ]
    if rows:
        insert_many(session, AttemptRow, rows)


def attempts(session: Session, *which: sa.ColumnElement[bool]) -> dict[int, tuple[Attempt, ...]]:
    """The attempts at these notices that told nobody anything, by the notice's number, in their order."""
    found: defaultdict[int, list[Attempt]] = defaultdict(list)
    rows = session.scalars(
        sa.select(AttemptRow).join(OutboxRow, OutboxRow.id == AttemptRow.notice).where(*which).order_by(AttemptRow.id)
    )
    for row in rows:
        found[row.notice].append(Attempt(row.at, row.channel, Outcome(row.outcome), row.reason))
    return {notice: tuple(those) for notice, those in found.items()}


def due_posts(session: Session, channels: Collection[str], *, now: datetime, limit: int) -> tuple[Post, ...]:
    """Messages of these channels with a card whose matter changed, and whose time to be changed has come."""
    rows = session.scalars(_DUE, {"channels": tuple(channels), "now": now, "limit": limit})
    return tuple(_post(row) for row in rows)


_IN_TURN = sa.or_(_DELIVERIES.c.not_before.is_(None), _DELIVERIES.c.not_before <= sa.bindparam("now"))
_DUE = (
    sa.select(DeliveryRow)
    .where(
        DeliveryRow.id.in_(
            sa.select(_CARDS.c.delivery)
            .join(_DELIVERIES, _DELIVERIES.c.id == _CARDS.c.delivery)
            .where(_CARDS.c.stale.is_(True), _CARDS.c.channel.in_(sa.bindparam("channels", expanding=True)), _IN_TURN)
            .distinct()
            .limit(sa.bindparam("limit"))
        )
    )
    .order_by(DeliveryRow.attempts, DeliveryRow.id)
    .execution_options(populate_existing=True)
)


def _post(row: DeliveryRow) -> Post:
    return Post(
        id=row.id,
        person=PersonKey(row.person),
        route=Route(row.channel, row.address or ""),
        receipt=row.receipt,
        key=row.key or "",
        urgent=row.urgent,
        attempts=row.attempts,
    )


def claim_post(session: Session, post: Post, *, now: datetime, until: datetime) -> bool:
    """Take a message for changing: nobody else does before `until`."""
    taken = session.execute(_CLAIMED, {"post": post.id, "now": now, "not_before": until})
    return bool(cast("sa.CursorResult[Any]", taken).rowcount)


_POST = sa.update(_DELIVERIES).where(_DELIVERIES.c.id == sa.bindparam("post"))
_CLAIMED = _POST.where(_IN_TURN).values(attempts=_DELIVERIES.c.attempts + 1)
_FREED = _POST.where(_DELIVERIES.c.not_before == sa.bindparam("claimed_until"))


def lines(session: Session, post: Post) -> tuple[PostLine, ...]:
    """What stands in a message, with what has become of it."""
    return tuple(
        PostLine(
            template=row.template,
            campaign=CampaignKey(row.campaign) if row.campaign else None,
            data=row.data,
            urgent=row.urgent,
            token=card.token if card else None,
            shown=Shows(card.shows) if card else None,
            wanted=_wanted(card, matter) if card else None,
            facts=(matter.facts if matter else None) or {},
        )
        for row, card, matter in session.execute(_LINES, {"post": post.id})
    )


_LINES = (
    sa.select(OutboxRow, CardRow, MatterRow)
    .outerjoin(CardRow, CardRow.notice == OutboxRow.id)
    .outerjoin(MatterRow, MatterRow.id == OutboxRow.matter)
    .where(OutboxRow.delivery == sa.bindparam("post"))
    .order_by(OutboxRow.urgent.desc(), OutboxRow.created_at, OutboxRow.id)
    .execution_options(populate_existing=True)
)


def _wanted(card: CardRow, matter: MatterRow | None) -> Shows:
    if matter is None or not matter.open:
        return Shows.OVER
    if card.superseded:
        return Shows.ELSEWHERE
    if matter.version != card.version:
        return Shows.MOVED
    return Shows.OPEN if matter.acknowledged_at is None else Shows.SEEN


def settle_post(session: Session, post: Post, shown: Mapping[str, Shows], *, claimed_until: datetime) -> None:
    """A message was changed. A card whose matter changed again meanwhile stays to be looked at."""
    # The cards first: whoever closes a matter changes it and then its cards, and so waits for us or is seen by us.
    session.execute(_HELD, {"tokens": tuple(shown)})
    now_wanted = {line.token: line.wanted for line in lines(session, post)}
    for one, shows in shown.items():
        session.execute(_SHOWN, {"one": one, "shows": shows, "stale": now_wanted.get(one) is not shows})
    _free(session, post, claimed_until, not_before=None, attempts=0)


_HELD = sa.select(_CARDS.c.token).where(_CARDS.c.token.in_(sa.bindparam("tokens", expanding=True))).with_for_update()
_SHOWN = sa.update(_CARDS).where(_CARDS.c.token == sa.bindparam("one"))


def postpone(session: Session, post: Post, *, claimed_until: datetime, not_before: datetime) -> None:
    """A message could not be changed: later."""
    _free(session, post, claimed_until, not_before=not_before)


def leave_as_it_is(session: Session, post: Post) -> None:
    """A message can never be changed again."""
    session.execute(
        sa.update(CardRow).where(CardRow.delivery == post.id).values(stale=False),
        execution_options={"synchronize_session": False},
    )


def _free(session: Session, post: Post, claimed_until: datetime, **values: object) -> None:
    session.execute(_FREED, {"post": post.id, "claimed_until": claimed_until, **values})


def next_post(session: Session) -> datetime | None:
    """The earliest instant at which a message that failed to be changed is tried again; None: there is none."""
    return session.scalar(
        sa.select(sa.func.min(DeliveryRow.not_before))
        .join(CardRow, CardRow.delivery == DeliveryRow.id)
        .where(CardRow.stale.is_(True))
    )
