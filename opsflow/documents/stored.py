"""A document as it is kept: one language, one revision."""

from dataclasses import dataclass
from datetime import datetime

from opsflow.kernel.terms import Language, Stage
from opsflow.kernel.text import Text


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One document in one language, in one revision."""

    id: str
    language: Language
    revision: int
    stage: Stage
    title: Text
    state: str
    body: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """One time a document was written."""

    number: int
    state: str
    written_at: datetime
