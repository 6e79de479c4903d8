"""Writes a workspace: everything aside first, then in one move, so that nobody ever sees half of it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import ORGANISATION_FILE, load
from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.yamlfile import parse_text
from opsflow.kernel.zoned import local_date
from opsflow.org.model import Organisation
from opsflow.settings import SHIPPED

LEAD = 60
"""Working days from today to the launch: the longest lead of level S (46 and the 7 before its first meeting), and air."""
CAMPAIGN = "campaigns/first-campaign.yaml"
SAMPLES = SHIPPED / "samples"
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d")
_ABSENCE = re.compile(r"^.*\bfirst: .*$", re.MULTILINE)


class FolderInUse(Refused):
    """A workspace is written into a new or empty folder only."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not empty, and nothing in it is overwritten. Name a new folder.")


def write_workspace(folder: Path, now: datetime) -> list[Path]:
    """Write a workspace whose campaign launches `LEAD` working days from now; answers the files, relative to it."""
    files = workspace_files(now)
    _clear(folder, files)
    _refuse(folder)
    try:
        with _aside(folder) as draft:
            for name, text in files.items():
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).write_text(text, encoding="utf-8")
            load(draft / CAMPAIGN, (SHIPPED,))  # what is handed over must pass its own check
            _move(draft, folder)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror or error}. Name another folder.") from error
    return [Path(name) for name in files]


def workspace_files(now: datetime) -> dict[str, str]:
    """The texts of a workspace, by path; its dates are the sample's, all moved by the same number of days."""
    organisation_text = (SAMPLES / ORGANISATION_FILE).read_text(encoding="utf-8")
    campaign_text = (SAMPLES / "init" / "campaign.yaml").read_text(encoding="utf-8")
    organisation = parse_text(SAMPLES / ORGANISATION_FILE, organisation_text).typed(Organisation)
    campaign = parse_text(SAMPLES / "init" / "campaign.yaml", campaign_text).typed(CampaignFile)
    today = local_date(now, ZoneInfo(campaign.zone))
    move = working_days(organisation).shift(today, LEAD) - campaign.live.start.date()
    return {
        # Absences move along, so that somebody is away while this campaign is built; a house's own days stay.
        ORGANISATION_FILE: _ABSENCE.sub(lambda line: shifted(line[0], move), organisation_text),
        CAMPAIGN: shifted(campaign_text, move),
        "sop_templates/README.md": (SAMPLES / "init" / "templates.md").read_text(encoding="utf-8"),
    }


def shifted(text: str, by: timedelta) -> str:
    """A text with every ISO date in it moved by so many days."""
    return _DAY.sub(lambda found: (date.fromisoformat(found[0]) + by).isoformat(), text)


def _refuse(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise FolderInUse(folder)
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder} is a file. Name a new folder.")
    if folder.absolute().name == "flows":
        raise Refused("A folder named flows would hide opsflow's own flows from Prefect. Name it otherwise.")


def _scratch(folder: Path) -> Path:
    """The same name each time, so that the next run finds what a killed one has left."""
    return folder.absolute().with_name(f".{folder.absolute().name}.opsflow-init")


def _clear(folder: Path, files: dict[str, str]) -> None:
    """Take away what a killed run has left: its scratch, and a folder it had begun to fill and that holds nothing else."""
    scratch = _scratch(folder)
    if not scratch.is_dir():
        return
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if there <= set(files) - {ORGANISATION_FILE}:
        for entry in folder.iterdir() if folder.is_dir() else ():
            shutil.rmtree(entry)
    shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder beside the one to be written (so that a move is a rename), gone at the end whatever happens."""
    scratch = _scratch(folder)
    draft = scratch / "workspace"
    draft.mkdir(parents=True)
    try:
        yield draft
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _move(draft: Path, folder: Path) -> None:
    if not folder.exists():
        draft.rename(folder)
        return
    # An empty folder may be somebody's current one: it is filled, not replaced; org.yaml, which makes it a workspace, last.
    for entry in sorted(draft.iterdir(), key=lambda entry: entry.name == ORGANISATION_FILE):
        entry.rename(folder / entry.name)
