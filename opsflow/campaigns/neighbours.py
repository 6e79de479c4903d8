"""The campaign files of a folder: what a calendar would change, and whose keys a new campaign cannot have."""

import re
from pathlib import Path

from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.yamlfile import BadFile, parse

SUFFIXES = frozenset({".yaml", ".yml"})


class KeyTaken(Refused):
    """Two campaigns of one folder cannot have one key."""

    def __init__(self, key: str, free: str) -> None:
        super().__init__(
            f"The key {key} is taken by another campaign of this folder. Take another one, such as {free}."
        )


class NoKey(BadInput):
    """What a campaign cannot be called."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key!r} is no key. 3 to 40 lower-case letters, digits or hyphens are needed here.")


def check_key(key: str) -> None:
    """NoKey: no campaign file may have it."""
    if re.fullmatch(r"[a-z0-9-]{3,40}", key) is None:
        raise NoKey(key)


def campaign_files(folder: Path) -> list[Path]:
    """The YAML files of a folder by their names; none where there is no such folder. BadInput: it cannot be listed.

    `Path.glob` would take a folder that may not be read for an empty one.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadInput(
            f"The campaigns in {folder} cannot be listed: {error.strerror or error}. "
            "Give yourself the right to read this folder, then try again."
        ) from error


def refuse_other_names(path: Path) -> None:
    """BadInput: `campaign_files`, and so every command that looks at a folder, would not find a campaign of this name."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(
            f"{path} is no folder, and no name of a campaign file: end it with .yaml, or make the folder first."
        )


def taken_keys(*folders: Path) -> frozenset[str]:
    """The keys of all campaign files in these folders; files that cannot be read have none. BadInput: one cannot be listed."""
    found = set()
    for path in {path for folder in folders for path in campaign_files(folder)}:
        try:
            content = parse(path).content
        except BadFile:
            continue
        key = content.get("key") if isinstance(content, dict) else None
        if isinstance(key, str):
            found.add(key)
    return frozenset(found)
