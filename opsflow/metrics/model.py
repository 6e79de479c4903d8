"""Figures of KPIs, what has spread, and the limits beyond which a KPI is off track: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from opsflow.campaigns.model import Kpi
from opsflow.kernel.errors import NotFound
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.yamlfile import read

FILE = "metrics.yaml"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a KPI as a file or a source gives it."""

    line: int
    kpi: str
    day: date
    """In the campaign's zone."""
    at: datetime | None
    """Of which instant; None: of the whole day."""
    value: Decimal
    source: str

    @property
    def slot(self) -> str:
        """What it is for: a later figure for the same replaces it."""
        return self.day.isoformat() if self.at is None else self.at.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure as it is kept."""

    kpi: str
    slot: str
    revision: int
    """1: the first; every correction is one more."""
    day: date
    at: datetime | None
    value: Decimal
    source: str
    by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class TalkingPoint:
    """Something that spreads, in somebody's words."""

    number: int
    text: str
    by: str
    at: datetime


class Policy(FileModel):
    """`metrics.yaml` of the templates."""

    alert_at: dict[Literal["up", "down"], Decimal]
    least_share: Decimal = Field(ge=0, le=1)

    def limit(self, kpi: Kpi) -> Decimal:
        """The figure beyond which a KPI's pace is off track, in the KPI's unit."""
        share = kpi.alert_at if kpi.alert_at is not None else self.alert_at[kpi.direction]
        return kpi.target * share


def load_policy(folders: tuple[Path, ...]) -> Policy:
    """The policy of the first folder that has one; BadFile names every mistake in it."""
    for folder in folders:
        if (folder / FILE).is_file():
            return _read(folder / FILE, (folder / FILE).stat().st_mtime_ns)
    raise NotFound(f"There is no {FILE} in {', '.join(map(str, folders))}; the shipped one is missing.")


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> Policy:  # noqa: ARG001 - tells one state of the file from another
    return read(path, Policy)


def shown(value: Decimal) -> str:
    """A number as people write it: thousands apart, two places at most."""
    text = f"{value.quantize(Decimal('0.01')):,.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def by_kpi(readings: tuple[Reading, ...]) -> Mapping[str, tuple[Reading, ...]]:
    """Readings of each KPI, in their order."""
    found: dict[str, list[Reading]] = {}
    for each in readings:
        found.setdefault(each.kpi, []).append(each)
    return {kpi: tuple(some) for kpi, some in found.items()}
