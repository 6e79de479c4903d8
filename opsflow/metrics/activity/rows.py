"""What the columns of a file of activity mean. Pure."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.kernel.zoned import local_date
from opsflow.metrics.rows import moment, named

ALIASES: Mapping[str, tuple[str, ...]] = {
    "participant": ("account", "账号", "用户id", "user", "user_id", "id"),
    "day": ("日期", "date"),
    "at": ("时间", "time"),
}
LONGEST = 200


def activity(row: Row, zone: ZoneInfo, now: datetime) -> tuple[str, date]:
    """Who did something, in the one form of an account, and on which day. BadInput: why the row does not say. Columns that say more are passed over."""
    values = named(row, ALIASES)
    who = form(values.get("participant", ""))
    if not who or len(who) > LONGEST:
        raise BadInput(f"`participant` is an id of 1 to {LONGEST} characters")
    day, at = moment(values, zone)
    if (at is not None and at > now) or day > local_date(now, zone):
        raise BadInput(f"`{values.get('at') or values['day']}` lies ahead: nobody has done anything then")
    return who, day


def form(text: str) -> str:
    """An account in its one form, which is that of participants: case, width and invisible characters count for nothing."""
    if text.isascii() and text.isprintable():
        return "".join(text.casefold().split())
    plain = unicodedata.normalize("NFKC", without_unsafe(unicodedata.normalize("NFKC", text)))
    return "".join(plain.casefold().split())


def digest(salt: str, who: str) -> str:
    """What stands for an account: the digest that participants are known by, so that erasing one finds this too."""
    return blake2b(f"account\0{who}".encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()
