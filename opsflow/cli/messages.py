"""`opsflow messages`: who was told what, who will be, and what could not be told."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypedDict

import typer

from opsflow.cli.acting import FormatOption, acting_context
from opsflow.kernel.characters import on_one_line
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.outbox.model import ABOUT, Listed, NoticeStatus

PLANNED = (NoticeStatus.PENDING, NoticeStatus.SENDING, NoticeStatus.UNKNOWN)
"""Still to be told, or to be looked up before it is told again; the reason says which."""


class JsonAttempt(TypedDict):
    """One attempt to tell it."""

    at: str
    channel: str
    outcome: str
    reason: str | None


class JsonMessage(TypedDict):
    """A notice, as other programs read it."""

    person: str
    campaign: str | None
    template: str
    about: str | None
    status: str
    urgent: bool
    at: str
    channel: str | None
    acknowledged_at: str | None
    attempts: list[JsonAttempt]
    reason: str | None


def messages(
    someone: Annotated[str | None, typer.Option("--person", help="Only of this person.", metavar="PERSON")] = None,
    campaign: Annotated[str | None, typer.Option(help="Only of this campaign.", metavar="CAMPAIGN")] = None,
    output: FormatOption = "text",
) -> None:
    """Show every notice in the order of its time, and why: planned, sent, acknowledged by an act, dropped because it was over,
    told to the fallback recipient instead, or failed.

    With --format json times are UTC, else in the machine's zone; and each notice has its attempts there: time, channel, and
    what came of it (sent, failed, busy when the channel asked to wait, unknown, missing, unwritten, undeliverable, worn_out).

    Example: opsflow messages --person lin-yue --campaign double-eleven-2026
    """
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.engine.ledger import messages as listed

        found = listed(
            ctx,
            person=PersonKey(someone) if someone else None,
            campaign=CampaignKey(campaign) if campaign else None,
        )
    if output == "json":
        print(json.dumps([_json(each) for each in found], ensure_ascii=False, indent=2))
        return
    for line in _text(found):
        print(line)


def _text(found: Sequence[Listed]) -> Iterator[str]:
    if not found:
        yield "Nobody was told anything, and nothing waits to be told."
    for each in found:
        why = f"  ({each.reason})" if each.reason else ""
        line = (
            f"{_at(each).astimezone():%Y-%m-%d %H:%M}  {_status(each):<12} {each.person:<16} {each.campaign or '-'}  "
            f"{each.template}  {_about(each) or ''}{why}"
        )
        yield on_one_line(line).rstrip()


def _json(each: Listed) -> JsonMessage:
    return {
        "person": each.person,
        "campaign": each.campaign,
        "template": each.template,
        "about": _about(each),
        "status": _status(each),
        "urgent": each.urgent,
        "at": _utc(_at(each)),
        "channel": each.channel,
        "acknowledged_at": _utc(each.acknowledged_at) if each.acknowledged_at else None,
        "attempts": [
            {"at": _utc(one.at), "channel": one.channel, "outcome": one.outcome.value, "reason": one.reason}
            for one in each.attempts
        ],
        "reason": each.reason,
    }


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _status(each: Listed) -> str:
    if each.status is NoticeStatus.SENT and each.acknowledged_at is not None:
        return "acknowledged"
    return "planned" if each.status in PLANNED else each.status.value


def _at(each: Listed) -> datetime:
    return each.sent_at or each.not_before


def _about(each: Listed) -> str | None:
    value = next((each.data[name] for name in ABOUT if each.data.get(name)), None)
    return value["en"] if isinstance(value, dict) else value
