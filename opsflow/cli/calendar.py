"""`opsflow calendar`: the working days of a year, and what a file of days would change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from shlex import quote
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from opsflow.campaigns.files import (
    ORGANISATION_FILE,
    OWN_TEMPLATES,
    NoOrganisation,
    find_organisation,
    load,
    load_organisation,
)
from opsflow.campaigns.moves import changed_days, compare
from opsflow.campaigns.neighbours import campaign_files
from opsflow.cli import calendarview
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import BadInput, OpsflowError
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.org.calendarfile import CalendarFile, Kind, read_calendar_file
from opsflow.org.model import Organisation
from opsflow.settings import Settings
from opsflow.workdays.countries import country_code
from opsflow.workdays.files import FOLDER
from opsflow.workdays.model import WorkCalendar
from opsflow.workdays.service import calendar_for

calendar = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
USUAL_COUNTRY = "CN"
"""Where there is no workspace to ask."""

LanguageOption = Annotated[
    Language | None, typer.Option(help="Language of texts.", show_default="the organisation's, else en")
]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with an org.yaml."""

    folder: Path
    organisation: Organisation


@calendar.command()
def show(
    year: Annotated[int, typer.Argument(help="The year.", metavar="YEAR")],
    country: Annotated[
        str | None, typer.Option(help="ISO 3166 code.", metavar="CODE", show_default="the organisation's, else CN")
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Show a year month by month: days off, make-up working days and what they make up for, working days.

    In a workspace the days of its org.yaml and the schedules in its sop_templates/calendars count. Another country
    than the organisation's is shown without the days of the house.

    Example: opsflow calendar show 2026 --country CN
    """
    workspace = _workspace()
    own = workspace.organisation.calendar if workspace else USUAL_COUNTRY
    code = country_code(country or own)
    house = workspace if workspace and code == country_code(own) else None
    title = f"{code} {year}" + (f" · {house.organisation.name[_words(language, house)]}" if house else "")
    days = {one.day: one for one in house.organisation.days} if house else {}
    words = _words(language, workspace)
    for line in calendarview.year_text(_calendar(code, workspace), year, title=title, house=days, language=words):
        print(line)


@calendar.command(name="import")
def show_import(
    file: Annotated[Path, typer.Argument(help="A YAML or iCalendar (.ics) file.", metavar="FILE")],
    kind: Annotated[
        Kind | None, typer.Option("--as", help="What an .ics file holds.", show_default="official with make-up days")
    ] = None,
    today: Annotated[
        datetime | None,
        typer.Option(help="Plan as if it were this day.", metavar="DAY", formats=["%Y-%m-%d"], show_default="today"),
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Show what a file of days would change: the calendar, and each plan of the workspace's campaigns/, task by task.

    The file holds the published schedule of a year (country, year, off, worked) or days of the house (days: as in
    org.yaml). Nothing is written: at the end stands how to adopt it.

    Example: opsflow calendar import cn-2027.yaml

    \b
    cn-2027.yaml:
      country: CN
      year: 2027
      off:
        - {first: 2027-02-05, last: 2027-02-11, name: Chinese New Year}
      worked:
        - {day: 2027-01-30}
    """
    workspace = _workspace()
    own = country_code(workspace.organisation.calendar if workspace else USUAL_COUNTRY)
    found = read_calendar_file(file, country=own, kind=kind)
    words = _words(language, workspace)
    for line in _changes(found, own, workspace, words):
        print(line)
    problems: list[str] = []
    if workspace:
        for line in _plans(found, workspace, today.date() if today else None, words, problems):
            print(line)
    for line in _adoption(file, found, workspace, words):
        print(line)
    if problems:
        raise BadInput("\n".join(dict.fromkeys(problems)))


def _words(language: Language | None, workspace: Workspace | None) -> Language:
    return language or (workspace.organisation.language if workspace else "en")


def _workspace() -> Workspace | None:
    """The workspace that is set, else the one around the current folder."""
    folder = Settings().workspace or Path.cwd()
    try:
        path = find_organisation(folder / ORGANISATION_FILE)
    except NoOrganisation:
        return None
    return Workspace(path.parent, load_organisation(path))


def _calendar(country: str, workspace: Workspace | None) -> WorkCalendar:
    """A country's working days, with those of the workspace where it is the workspace's country."""
    if workspace is None:
        return calendar_for(country)
    return _calendar_of(workspace.organisation, country)


def _calendar_of(organisation: Organisation, country: str) -> WorkCalendar:
    house = country == country_code(organisation.calendar)
    days = [(one.day, one.works, one.reason) for one in organisation.days] if house else []
    return calendar_for(country, days, organisation.schedules)


def _changes(found: CalendarFile, own: str, workspace: Workspace | None, words: Language) -> Iterator[str]:
    for country in dict.fromkeys([*(one.country for one in found.schedules), *([own] if found.days else [])]):
        before = _calendar(country, workspace)
        after = _after(found, country, workspace)
        official = [year for year in found.years if before.is_provisional(year) and not after.is_provisional(year)]
        yield f"{country} {', '.join(map(str, found.years))}"
        yield from calendarview.changes_text(list(changed_days(before, after, found.years)), official, words)


def _after(found: CalendarFile, country: str, workspace: Workspace | None) -> WorkCalendar:
    if workspace is None:
        return calendar_for(country, [(one.day, one.works, one.reason) for one in found.days], found.schedules)
    return _calendar_of(found.adopted_by(workspace.organisation), country)


def _plans(
    found: CalendarFile, workspace: Workspace, today: date | None, words: Language, problems: list[str]
) -> Iterator[str]:
    """What becomes of each campaign; one that cannot be read is told at the end, the others are not held up."""
    folders = Settings().template_folders
    try:
        paths = campaign_files(workspace.folder / "campaigns")
    except BadInput as error:
        problems.append(str(error))
        return
    for path in paths:
        try:
            loaded = load(path, folders)
            zone = ZoneInfo(loaded.campaign.zone)
            day = today or local_date(SystemClock().now(), zone)
            comparison = compare(loaded, found.adopted_by(loaded.organisation), day)
        except OpsflowError as error:
            problems += str(error).splitlines()
            continue
        people = {key: person.name for key, person in loaded.organisation.people.items()}
        yield ""
        yield from calendarview.comparison_text(
            comparison, campaign=str(path), zone=zone, people=people, language=words
        )


_ADOPT = Text("Nothing was written. To adopt it:", "未写入任何文件。采用方法：")
_SAVE = Text("  save {file} as {target}", "  将 {file} 保存为 {target}")
_SAVE_THIS = Text("  save this as {target}:", "  将以下内容保存为 {target}：")
_ADD = Text("  add this under `days:` of {target}:", "  将以下内容添加到 {target} 的 `days:` 之下：")


def _adoption(file: Path, found: CalendarFile, workspace: Workspace | None, words: Language) -> Iterator[str]:
    """How to make it count; nothing of it is done here. Paths are quoted for the shell, into which they are copied."""
    folder = workspace.folder if workspace else Path("WORKSPACE")
    yield ""
    yield _ADOPT[words]
    for schedule in found.schedules:
        target = quote(str(folder / OWN_TEMPLATES / FOLDER / schedule.file_name))
        if file.suffix.lower() in {".yaml", ".yml"}:
            yield _SAVE[words].format(file=quote(str(file)), target=target)
        else:
            yield _SAVE_THIS[words].format(target=target)
            yield from calendarview.schedule_yaml(schedule)
    if found.days:
        yield _ADD[words].format(target=quote(str(folder / ORGANISATION_FILE)))
        yield from calendarview.house_yaml(found.days)
