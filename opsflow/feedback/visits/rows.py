"""What the columns of a file of visits mean: a row becomes somebody to be called, or what came of it. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from opsflow.campaigns.surveyfile import LONGEST_WORDS
from opsflow.feedback.columns import WHO, instant, named, yes
from opsflow.feedback.visits.model import Tried, VisitChannel, VisitLine, VisitOutcome, check_offer
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row

ALIASES: Mapping[str, tuple[str, ...]] = {
    **WHO,
    "agent": ("客服",),
    "at": ("时间", "time"),
    "channel": ("方式",),
    "outcome": ("结果",),
    "offer": ("优惠意向",),
    "note": ("备注", "words"),
}
"""The columns, each with what else it may be called."""
IGNORED = ("name", "tries", "last_outcome")
"""Columns of the list for whoever calls, which say nothing new when it comes back."""
_CHANNELS = {
    "在线聊天": VisitChannel.CHAT,
    "电话": VisitChannel.TELEPHONE,
    "邮件": VisitChannel.EMAIL,
    "email": VisitChannel.EMAIL,
}
_OUTCOMES = {
    "已接通": VisitOutcome.REACHED,
    "无人接听": VisitOutcome.NO_ANSWER,
    "拒绝": VisitOutcome.REFUSED,
    "联系方式错误": VisitOutcome.WRONG_CONTACT,
    "不再联系": VisitOutcome.WITHDRAWN,
}
T = TypeVar("T", VisitChannel, VisitOutcome)


def visit(row: Row, zone: ZoneInfo, now: datetime) -> VisitLine:
    """A row of visits. BadInput: why it is none."""
    values = named(row, ALIASES, IGNORED)
    who = {name: values[name] for name in WHO if name in values}
    if not who:
        raise BadInput(f"it names nobody: {', '.join(WHO)}")
    note = values.get("note", "")
    if len(note) > LONGEST_WORDS:
        raise BadInput(f"`note` has {len(note)} characters, {LONGEST_WORDS} at most")
    tried = _tried(values, zone, now) if "outcome" in values else None
    if tried is None and {"at", "channel", "offer", "note"} & set(values):
        raise BadInput(f"`outcome` is empty: {', '.join(VisitOutcome)}")
    offer = yes(values.get("offer", "no"), "offer")
    if tried is not None:
        check_offer(tried.outcome, offer=offer)
    return VisitLine(row.line, who, values.get("agent"), tried, offer, note)


def _tried(values: Mapping[str, str], zone: ZoneInfo, now: datetime) -> Tried:
    outcome = one_of(VisitOutcome, values["outcome"], "outcome", _OUTCOMES)
    if "at" not in values:
        raise BadInput("`at` is empty: when was it? Without it the same row twice would be two attempts")
    at = instant(values["at"], zone, "at")
    if at > now.astimezone(UTC):
        raise BadInput(f"`at` lies ahead: {values['at']}")
    return Tried(at, one_of(VisitChannel, values.get("channel", ""), "channel", _CHANNELS), outcome)


def one_of(kind: type[T], text: str, column: str, others: Mapping[str, T]) -> T:
    """A value of several, by its name or what else it is called. BadInput: it is none of them."""
    found = others.get(text.casefold()) or next((each for each in kind if each.value == text.casefold()), None)
    if found is None:
        raise BadInput(f"`{column}` is one of {', '.join(kind)}, not {text[:30]!r}")
    return found
