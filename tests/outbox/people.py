"""Recipients and notices for tests."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from opsflow.context import Context
from opsflow.db.tables import OutboxRow
from opsflow.kernel.terms import CampaignKey, Language, PersonKey
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.outbox.model import Notice, Recipient, Route
from opsflow.outbox.rules import DAY_AND_NIGHT
from opsflow.outbox.store import enqueue
from opsflow.workdays.service import calendar_for

LIN, WANG, ZHAO = PersonKey("lin"), PersonKey("wang"), PersonKey("zhao")
ELEVEN = CampaignKey("double-eleven")


def recipient(
    person: PersonKey,
    *,
    zone: str = "Asia/Shanghai",
    language: Language = "en",
    messages_per_day: int = 10,
    channels: tuple[str, ...] = (),
    fallback: PersonKey | None = None,
    merge: timedelta = timedelta(0),
) -> Recipient:
    return Recipient(
        person=person, name=Text.both(person.title()), language=language, zone=ZoneInfo(zone),
        address=f"{person}@example.com", calendar=calendar_for("CN"),
        spans=((time(9), time(12)), (time(13), time(18))), messages_per_day=messages_per_day,
        routes=tuple(Route(channel, f"{person}@{channel}") for channel in channels), fallback=fallback, merge=merge,
    )  # fmt: skip


EVERYBODY = {person: recipient(person) for person in (LIN, WANG, ZHAO)}


def notice(
    key: str,
    person: PersonKey = LIN,
    *,
    urgent: bool = False,
    hours: str | None = DAY_AND_NIGHT,
    matter: str | None = None,
    title: str = "Double 11",
    template: str = "campaign_stopped",
    **facts: Value,
) -> Notice:
    return Notice(
        key=key, person=person, template=template, data={"campaign_title": title, "reason": key, **facts},
        urgent=urgent, hours=hours, campaign=ELEVEN, matter=matter,
    )  # fmt: skip


def task(key: str, person: PersonKey = LIN, *, matter: str = "task/1", template: str = "task_opened") -> Notice:
    """A notice that is a card."""
    due = datetime(2026, 8, 7, 10, tzinfo=UTC)
    return notice(
        key,
        person,
        matter=matter,
        template=template,
        code=matter.rpartition("/")[2],
        task="Draft",
        due=due,
        owner_name="Lin",
        may_act=True,
    )


def tell(ctx: Context, *notices: Notice) -> list[bool]:
    """Write notices as a use case does."""
    with ctx.transaction() as session:
        return [enqueue(session, one, now=ctx.clock.now()) for one in notices]


def rows(ctx: Context) -> dict[str, tuple[str, str | None]]:
    """Status and reason of every notice by its key."""
    with ctx.transaction() as session:
        found = session.execute(sa.select(OutboxRow.key, OutboxRow.status, OutboxRow.reason))
        return {row.key: (row.status, row.reason) for row in found}
