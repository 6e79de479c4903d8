"""What became of the rows of an imported file."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken, and why."""

    line: int
    reason: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file's rows."""

    added: int = 0
    changed: int = 0
    known: int = 0
    """Were there already, just so."""
    rejected: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.added + self.changed + self.known + self.rejected

    def __add__(self, more: "Imported") -> "Imported":
        return Imported(
            self.added + more.added,
            self.changed + more.changed,
            self.known + more.known,
            self.rejected + more.rejected,
        )
