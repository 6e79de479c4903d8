"""What commands that read large files share: progress on the terminal, and a file of what was not taken."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from opsflow.kernel.characters import on_one_line
from opsflow.kernel.csvfile import CsvTable
from opsflow.kernel.errors import BadInput
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.writing import refuse_existing

FileArgument = Annotated[Path, typer.Argument(help="A file: .csv, .jsonl, .json or .xlsx.", metavar="FILE")]
RejectsOption = Annotated[
    Path | None,
    typer.Option("--rejects", help="Where rows that are not taken are written, with reasons.", metavar="FILE", show_default="FILE.rejects.csv"),
]  # fmt: skip


class Rejects:
    """A CSV file of rows that were not taken: line, reason, and the row as it was read. It holds personal data, as its source."""

    def __init__(self, path: Path) -> None:
        refuse_existing(path, force=True)
        self.path = path
        self._file: TextIO | None = None

    def add(self, rejected: Rejected) -> None:
        """Write one down; the file is made with the first."""
        if self._file is None:
            try:
                # Not read by others than its owner: names and addresses stand in it.
                self.path.unlink(missing_ok=True)
                self.path.touch(mode=0o600)
                self._file = self.path.open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise BadInput(
                    f"{self.path} cannot be written: {error.strerror}. Name another with --rejects."
                ) from error
            self._table = CsvTable(self._file, ["line", "reason", "values"])
        values = [f"{name}: {on_one_line(text)}" for name, text in rejected.values.items()]
        self._table.add([rejected.line, rejected.reason, *values])

    def close(self) -> None:
        """Nothing more comes."""
        if self._file is not None:
            self._file.close()


@contextmanager
def importing(
    source: Path, rejects: Path | None
) -> Iterator[tuple[Callable[[Rejected], None], Callable[[Imported], None]]]:
    """Where rejected rows go, and whom to tell how far it is: a line that moves on a terminal, nothing elsewhere."""
    found = Rejects(rejects_of(source, rejects))
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True)
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            line = bar.add_task(f"reading {source.name}")
            yield found.add, lambda done: bar.update(line, description=f"{done.rows:,} rows of {source.name}")
    finally:
        found.close()


def summary(done: Imported, source: Path, rejects: Path | None, what: str) -> None:
    """What became of the rows; where the rejected ones are is said on stderr."""
    print(
        f"{source.name}: {done.added:,} {what} added, {done.changed:,} changed, {done.known:,} known, {done.rejected:,} rows rejected."
    )
    if done.rejected:
        print(f"Rejected rows, with reasons: {rejects_of(source, rejects)}", file=sys.stderr)


def rejects_of(source: Path, rejects: Path | None) -> Path:
    """Where rows of a file go that are not taken."""
    return rejects or source.with_name(f"{source.name}.rejects.csv")
