"""The campaigns that stand beside a new one, whose keys are taken."""

from pathlib import Path

from opsflow.kernel.errors import Refused
from opsflow.kernel.yamlfile import BadFile, parse


class KeyTaken(Refused):
    """Two campaigns of one folder cannot have one key."""

    def __init__(self, key: str, free: str) -> None:
        super().__init__(
            f"The key {key} is taken by another campaign of this folder. Take another one, such as {free}."
        )


def taken_keys(*folders: Path) -> frozenset[str]:
    """The keys of all campaign files in these folders; files that cannot be read have none."""
    found = set()
    for path in {path for folder in folders if folder.is_dir() for path in folder.glob("*.yaml")}:
        try:
            content = parse(path).content
        except BadFile:
            continue
        key = content.get("key") if isinstance(content, dict) else None
        if isinstance(key, str):
            found.add(key)
    return frozenset(found)
