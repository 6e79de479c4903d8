"""`opsflow messages`: who was told what, who will be, and what could not be told."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypedDict

import typer

from opsflow.cli.acting import FormatOption, acting_context
from opsflow.kernel.characters import on_one_line
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.outbox.model import Listed, NoticeStatus

PLANNED = (NoticeStatus.PENDING, NoticeStatus.SENDING)
ABOUT = ("code", "task", "subject", "meeting", "stage", "question")
"""Which fact of a notice says what it is about, the first it has."""


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
    attempts: int
    reason: str | None


def messages(
    someone: Annotated[str | None, typer.Option("--person", help="Only of this person.", metavar="PERSON")] = None,
    campaign: Annotated[str | None, typer.Option(help="Only of this campaign.", metavar="CAMPAIGN")] = None,
    output: FormatOption = "text",
) -> None:
    """Show every notice in the order of its time: sent, planned, dropped because it was over, or failed, and why.

    Times are UTC with --format json, else the machine's zone.

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
        status = "planned" if each.status in PLANNED else each.status.value
        line = (
            f"{_at(each).astimezone():%Y-%m-%d %H:%M}  {status:<8} {each.person:<16} {each.campaign or '-'}  "
            f"{each.template}  {_about(each) or ''}{why}"
        )
        yield on_one_line(line).rstrip()


def _json(each: Listed) -> JsonMessage:
    return {
        "person": each.person,
        "campaign": each.campaign,
        "template": each.template,
        "about": _about(each),
        "status": "planned" if each.status in PLANNED else each.status.value,
        "urgent": each.urgent,
        "at": _at(each).astimezone(UTC).isoformat(),
        "channel": each.channel,
        "attempts": each.attempts,
        "reason": each.reason,
    }


def _at(each: Listed) -> datetime:
    return each.sent_at or each.not_before


def _about(each: Listed) -> str | None:
    value = next((each.data[name] for name in ABOUT if each.data.get(name)), None)
    return value["en"] if isinstance(value, dict) else value
