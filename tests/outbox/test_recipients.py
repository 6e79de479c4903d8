"""The organisation's people as recipients."""

from datetime import date, time
from zoneinfo import ZoneInfo

from opsflow.kernel.terms import PersonKey
from opsflow.org.model import Organisation
from opsflow.outbox.recipients import recipients

ORGANISATION = Organisation.model_validate(
    {
        "name": "Acme",
        "zone": "Asia/Shanghai",
        "language": "zh",
        "messages_per_day": 4,
        "days": [{"day": "2026-08-03", "works": False, "reason": "move of the office"}],
        "departments": {},
        "people": {
            "lin": {"name": {"en": "Lin Tao", "zh": "林涛"}, "department": "operations", "email": "lin@example.com"},
            "kim": {
                "name": "Kim", "department": "operations", "email": "kim@example.com", "slack": "U7",
                "language": "en", "zone": "America/New_York",
            },
            "zhao": {"name": "Zhao Min", "department": "operations"},
        },
    }
)  # fmt: skip


def test_who_has_no_zone_or_language_has_the_organisations() -> None:
    found = recipients(ORGANISATION)
    lin, kim = found[PersonKey("lin")], found[PersonKey("kim")]
    assert (lin.zone, lin.language, lin.messages_per_day) == (ZoneInfo("Asia/Shanghai"), "zh", 4)
    assert (kim.zone, kim.language) == (ZoneInfo("America/New_York"), "en")


def test_the_address_is_the_chat_id_then_the_mail_then_the_key() -> None:
    assert {key: person.address for key, person in recipients(ORGANISATION).items()} == {
        "lin": "lin@example.com",
        "kim": "U7",
        "zhao": "zhao",
    }


def test_house_days_off_count_and_lunch_is_no_night() -> None:
    lin = recipients(ORGANISATION)[PersonKey("lin")]
    assert not lin.calendar.is_working_day(date(2026, 8, 3))
    assert lin.day == (time(9), time(18))
