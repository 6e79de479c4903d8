"""Which message is a card, with which buttons, and which can wait: read from `messages/actions.yaml`."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from opsflow.kernel.errors import NotFound
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import Language
from opsflow.kernel.text import TextField
from opsflow.kernel.yamlfile import BadFile, Source, parse
from opsflow.outbox.model import CardKind, Waiting

FILE = Path("messages", "actions.yaml")


class Label(FileModel):
    """What stands on a button."""

    text: TextField
    style: Literal["default", "primary", "danger"] = "default"


class CardSpec(FileModel):
    """A message that is the card of its matter."""

    kind: CardKind
    actions: tuple[str, ...] = ()
    """In their order; in a message about several matters each has the first."""
    when: str | None = None
    """A fact of the notice without which the message has no buttons."""


class Actions(FileModel):
    """The whole file."""

    labels: dict[str, Label]
    cards: dict[str, CardSpec]
    """By template."""
    digest: tuple[str, ...] = ()
    """Templates that wait for the digest of the day."""

    def card(self, template: str, facts: Mapping[str, Any]) -> CardSpec | None:
        """What kind of card a notice makes; None: it makes none."""
        spec = self.cards.get(template)
        return None if spec is None or (spec.when and not facts.get(spec.when)) else spec

    def carded(self, notices: Sequence[Waiting]) -> dict[CardKind, list[Waiting]]:
        """Those of several notices that make a card, by its kind."""
        found: dict[CardKind, list[Waiting]] = {}
        for notice in notices:
            spec = self.card(notice.template, notice.data)
            if spec is not None and notice.matter is not None:
                found.setdefault(spec.kind, []).append(notice)
        return found

    def label(self, action: str, language: Language) -> str:
        """What stands on a button."""
        return self.labels[action].text[language]


@lru_cache(maxsize=8)
def load_actions(folders: tuple[Path, ...]) -> Actions:
    """The file of the first folder that has one; BadFile names every mistake in it."""
    for folder in folders:
        if (folder / FILE).is_file():
            source = parse(folder / FILE)
            actions = source.typed(Actions)
            _check(source, actions)
            return actions
    raise NotFound(f"There is no {FILE} in {', '.join(map(str, folders))}; the shipped one is missing.")


def _check(source: Source, actions: Actions) -> None:
    wrong = [
        source.problem(("cards", name, "actions", place), f"the button `{action}` has no label", "Add it to `labels`.")
        for name, spec in actions.cards.items()
        for place, action in enumerate(spec.actions)
        if action not in actions.labels
    ]
    if wrong:
        raise BadFile(wrong)
