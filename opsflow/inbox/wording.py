"""What is said to somebody who presses: `sop_templates/inbox.yaml`, or the workspace's own."""

import re
from functools import lru_cache
from pathlib import Path

from opsflow.kernel.errors import BadInput, Conflict, NotFound, OpsflowError, PortFailed, Refused
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text, TextField
from opsflow.kernel.yamlfile import read

FILE = "inbox.yaml"
FAMILIES: tuple[tuple[type[OpsflowError], str], ...] = (
    (Refused, "family_refused"),
    (Conflict, "family_conflict"),
    (NotFound, "family_not_found"),
    (BadInput, "family_bad_input"),
    (PortFailed, "family_port_failed"),
)
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Wording(FileModel):
    """Texts by what they are about."""

    recorded: dict[str, TextField]
    refused: dict[str, TextField]
    form: dict[str, TextField]
    field: dict[str, TextField]
    preset: dict[str, TextField]
    command: dict[str, TextField]
    verb: dict[str, TextField]

    def error(self, error: OpsflowError, language: Language) -> str:
        """What an error is to somebody who pressed: its own text, else its family's, with the rule's words."""
        own = _WORD_START.sub("_", type(error).__name__).lower()
        family = next((name for kind, name in FAMILIES if isinstance(error, kind)), "broken")
        return self.refused.get(own, self.refused[family])[language].format(reason=error)


@lru_cache(maxsize=8)
def load_wording(folders: tuple[Path, ...]) -> Wording:
    """The texts of the first folder that has them; BadFile names every mistake in it."""
    for folder in folders:
        if (folder / FILE).is_file():
            return read(folder / FILE, Wording)
    raise NotFound(f"There is no {FILE} in {', '.join(map(str, folders))}; the shipped one is missing.")


def said(text: Text, language: Language, **facts: object) -> str:
    """A text in one language, with its facts."""
    return text[language].format(**facts)
