"""The machine and the workspace's files: room, permissions, organisation, who fills which role."""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import load, load_organisation
from opsflow.campaigns.neighbours import campaign_files
from opsflow.campaigns.owners import RolesUnfilled
from opsflow.campaigns.planner import plan
from opsflow.doctor.finding import Finding, note, ok, wrong
from opsflow.kernel.errors import BadInput, NotFound, Refused
from opsflow.settings import Settings

ROOM_WRONG, ROOM_NOTE = 100 << 20, 1 << 30
"""Free bytes: below the first nothing can be relied on, below the second somebody should look."""


def look(settings: Settings, today: date) -> Iterator[Finding]:
    """Everything that needs no database."""
    folder = settings.workspace
    if folder is None or not folder.is_dir():
        yield wrong("workspace", "here is none", "go to the folder that `opsflow init` wrote, or set OPSFLOW_WORKSPACE")
        return
    yield from _folder(folder / ".opsflow")
    try:
        organisation = load_organisation(folder / "org.yaml")
    except (BadInput, NotFound) as error:
        yield wrong("organisation", _first_line(error), "`opsflow check org.yaml` names every mistake")
        return
    yield ok("organisation", f"{len(organisation.people)} people in {len(organisation.departments)} departments")
    yield from _roles(settings, folder / "campaigns", today)


def _folder(folder: Path) -> Iterator[Finding]:
    place = folder if folder.is_dir() else folder.parent
    if not os.access(place, os.W_OK | os.X_OK):
        yield wrong("disk", f"{place} may not be written", "give this user the right to write it")
        return
    free = shutil.disk_usage(place).free
    text = f"{place} may be written; {free >> 20} MiB are free"
    if free < ROOM_WRONG:
        yield wrong("disk", text, "make room: nothing is kept that cannot be written")
    elif free < ROOM_NOTE:
        yield note("disk", text, "make room before it runs out")
    else:
        yield ok("disk", text)


def _roles(settings: Settings, folder: Path, today: date) -> Iterator[Finding]:
    """Whether everything that campaign files ask for has somebody to do it; campaigns that are over ask for nothing."""
    found = False
    try:
        files = campaign_files(folder)
    except BadInput as error:
        yield wrong("campaigns", _first_line(error), "give this user the right to read the folder")
        return
    for file in files:
        try:
            loaded = load(file, settings.template_folders)
            if loaded.campaign.live.end.date() >= today:
                plan(loaded.campaign, loaded.organisation, loaded.sop, working_days(loaded.organisation), today)
        except RolesUnfilled as error:
            found = True
            yield wrong("roles", _first_line(error), "name them in org.yaml or in the campaign file")
        except (BadInput, NotFound, Refused) as error:
            found = True
            yield note("campaigns", f"{file.name}: {_first_line(error)}", f"`opsflow check campaigns/{file.name}`")
    if not found:
        yield ok("roles", "whatever the files in campaigns/ ask for has somebody to do it")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
