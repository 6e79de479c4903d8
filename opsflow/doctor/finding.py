"""What the doctor finds: one line each, with its cure."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing stands still because of it."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    state: State
    text: str
    cure: str = ""


def ok(check: str, text: str) -> Finding:
    return Finding(check, State.OK, text)


def note(check: str, text: str, cure: str = "") -> Finding:
    return Finding(check, State.NOTE, text, cure)


def wrong(check: str, text: str, cure: str) -> Finding:
    return Finding(check, State.WRONG, text, cure)
