"""Reads the published schedules that a workspace keeps, and checks them against the country they are of."""

import re
from collections.abc import Iterable
from pathlib import Path

from opsflow.kernel.expectations import Finding
from opsflow.kernel.listing import files_in
from opsflow.kernel.yamlfile import BadFile, Problem, Source, parse
from opsflow.workdays.countries import UnknownCountry, country_code, country_year
from opsflow.workdays.schedule import OfficialYear, lint

FOLDER = "calendars"
"""Where the schedules of a workspace are, in its `sop_templates/`; other calendar files may stand beside them."""
_FILE = re.compile(r"[a-z]{2}-\d{4}\.ya?ml", re.IGNORECASE)


def schedules_of(folders: Iterable[Path]) -> tuple[OfficialYear, ...]:
    """The published schedules in `calendars/` of template folders, the first folder's before those of the next.

    BadFile names every mistake in all of them. UnreadableFolder: they would be other dates.
    """
    files: dict[str, Path] = {}
    for folder in folders:
        for path in files_in(folder / FOLDER):
            if _FILE.fullmatch(path.name):
                files.setdefault(path.stem.lower(), path)
    found, problems = list[OfficialYear](), list[Problem]()
    for path in files.values():
        try:
            found.append(read_schedule(path))
        except BadFile as bad:
            problems += bad.problems
    if problems:
        raise BadFile(problems)
    return tuple(found)


def read_schedule(path: Path) -> OfficialYear:
    """One published schedule; BadFile names everything that is wrong with it."""
    return typed_schedule(parse(path))


def typed_schedule(source: Source) -> OfficialYear:
    """A file that has been read, as a published schedule."""
    schedule = source.typed(OfficialYear)
    findings = [*_misplaced(source.path, schedule), *_unlike(schedule)]
    if findings:
        raise BadFile(source.problems(findings))
    return schedule


def _unlike(schedule: OfficialYear) -> list[Finding]:
    try:
        weekend = country_year(country_code(schedule.country), schedule.year).weekend
    except UnknownCountry as unknown:
        return [Finding(("country",), False, str(unknown).rstrip("."), "")]
    return lint(schedule, weekend)


def _misplaced(path: Path, schedule: OfficialYear) -> list[Finding]:
    """A file that is found by its name must hold what the name says."""
    expected = Path(schedule.file_name).stem
    if path.absolute().parent.name != FOLDER or path.stem.lower() == expected or not _FILE.fullmatch(path.name):
        return []
    message = f"the file is called {path.name}, and holds {schedule.country} {schedule.year}"
    return [Finding(("year",), False, message, f"Call it {schedule.file_name}, or correct country or year.")]
