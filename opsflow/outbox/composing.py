"""A message as the channel port takes it: the words of its lines, and the buttons of their cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from opsflow.kernel.terms import Language
from opsflow.outbox.buttons import Actions
from opsflow.outbox.model import ABOUT, Recipient, Route
from opsflow.outbox.texts import Line, Words, digest
from opsflow.ports import Action, Message

MOST_ABOUT = 40
"""Characters of a button's label before what it does."""


@dataclass(frozen=True, slots=True)
class Written:
    """One line of a message, in words."""

    line: Line
    words: Words
    token: str | None
    """Of its card, while that may be pressed."""


def composed(
    folders: tuple[Path, ...],
    actions: Actions,
    lines: Sequence[Written],
    recipient: Recipient,
    *,
    route: Route,
    key: str,
    now: datetime,
) -> Message:
    """One line has its own title and all of its buttons; several are a digest, and each has its first button."""
    pairs = [(one.line, one.words) for one in lines]
    words = lines[0].words if len(lines) == 1 else digest(folders, pairs, recipient, now=now)
    return Message(
        person=recipient.person,
        address=route.address,
        key=key,
        title=words.title,
        body=words.body,
        urgent=any(one.line.urgent for one in lines),
        actions=_buttons(actions, lines, recipient.language),
    )


def _buttons(actions: Actions, lines: Sequence[Written], language: Language) -> tuple[Action, ...]:
    found: list[Action] = []
    for one in lines:
        spec = actions.card(one.line.template, one.line.data)
        if one.token is None or spec is None:
            continue
        for action in spec.actions if len(lines) == 1 else spec.actions[:1]:
            text = actions.label(action, language)
            if len(lines) > 1:
                text = f"{about(one.line, language)}: {text}"
            found.append(Action(action, text, one.token, actions.labels[action].style))
    return tuple(found)


def about(line: Line, language: Language) -> str:
    """What tells the buttons or links of one message apart."""
    value = next((line.data[name] for name in ABOUT if line.data.get(name)), line.template)
    text = str(value[language] if isinstance(value, Mapping) else value)
    return text if len(text) <= MOST_ABOUT else f"{text[: MOST_ABOUT - 1]}…"
