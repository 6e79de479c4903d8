"""Finds an SOP by name and version in the template folders, and reads it once."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from opsflow.kernel.errors import NotFound, listed
from opsflow.kernel.expectations import Finding
from opsflow.kernel.yamlfile import BadFile, parse
from opsflow.sop.lint import lint
from opsflow.sop.model import Sop

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_VERSION_FILE = re.compile(r"v([1-9]\d{0,5})\.yaml")


class SopNotFound(NotFound):
    """No template folder has that SOP, or not in that version."""

    def __init__(self, name: str, version: int | None, existing: Sequence[str]) -> None:
        wanted = name if version is None else f"{name} v{version}"
        there_is = f"There is {listed(existing)}." if existing else "There is none at all."
        super().__init__(
            f"No SOP {wanted}. {there_is} An SOP of your own is a file "
            f"sop_templates/sop/{name}/v{version or 1}.yaml in the workspace."
        )


def load_sop(folders: Sequence[Path], name: str, version: int | None = None) -> Sop:
    """An SOP by name: of the first folder that has it, its latest version unless one is asked for.

    A version that is asked for may also come from a later folder: a run keeps the version it started with, whatever
    the workspace has added since.
    """
    if _NAME.fullmatch(name):
        for folder in folders:
            versions = _versions(folder / "sop" / name)
            chosen = version or max(versions, default=None)
            if chosen in versions:
                return read_sop(versions[chosen])
    raise SopNotFound(name, version, _existing(folders))


def sop_file(folders: Sequence[Path], name: str, version: int) -> Path:
    """The file of one version, as `load_sop` finds it. SopNotFound: there is none."""
    if _NAME.fullmatch(name):
        for folder in folders:
            found = _versions(folder / "sop" / name).get(version)
            if found is not None:
                return found
    raise SopNotFound(name, version, _existing(folders))


def next_version(folders: Sequence[Path], name: str) -> int:
    """A number that no folder has given to a version of that SOP."""
    return max((max(_versions(folder / "sop" / name), default=0) for folder in folders), default=0) + 1


def read_sop(path: Path) -> Sop:
    """An SOP file that has been checked; BadFile names every mistake in it. Read once as long as it does not change."""
    try:
        stat = path.stat()
    except OSError:
        return _read(path, 0, 0)  # answered with the reason, like any other bad file
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=32)
def _read(path: Path, modified: int, size: int) -> Sop:  # noqa: ARG001 - the last two tell one state of the file from another
    source = parse(path)
    sop = source.typed(Sop)
    findings = [*lint(sop), *_misplaced(path, sop)]
    if findings:
        raise BadFile(source.problems(findings))
    return sop


def _misplaced(path: Path, sop: Sop) -> list[Finding]:
    """A file in a folder of SOPs must be found under the name and version that it gives itself."""
    if path.absolute().parent.parent.name != "sop":
        return []
    name, found = path.absolute().parent.name, _VERSION_FILE.fullmatch(path.name)
    findings = []
    if sop.name != name:
        findings.append(Finding(("name",), False, f"the folder is called {name}, the SOP {sop.name}", f"Write {name}."))
    if found and int(found[1]) != sop.version:
        hint = f"Write {found[1]}."
        findings.append(Finding(("version",), False, f"the file is {path.name}, the version {sop.version}", hint))
    return findings


def _versions(folder: Path) -> dict[int, Path]:
    if not folder.is_dir():
        return {}
    matches = ((_VERSION_FILE.fullmatch(path.name), path) for path in folder.iterdir())
    return {int(match[1]): path for match, path in matches if match}


def _existing(folders: Sequence[Path]) -> list[str]:
    found = {
        f"{sop.name} v{version}"
        for folder in folders
        if (folder / "sop").is_dir()
        for sop in (folder / "sop").iterdir()
        for version in _versions(sop)
    }
    return sorted(found)
