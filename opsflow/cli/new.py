"""`opsflow new`: a campaign file by questions and answers, its plan shown before it is saved."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from shlex import quote
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.drafting import Draft, campaign_text, needed_departments, roles_to_fill
from opsflow.campaigns.files import Loaded, find_organisation, load, load_organisation
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.neighbours import refuse_other_names, taken_keys
from opsflow.campaigns.plan import Infeasible, Plan
from opsflow.campaigns.planner import plan as plan_campaign
from opsflow.cli import planview
from opsflow.cli.interview import Given, House, fill_roles, interview, moved_to
from opsflow.cli.questions import Questions
from opsflow.documents.labels import load_labels
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import Refused
from opsflow.kernel.writing import refuse_existing, write_aside
from opsflow.kernel.yamlfile import parse_text
from opsflow.kernel.zoned import local_date
from opsflow.settings import Settings
from opsflow.sop.files import load_sop

WIDTH = 150
"""Columns where the output is no terminal: wide enough that no title is cut."""


class NotSaved(Refused):
    """Somebody looked at the plan and said no."""

    def __init__(self) -> None:
        super().__init__("Nothing is written.")


def new(
    place: Annotated[
        Path | None,
        typer.Argument(
            help="A folder (the file is called KEY.yaml), or a file.", metavar="[DIR|FILE]", show_default="campaigns"
        ),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title.")] = None,
    title_zh: Annotated[str | None, typer.Option(help="Title in Chinese.")] = None,
    level: Annotated[str | None, typer.Option(help="S, A, B or C.")] = None,
    key: Annotated[str | None, typer.Option(help="Key: lower-case letters, digits, hyphens.")] = None,
    goal: Annotated[str | None, typer.Option(help="acquisition, conversion, retention, repurchase or sharing.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Purposes, with commas.")] = None,
    mechanics: Annotated[str | None, typer.Option(help="Mechanics, with commas.")] = None,
    conditions: Annotated[
        str | None, typer.Option(help="Conditions that hold (presale, on_site, ...), with commas.")
    ] = None,
    launch: Annotated[str | None, typer.Option(help="Launch day, with or without a time.", metavar="DAY")] = None,
    last_day: Annotated[str | None, typer.Option(help="Last live day.", metavar="DAY")] = None,
    background: Annotated[str | None, typer.Option(help="Why now.")] = None,
    target_users: Annotated[str | None, typer.Option(help="Whom it is for.")] = None,
    behaviour: Annotated[str | None, typer.Option(help="The one behaviour the incentive must cause.")] = None,
    carrier: Annotated[str | None, typer.Option(help="App page, H5, mini-programme, account.")] = None,
    target: Annotated[str | None, typer.Option(help="Target of the primary KPI.", metavar="NUMBER")] = None,
    budget: Annotated[
        list[str] | None, typer.Option(help="A budget line; may be repeated.", metavar="LINE=AMOUNT")
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="Who fills a role; may be repeated.", metavar="ROLE=KEY")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take the usual answers, and save.")] = False,
) -> None:
    """Write a campaign file by questions and answers.

    Return takes the answer in brackets; a number or a name chooses from a list. What an option answers is not asked.
    The plan, or what would make it fit, is shown before anything is saved; Ctrl-C leaves nothing behind.

    \b
    Examples:
      opsflow new
      opsflow new campaigns --title "Spring sale" --level B --target 5000 --yes
    """
    found = place or (Path("campaigns") if Path("campaigns").is_dir() else Path())
    if not found.is_dir():
        refuse_other_names(found)
    given = Given(
        title, title_zh, level, key, goal, purpose, mechanics, conditions, launch, last_day, background, target_users,
        behaviour, carrier, target, budget or (), person or (),
    )  # fmt: skip
    if not found.is_dir():
        refuse_existing(found, force=None)
    _write(found, Questions(yes=yes), given, yes=yes)


def _write(place: Path, questions: Questions, given: Given, *, yes: bool) -> None:
    folders, probe = Settings().template_folders, place / "new.yaml" if place.is_dir() else place
    house = _house(probe, folders)
    draft = _staffed(questions, given, house, interview(questions, given, house))
    target = place / f"{draft.key}.yaml" if place.is_dir() else place
    refuse_existing(target, force=None)
    draft, loaded = _agreed(target, folders, questions, house, draft, yes=yes)
    write_aside(target, campaign_text(draft).encode())
    print(f"Written: {target}, {loaded.campaign.key}. Next: opsflow plan {quote(str(target))}")


def _house(probe: Path, folders: tuple[Path, ...]) -> House:
    home = find_organisation(probe)
    organisation = load_organisation(home)
    own = home.absolute().parent / "sop_templates"
    today = local_date(SystemClock().now(), ZoneInfo(organisation.zone))
    sop = load_sop([own, *(folder for folder in folders if folder != own)], CampaignFile.model_fields["sop"].default)
    taken = taken_keys(probe.absolute().parent)
    return House(organisation, sop, load_labels(folders), working_days(organisation), today, taken)


def _staffed(questions: Questions, given: Given, house: House, draft: Draft) -> Draft:
    """With the departments and roles that follow from level, goal and conditions."""
    campaign = parse_text(Path("draft"), campaign_text(draft)).typed(CampaignFile)
    draft = replace(draft, departments=needed_departments(campaign, house.sop))
    return fill_roles(questions, given, house, draft, roles_to_fill(campaign, house.sop, house.organisation))


def _agreed(
    target: Path, folders: tuple[Path, ...], questions: Questions, house: House, draft: Draft, *, yes: bool
) -> tuple[Draft, Loaded]:
    """The draft that somebody has seen the plan of and wants to save; on another launch day where the first does not fit."""
    loaded = load(target, folders, text=campaign_text(draft))
    earliest = _show(loaded, house)
    if earliest is None and draft.start.date() < house.today:
        print(f"`opsflow start` refuses a launch that is past, and {draft.start.date()} is.")
        today = load(target, folders, text=campaign_text(moved_to(draft, house.today)))
        earliest = _earliest(_planned(today, house)) or house.today
    if earliest is None:
        if yes or questions.confirm("Save it?", default=True):
            return draft, loaded
        raise NotSaved
    if yes:
        raise Refused(f"Nothing is written: choose another --launch, {earliest} or later.")
    if questions.confirm(f"Launch on {earliest} instead?", default=True):
        return _agreed(target, folders, questions, house, moved_to(draft, earliest), yes=yes)
    if questions.confirm("Save it as it is, without a plan that fits?", default=False):
        return draft, loaded
    raise NotSaved


def _planned(loaded: Loaded, house: House) -> Plan | Infeasible:
    return plan_campaign(loaded.campaign, loaded.organisation, loaded.sop, house.calendar, house.today)


def _earliest(found: Plan | Infeasible) -> date | None:
    """The first launch that works. None: the planned one does."""
    return found.earliest_launch if isinstance(found, Infeasible) else None


def _show(loaded: Loaded, house: House) -> date | None:
    """Show the plan; or why there is none and what would make it fit, and tell the first launch that works."""
    words, found = house.organisation.language, _planned(loaded, house)
    if isinstance(found, Infeasible):
        print(planview.refusal_text(found, words))
        return found.earliest_launch
    found = replace(found, warnings=(*loaded.warnings, *found.warnings))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    people = {key: person.name for key, person in loaded.organisation.people.items()}
    titles = {stage.id.value: stage.title for stage in loaded.sop.stages}
    console.print(planview.plan_view(found, ZoneInfo(loaded.campaign.zone), words, stages=titles, people=people))
    return None
