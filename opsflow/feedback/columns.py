"""What columns of files that feedback reads have in common: who it is, when it was, yes or no. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.kernel.zoned import resolve

WHO: Mapping[str, tuple[str, ...]] = {
    "participant": ("参与者",),
    "account": ("账号", "用户id", "user", "user_id"),
    "email": ("邮箱", "e-mail"),
    "phone": ("手机", "手机号", "mobile", "telephone"),
}
"""How a row names somebody who takes part; the first that is there counts."""
_YES, _NO = ("yes", "true", "1", "y", "是"), ("no", "false", "0", "n", "否")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def named(row: Row, aliases: Mapping[str, tuple[str, ...]], ignored: Sequence[str] = ()) -> dict[str, str]:
    """The values of a row by the columns' own names. BadInput: it could not be read, or has a column that nobody knows."""
    if row.fault:
        raise BadInput(row.fault)
    names = {plain_name(alias): name for name, others in aliases.items() for alias in (name, *others)}
    found: dict[str, str] = {}
    for given, text in row.values.items():
        if given in ignored:
            continue
        name = names.get(given) or names.get(plain_name(given))
        if name is None:
            raise BadInput(f"there is no column `{given[:40]}` here: {', '.join(aliases)}")
        if name in found:
            raise BadInput(f"`{name}` stands twice in it, once as `{given[:40]}`")
        found[name] = text
    return found


@lru_cache(maxsize=4_096)
def plain_name(text: str) -> str:
    """A name in one form: case, spaces and full width make no other."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def instant(text: str, zone: ZoneInfo, column: str) -> datetime:
    """A date and time, in UTC, to the second; without an offset on the zone's clocks. BadInput: it is none."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = datetime.min.replace(tzinfo=UTC)
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR or len(text) < len("2026-10-20T09"):
        raise BadInput(
            f"`{column}` is a date and time such as 2026-10-20 09:30 or 2026-10-20T09:30+08:00, not {text[:30]!r}"
        )
    return (read.astimezone(UTC) if read.tzinfo else resolve(read, zone)).replace(microsecond=0)


def yes(text: str, column: str) -> bool:
    """Yes or no. BadInput: neither."""
    if text.casefold() not in (*_YES, *_NO):
        raise BadInput(f"`{column}` is yes or no, not {text[:20]!r}")
    return text.casefold() in _YES
