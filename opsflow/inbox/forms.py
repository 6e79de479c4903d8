"""Modals. They are built from the payload alone: the trigger that opens one lives three seconds."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from slack_sdk.models.blocks import (
    Block,
    DatePickerElement,
    InputBlock,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
    UserSelectElement,
)
from slack_sdk.models.views import View

from opsflow.adapters.slack.blocks import MOST_SECTION, PREFIX, cut
from opsflow.inbox.payloads import Form
from opsflow.inbox.wording import Wording, said
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text

MOST_TITLE = 24
MOST_LABEL = 2000
MOST_INPUT = 3000
MOST_OPTION = 75
ELEMENT = "value"
"""The only element of each field."""
COMMENT = "comment"
POINTS = "points:"
"""What the field of a module's points begins with; then comes the module."""


class Field(NamedTuple):
    """One line to be filled in."""

    name: str
    label: str
    """What it is called in `inbox.yaml`."""
    needed: bool = False


NOTE = Field("note", "note")
FIELDS: Mapping[str, Sequence[Field]] = {
    "done": (Field("evidence", "evidence"), NOTE),
    "need_help": (Field("text", "text", needed=True), Field("sop", "sop")),
    "snooze": (Field("until", "until"), Field("day", "day")),
    "reassign": (Field("person", "person", needed=True), NOTE),
    "reject": (Field("reason", "reason", needed=True),),
    "hold": (Field("reason", "hold_reason", needed=True),),
    "score": (Field(COMMENT, COMMENT),),
}
"""The actions that ask something first, and what. Scores have a field for each module before these."""


def form(wording: Wording, name: str, carried: Form, language: Language) -> dict[str, Any]:
    """The form of an action; that of scores is empty until the modules are known."""
    if name == "score":
        return notice(wording, name, wording.form["loading"][language], language)
    # A workspace's own texts may be older than a field that need not be filled in: then it is not asked.
    asked = [field for field in FIELDS[name] if field.needed or field.label in wording.field]
    blocks = [_field(wording, field, language) for field in asked]
    return _modal(wording, name, blocks, language, carried=carried)


def score_form(wording: Wording, carried: Form, language: Language, modules: Mapping[str, Text]) -> dict[str, Any]:
    """One field of points per module, and a remark."""
    blocks: list[Block] = []
    for module, title in modules.items():
        points = NumberInputElement(action_id=ELEMENT, is_decimal_allowed=False, min_value="0", max_value="10")
        label = said(wording.field["points"], language, title=title[language])
        blocks.append(_input(f"{POINTS}{module}", label, points, needed=True))
    blocks += [_field(wording, field, language) for field in FIELDS["score"]]
    return _modal(wording, "score", blocks, language, carried=carried)


def notice(wording: Wording, name: str, text: str, language: Language) -> dict[str, Any]:
    """A form that only says something."""
    return _modal(wording, name, [SectionBlock(text=_plain(text, MOST_SECTION))], language)


def _modal(
    wording: Wording, name: str, blocks: Sequence[Block], language: Language, *, carried: Form | None = None
) -> dict[str, Any]:
    asks = carried is not None
    view = View(
        type="modal",
        callback_id=f"{PREFIX}{name}",
        title=_plain(wording.form[name][language], MOST_TITLE),
        submit=_plain(wording.form["submit"][language], MOST_TITLE) if asks else None,
        close=_plain(wording.form["cancel" if asks else "close"][language], MOST_TITLE),
        private_metadata=json.dumps(carried.model_dump()) if carried is not None else "",
        blocks=list(blocks),
    )
    return dict(view.to_dict())


def _field(wording: Wording, field: Field, language: Language) -> InputBlock:
    label = wording.field[field.label][language]
    return _input(field.name, label, _element(wording, field.name, language), needed=field.needed)


def _element(wording: Wording, name: str, language: Language) -> Any:
    match name:
        case "until":
            options = [
                Option(text=_plain(text[language], MOST_OPTION), value=preset)
                for preset, text in wording.preset.items()
            ]
            return StaticSelectElement(action_id=ELEMENT, options=options)
        case "day":
            return DatePickerElement(action_id=ELEMENT)
        case "person":
            return UserSelectElement(action_id=ELEMENT)
        case _:
            return PlainTextInputElement(action_id=ELEMENT, multiline=name != "evidence", max_length=MOST_INPUT)


def _input(name: str, label: str, element: Any, *, needed: bool) -> InputBlock:
    return InputBlock(block_id=name, label=_plain(label, MOST_LABEL), element=element, optional=not needed)


def _plain(text: str, most: int) -> PlainTextObject:
    return PlainTextObject(text=cut(text, most), emoji=False)
