"""Recipients and notices for tests."""

from datetime import time
from zoneinfo import ZoneInfo

from opsflow.kernel.terms import CampaignKey, Language, PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.model import Notice, Recipient
from opsflow.workdays.service import calendar_for

LIN, WANG, ZHAO = PersonKey("lin"), PersonKey("wang"), PersonKey("zhao")
ELEVEN = CampaignKey("double-eleven")


def recipient(
    person: PersonKey, *, zone: str = "Asia/Shanghai", language: Language = "en", messages_per_day: int = 10
) -> Recipient:
    return Recipient(
        person=person, name=Text.both(person.title()), language=language, zone=ZoneInfo(zone),
        address=f"{person}@example.com", calendar=calendar_for("CN"),
        spans=((time(9), time(12)), (time(13), time(18))), messages_per_day=messages_per_day,
    )  # fmt: skip


EVERYBODY = {person: recipient(person) for person in (LIN, WANG, ZHAO)}


def notice(
    key: str, person: PersonKey = LIN, *, urgent: bool = False, matter: str | None = None, title: str = "Double 11"
) -> Notice:
    return Notice(
        key=key, person=person, template="campaign_stopped", data={"campaign_title": title, "reason": key},
        urgent=urgent, campaign=ELEVEN, matter=matter,
    )  # fmt: skip
