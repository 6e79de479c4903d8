"""The source files that the architecture tests read, and what a line of Python in them names."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = {".venv", ".git", "demo", "build", "dist", ".prefect"}
"""Folders that are looked past where there is no git to ask."""


@dataclass(frozen=True)
class Source:
    """One Python file, by its path from the project's root."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parse(self.path, self.text)

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@cache
def _parse(path: str, text: str) -> ast.Module:
    return ast.parse(text, filename=path)


@cache
def product() -> tuple[Source, ...]:
    """Every module of opsflow and flows."""
    files = sorted(path for package in ("opsflow", "flows") for path in (ROOT / package).rglob("*.py"))
    return tuple(Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in files)


def project_files() -> list[Path]:
    """What a clone would hold: tracked files, and new ones that nobody ignores."""
    listing = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        found = [ROOT / name for name in answer.stdout.split("\0") if name]
    else:  # an unpacked archive has no history
        found = [path for path in ROOT.rglob("*") if not GENERATED & set(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every module that a file may import, with its line; `from a import b` may mean `a` or `a.b`: both are told."""
    for node in ast.walk(tree):
        yield from imported(node)


def imported(node: ast.AST) -> Iterator[tuple[int, str]]:
    """What one import statement names; nothing for other nodes."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield node.lineno, alias.name
    elif isinstance(node, ast.ImportFrom):
        origin = node.module or ""
        yield node.lineno, origin
        for alias in node.names:
            yield node.lineno, f"{origin}.{alias.name}"


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of these packages or lies within one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def references(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every dotted name used, spelled in full: `dt.datetime.now` is `datetime.datetime.now` after `import datetime as dt`."""
    meant = dict(_meanings(tree))
    for node in ast.walk(tree):
        dotted = _dotted(node)
        if dotted:
            first, _, rest = dotted.partition(".")
            full = meant.get(first, first)
            yield node.lineno, f"{full}.{rest}" if rest else full  # type: ignore[attr-defined]  # _dotted: an expression


def _meanings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name.partition(".")[0], _bound(alias)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _bound(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""
