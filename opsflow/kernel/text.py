"""Text that exists in English and Chinese at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from opsflow.kernel.terms import Language


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages; a text given in one language stands for both."""

    en: str
    zh: str

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    @classmethod
    def both(cls, text: str) -> "Text":
        """A text that reads the same in either language (a name, a key, a person's own words)."""
        return cls(text, text)


def _read(value: Any) -> Any:
    if isinstance(value, Text):
        return value
    if isinstance(value, str) and value.strip():
        return Text.both(_on_one_line(value))
    if isinstance(value, Mapping) and value and set(value) <= {"en", "zh"}:
        parts = {key: _on_one_line(part) for key, part in value.items() if isinstance(part, str) and part.strip()}
        if len(parts) == len(value):
            return Text(en=parts.get("en") or parts["zh"], zh=parts.get("zh") or parts["en"])
    raise ValueError("expected a text, or a mapping with en and zh")


def _on_one_line(text: str) -> str:
    """Whatever lines it was written on: a title with a line break would be two lines of a log."""
    return " ".join(text.split())


TextField = Annotated[
    Text,
    BeforeValidator(_read),
    PlainSerializer(lambda text: {"en": text.en, "zh": text.zh}, return_type=dict),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {"en": {"type": "string"}, "zh": {"type": "string"}},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]
"""A `Text` field of a file: a plain string, or a mapping with `en` and `zh`."""
