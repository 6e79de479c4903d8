"""What Slack sends, read once: a press of a button, a form that was sent, or a command."""

import json
import re
from hashlib import sha256
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from opsflow.adapters.slack.blocks import PREFIX
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Language

_CHINESE = re.compile("[\u4e00-\u9fff]")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


Part = TypeVar("Part", bound=_Part)


class Named(_Part):
    """Anything with an id."""

    id: str = Field(min_length=1)


class Words(_Part):
    """A text object."""

    text: str = ""


class Stamp(_Part):
    """A message, by its time."""

    ts: str = ""


class Pressed(_Part):
    """One button."""

    action_id: str
    action_ts: str
    value: str = ""
    text: Words = Words()

    @property
    def name(self) -> str:
        """Which of our actions it is."""
        return self.action_id.removeprefix(PREFIX).partition(":")[0]


class Form(_Part):
    """What a form carries from the card to its submission."""

    token: str
    language: Language = "en"
    channel: str = ""
    """Where the card is."""


class Press(_Part):
    """A press of a button on a card."""

    user: Named
    actions: tuple[Pressed, ...] = Field(min_length=1)
    channel: Named | None = None
    message: Stamp | None = None
    trigger_id: str = ""
    response_url: str = ""

    @property
    def button(self) -> Pressed:
        return self.actions[0]

    @property
    def form(self) -> Form:
        """What a form that this press opens carries; it speaks as the button does."""
        language: Language = "zh" if _CHINESE.search(self.button.text.text) else "en"
        return Form(token=self.button.value, language=language, channel=self.channel.id if self.channel else "")

    @property
    def identity(self) -> str:
        """The same for every delivery of one press (reliability.md, d2)."""
        ts = self.message.ts if self.message else ""
        return _identity("press", self.user.id, self.button.action_ts, ts, self.button.action_id)


class State(_Part):
    """What was filled in: block -> element -> value."""

    values: dict[str, dict[str, dict[str, Any]]] = {}


class View(_Part):
    """A modal."""

    type: Literal["modal"]
    id: str
    callback_id: str = ""
    private_metadata: str = ""
    state: State = State()


class Submission(_Part):
    """A form that was sent."""

    user: Named
    view: View
    trigger_id: str = Field(min_length=1)

    @property
    def name(self) -> str:
        """Which of our actions it is for."""
        return self.view.callback_id.removeprefix(PREFIX)

    @property
    def form(self) -> Form:
        """What the form carries. BadInput: it is no form of ours."""
        return parsed(Form, _object(self.view.private_metadata))

    @property
    def given(self) -> dict[str, str]:
        """Field -> what was filled in; what was left empty is not there."""
        found = {name: _given(element) for name, block in self.view.state.values.items() for element in block.values()}
        return {name: value for name, value in found.items() if value}

    @property
    def identity(self) -> str:
        """The same for every delivery of one submission; when somebody sends the form again, it is another one."""
        return _identity("form", self.user.id, self.view.id, self.trigger_id)


class Command(_Part):
    """`/opsflow`, with what was typed behind it."""

    user_id: str = Field(min_length=1)
    text: str = ""
    response_url: str = ""


def parsed(kind: type[Part], body: object) -> Part:
    """A payload of that kind. BadInput: it is not one."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise BadInput(
            f"Slack sent what is no {kind.__name__.lower()}: {error.error_count()} fields are wrong."
        ) from error


def check(content: object) -> None:
    """Whether it is something that comes from Slack to us: Bolt falls over what is not. BadInput: it is not."""
    match content:
        case {"type": "block_actions"}:
            parsed(Press, content)
        case {"type": "view_submission"}:
            _ = parsed(Submission, content).form
        case {"command": str()}:
            parsed(Command, content)
        case _:
            raise BadInput("That is neither a press of a button, nor a form that was sent, nor a command.")


def _object(text: str) -> object:
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        raise BadInput("A form came back with what it never carried.") from error


def _given(element: dict[str, Any]) -> str:
    option = element.get("selected_option") or {}
    found = element.get("value") or option.get("value") or element.get("selected_date") or element.get("selected_user")
    return str(found or "").strip()


def _identity(*parts: str) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()
