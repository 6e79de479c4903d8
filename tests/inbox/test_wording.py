"""What is answered exists in both languages, for every button, form and error."""

from string import Formatter

import pytest

from opsflow.approvals.model import AlreadyDecided, AlreadyVoted, NoSeat, OwnWork, ReasonMissing
from opsflow.campaigns.permissions import NotAllowed
from opsflow.inbox.acts import ACTS
from opsflow.inbox.forms import FIELDS, form
from opsflow.inbox.payloads import Form
from opsflow.inbox.wording import Wording, load_wording
from opsflow.kernel.errors import BadInput, Conflict, NotFound, OpsflowError, PortFailed, Refused
from opsflow.kernel.terms import LANGUAGES, Language
from opsflow.settings import SHIPPED
from tests.slack.limits import view_faults

WORDING = load_wording((SHIPPED,))
FULL_WIDTH = {",": "，", ";": "；", "?": "？", "!": "！"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_button_has_an_answer_and_every_form_its_texts() -> None:
    assert set(WORDING.recorded) == set(ACTS)
    assert set(FIELDS) <= set(ACTS)
    assert set(FIELDS) <= set(WORDING.form)


@pytest.mark.parametrize("group", Wording.model_fields)
def test_both_languages_ask_for_the_same_facts(group: str) -> None:
    for name, text in getattr(WORDING, group).items():
        more = {"reason"} if group == "refused" else set()
        assert fields(text.zh) - more == fields(text.en) - more, name


@pytest.mark.parametrize("group", Wording.model_fields)
def test_chinese_is_punctuated_as_chinese(group: str) -> None:
    for name, text in getattr(WORDING, group).items():
        assert [mark for mark in FULL_WIDTH if mark in text.zh] == [], name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIELDS)
def test_slack_takes_every_form(name: str, language: Language) -> None:
    carried = Form(token="t" * 64, language=language, channel="D0")
    assert view_faults(form(WORDING, name, carried, language)) == []


@pytest.mark.parametrize("kind", [OwnWork, NoSeat, AlreadyVoted, AlreadyDecided, ReasonMissing, NotAllowed])
def test_the_errors_that_people_meet_have_a_text_of_their_own(kind: type[OpsflowError]) -> None:
    error = kind.__new__(kind)
    assert "（" not in WORDING.error(error, "zh")


@pytest.mark.parametrize("family", [Refused, Conflict, NotFound, BadInput, PortFailed])
def test_any_other_error_has_its_familys_with_the_rules_words(family: type[OpsflowError]) -> None:
    class Odd(family):  # type: ignore[misc, valid-type]
        """An error of tomorrow."""

    for language in LANGUAGES:
        assert "because {x}" in WORDING.error(Odd("because {x}"), language)


def test_texts_of_a_workspace_that_are_older_than_a_field_do_without_it() -> None:
    older = WORDING.model_copy(update={"field": {name: text for name, text in WORDING.field.items() if name != "sop"}})
    blocks = form(older, "need_help", Form(token="t" * 64, language="en", channel="D0"), "en")["blocks"]
    assert [block["block_id"] for block in blocks] == ["text"]
