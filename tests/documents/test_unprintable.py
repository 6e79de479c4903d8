"""Names that would command a terminal or turn a line round are neutral in documents and messages (reliability.md C5)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from opsflow.documents.escaping import escaped
from opsflow.documents.render import render
from opsflow.kernel.characters import unsafe_character
from opsflow.outbox.texts import render as render_message
from opsflow.settings import SHIPPED
from tests.documents.dossiers import complete

HOSTILE = "Double\x1b[2J\x1b]0;owned\x07 11\u202e gnp.exe\r\nERROR forged line\u2028next\0"


def test_a_hostile_title_is_plain_in_every_line_of_a_document() -> None:
    dossier = complete("en")
    dossier["campaign"]["title"] = HOSTILE
    text = render((SHIPPED,), "brief", dossier)
    assert unsafe_character(text) is None
    assert not [line for line in text.splitlines() if line.startswith("ERROR")]


@pytest.mark.parametrize("value", [HOSTILE, {"en": HOSTILE, "zh": HOSTILE}])
def test_a_hostile_title_is_plain_in_a_message(value: object) -> None:
    values = {
        "campaign_title": value,
        "task": value,
        "code": "CO03",
        "due": "2026-08-20T10:00:00+00:00",
        "days_left": 1,
    }
    now = datetime(2026, 8, 17, tzinfo=UTC)
    words = render_message((SHIPPED,), "task_reminder", values, language="en", zone=ZoneInfo("UTC"), now=now)
    assert unsafe_character(words.title + words.body) is None
    assert "\n" not in words.title


def test_what_is_left_of_a_text_is_what_can_be_read() -> None:
    assert escaped("a\u202eb\x1bc") == "abc"
