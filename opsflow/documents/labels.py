"""What ids are called: `sop_templates/labels.yaml`, or the workspace's own."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from opsflow.kernel.errors import NotFound
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.text import Text, TextField
from opsflow.kernel.yamlfile import read


class Labels(FileModel):
    """Titles of ids, by the kind of id."""

    goal: dict[str, TextField]
    purpose: dict[str, TextField]
    mechanics: dict[str, TextField]
    budget_line: dict[str, TextField]
    prize_kind: dict[str, TextField]
    phase: dict[str, TextField]
    task_status: dict[str, TextField]
    stage_status: dict[str, TextField]
    approval_status: dict[str, TextField]
    verdict: dict[str, TextField]
    outcome: dict[str, TextField]
    cause: dict[str, TextField]
    layer: dict[str, TextField]
    seat: dict[str, TextField]
    severity: dict[str, TextField] = Field(default_factory=dict)
    """Of incidents; a workspace's own labels may be older than they are."""
    incident_status: dict[str, TextField] = Field(default_factory=dict)
    draw_form: dict[str, TextField] = Field(default_factory=dict)
    left_out: dict[str, TextField] = Field(default_factory=dict)
    """Why somebody is left out of a draw, as they are told."""
    standing: dict[str, TextField] = Field(default_factory=dict)
    """Of a KPI."""
    proposal_status: dict[str, TextField] = Field(default_factory=dict)
    event: dict[str, TextField]
    """Journal action -> one line of the campaign's story."""


@lru_cache(maxsize=8)
def load_labels(folders: tuple[Path, ...]) -> Labels:
    """The labels of the first folder that has them; BadFile names every mistake in it."""
    for folder in folders:
        if (folder / "labels.yaml").is_file():
            return read(folder / "labels.yaml", Labels)
    raise NotFound(f"There is no labels.yaml in {', '.join(map(str, folders))}; the shipped one is missing.")


def label(group: dict[str, Text], name: str) -> Text:
    """An id's title; an id without one stands for itself."""
    return group.get(name) or Text.both(name)
