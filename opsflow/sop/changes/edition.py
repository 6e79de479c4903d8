"""The file of the next version: what was edited, with its number and an entry in its changelog. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.text import Text

_VERSION = re.compile(r'^([ \t]*"?version"?:[ \t]*)(\d+)', re.MULTILINE)
CHANGELOG = "# Changelog"


class Entry(NamedTuple):
    """One entry of a changelog: who changed what, when, why, and on what evidence."""

    version: int
    day: date
    proposal: int
    proposed_by: str
    accepted_by: Sequence[str]
    reason: Text
    evidence: Sequence[Text]
    changes: Sequence[Text]


def numbered(text: str, version: int) -> str:
    """An edited file with the number of the version it is to be."""
    return _VERSION.sub(rf"\g<1>{version}", text, count=1)


def renumbered(text: str, base: int) -> str:
    """The same for whoever copied a version and left its number, which is not theirs to give; else the text as it is."""
    found = _VERSION.search(text)
    return numbered(text, base + 1) if found and int(found[2]) == base else text


def edition(text: str, entry: Entry) -> str:
    """The file of a version, the newest entry of its changelog first. The entries are comments: people and git read them."""
    head, *lines = _written(entry)
    body = numbered(text, entry.version)
    rest = body.removeprefix(f"{CHANGELOG}\n") if body.startswith(f"{CHANGELOG}\n") else f"#\n{body}"
    return "".join(f"{line}\n" for line in (CHANGELOG, head, *lines)) + rest


def _written(entry: Entry) -> list[str]:
    people = " and ".join(entry.accepted_by)
    head = f"Version {entry.version}, {entry.day.isoformat()}: proposal {entry.proposal} by {entry.proposed_by}, accepted by {people}."
    lines = [head, f"  Why: {entry.reason.en}"]
    lines += [f"  Evidence: {each.en}" for each in entry.evidence]
    lines += [f"  - {each.en}" for each in entry.changes]
    # What people wrote stays within its comment, whatever they wrote.
    return [f"# {' '.join(without_unsafe(line).splitlines())}".rstrip() for line in lines]
