"""What the columns of an imported file mean: a row becomes a participant or a day's results, or is refused with its reason."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.kernel.zoned import resolve
from opsflow.participants import identity
from opsflow.participants.model import Given, ParticipantStatus, Result

ALIASES: Mapping[str, tuple[str, ...]] = {
    "account": ("账号", "用户id", "user", "user_id"),
    "name": ("姓名",),
    "email": ("邮箱", "e-mail"),
    "phone": ("手机", "手机号", "mobile", "telephone"),
    "paying": ("付费用户",),
    "device": ("设备", "device_id"),
    "payee": ("收款账户",),
    "network": ("网络", "ip"),
    "registered_at": ("报名时间", "注册时间"),
    "consent": ("同意联系",),
    "status": ("状态",),
}
"""The columns of participants, each with what else it may be called."""
RESULT_ALIASES: Mapping[str, tuple[str, ...]] = {
    "account": ALIASES["account"],
    "day": ("日期", "date"),
    "reached_at": ("达成时间",),
}
"""The columns of results that are no measure; every other column is one."""
CONTACT = ("account", "name", "email", "phone")
"""Personal data that are kept as they were written, apart from everything else."""
FIRST_STATUSES = (
    ParticipantStatus.RECEIVED,
    ParticipantStatus.APPROVED,
    ParticipantStatus.REFUSED,
    ParticipantStatus.JOINED,
)
MOST = 10**15
_YES = ("yes", "true", "1", "y", "是")
_NO = ("no", "false", "0", "n", "否", "")


def participant(row: Row, zone: ZoneInfo) -> Given:
    """A row of a file of participants. BadInput: why it is none."""
    values = _named(row, ALIASES)
    unknown = next((name for name in values if name not in ALIASES), None)
    if unknown is not None:
        raise BadInput(f"there is no column `{unknown[:40]}` here: {', '.join(ALIASES)}")
    return Given(
        line=row.line,
        account=identity.account(values.get("account", "")),
        email=_maybe(values, "email", identity.email),
        phone=_maybe(values, "phone", identity.phone),
        device=_maybe(values, "device", identity.other),
        payee=_maybe(values, "payee", identity.other),
        network=_maybe(values, "network", identity.other),
        paying=_yes(values["paying"], "paying") if "paying" in values else None,
        consent=_yes(values["consent"], "consent") if "consent" in values else None,
        registered_at=_instant(values["registered_at"], zone, "registered_at") if "registered_at" in values else None,
        status=_status(values["status"]) if "status" in values else None,
        contact={name: without_unsafe(values[name])[: identity.LONGEST] for name in CONTACT if name in values},
    )


def result(row: Row, zone: ZoneInfo, today: date) -> Result:
    """A row of results: an account, a day (else `today`), and a whole number for each measure. BadInput: why it is none."""
    values = _named(row, RESULT_ALIASES)
    measures = {measure_name(name): _count(text, name) for name, text in values.items() if name not in RESULT_ALIASES}
    if not measures:
        raise BadInput("there is no figure in it: every column but account, day and reached_at is a measure")
    reached = _instant(values["reached_at"], zone, "reached_at") if "reached_at" in values else None
    given = values.get("day")
    day = _day(given) if given else (reached.astimezone(zone).date() if reached else today)
    return Result(row.line, identity.account(values.get("account", "")), day, reached, measures)


def measure_name(text: str) -> str:
    """A column as a condition names it. BadInput: it is no such name."""
    found = text.strip().replace(" ", "_")
    if not (found.isascii() and found.isidentifier() and len(found) <= 30):
        raise BadInput(
            f"`{text[:40]}` is no name of a measure: a letter, then letters, digits and _, 30 at most, as `orders`"
        )
    return found


def _named(row: Row, aliases: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    if row.fault:
        raise BadInput(row.fault)
    names = {alias: name for name, others in aliases.items() for alias in (name, *others)}
    return {names.get(name, name): text for name, text in row.values.items()}


def _maybe(values: Mapping[str, str], name: str, form: Callable[[str], str]) -> str | None:
    text = values.get(name)
    return (form(text) or None) if text else None


def _yes(text: str, column: str) -> bool:
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise BadInput(f"`{column}` is yes or no, not {text[:20]!r}")


def _status(text: str) -> ParticipantStatus:
    try:
        found = ParticipantStatus(text.casefold())
    except ValueError:
        found = ParticipantStatus.ERASED
    if found not in FIRST_STATUSES:
        raise BadInput(f"`status` is one of {', '.join(FIRST_STATUSES)}, not {text[:20]!r}")
    return found


def _instant(text: str, zone: ZoneInfo, column: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
        return read.astimezone(UTC) if read.tzinfo else resolve(read, zone)
    except (ValueError, OverflowError):
        raise BadInput(f"`{column}` is a date and time such as 2026-10-20 09:30:00, not {text[:30]!r}") from None


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise BadInput(f"`day` is a date such as 2026-10-20, not {text[:30]!r}") from None


def _count(text: str, column: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= MOST):
        raise BadInput(f"`{column}` is a whole number from 0 to {MOST}, not {text[:30]!r}")
    return int(text)
