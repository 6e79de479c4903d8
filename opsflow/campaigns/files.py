"""Reads a campaign file with the organisation above it and the SOP it follows, and checks them against each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from opsflow.campaigns.crosscheck import Together, campaign_findings, organisation_findings, sop_conditions, warnings
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.prizelaw import law_findings, load_prize_law
from opsflow.campaigns.surveyfile import survey_findings
from opsflow.kernel.errors import NotFound
from opsflow.kernel.expectations import Finding
from opsflow.kernel.text import Text
from opsflow.kernel.yamlfile import BadFile, Problem, Source, parse, parse_text
from opsflow.org.lint import lint as lint_organisation
from opsflow.org.model import Organisation
from opsflow.sop.files import SopNotFound, load_sop, read_sop
from opsflow.sop.model import Sop
from opsflow.workdays.files import FOLDER, schedules_of

ORGANISATION_FILE = "org.yaml"
OWN_TEMPLATES = "sop_templates"
"""The folder of a workspace, beside its `org.yaml`, whose files count before the shipped ones."""


class NoOrganisation(NotFound):
    """A campaign file that stands in no organisation."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no {ORGANISATION_FILE} beside {path} or in a folder above it. "
            "Put the campaign into a workspace: `opsflow init DIR` writes one."
        )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A campaign with everything that is needed to plan it, checked."""

    campaign: CampaignFile
    organisation: Organisation
    sop: Sop
    warnings: tuple[Text, ...] = ()


def load(path: Path, folders: Sequence[Path], *, text: str | None = None) -> Loaded:
    """A campaign file, its organisation and its SOP; BadFile holds every problem of campaign and organisation at once.

    With `text` it is what the file would hold: so a campaign is checked before it is written.
    """
    campaign, campaign_source, problems = _attempt_campaign(path, text)
    try:
        organisation_path = find_organisation(path)
    except NoOrganisation:
        if problems:  # the file's own mistakes first: it may not be there at all
            raise BadFile(problems) from None
        raise
    # The folder of org.yaml is a workspace: its own files count wherever the command is called from.
    own = organisation_path.absolute().parent / OWN_TEMPLATES
    folders = [own, *(folder for folder in folders if folder != own)]
    organisation, organisation_source, more = _attempt_organisation(organisation_path, folders)
    problems += more
    if campaign is None or organisation is None or campaign_source is None or organisation_source is None:
        raise BadFile(problems)
    sop = _sop_of(campaign, campaign_source, folders)
    together = Together(campaign, organisation, sop)
    problems += campaign_source.problems(campaign_findings(together))
    region, law = campaign.region or organisation.calendar, load_prize_law(folders)
    problems += campaign_source.problems(list(law_findings(campaign, region, law)))
    problems += campaign_source.problems(list(survey_findings(campaign, folders)))
    problems += organisation_source.problems(organisation_findings(together))
    if problems:
        raise BadFile(problems)
    return Loaded(campaign, organisation, sop, warnings(together, law.regions.get(region)))


def load_organisation(path: Path) -> Organisation:
    """An `org.yaml` with the published calendars beside it, checked."""
    organisation, _, problems = _attempt_organisation(path, [path.absolute().parent / OWN_TEMPLATES])
    if problems or organisation is None:
        raise BadFile(problems)
    return organisation


def check_sop(path: Path) -> Sop:
    """An SOP file, checked, its conditions included."""
    sop = read_sop(path)
    impossible = list(sop_conditions(sop))
    if impossible:
        raise BadFile(parse(path).problems(impossible))
    return sop


def find_organisation(path: Path) -> Path:
    """The `org.yaml` in the nearest folder above a campaign file."""
    for folder in path.absolute().parents:
        candidate = folder / ORGANISATION_FILE
        if candidate.is_file():
            return _as_given(candidate)
    raise NoOrganisation(path)


def _as_given(path: Path) -> Path:
    """As a reader of an error text would write it: from where they stand, when it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _attempt_campaign(path: Path, text: str | None) -> tuple[CampaignFile | None, Source | None, list[Problem]]:
    try:
        source = parse(path) if text is None else parse_text(path, text)
        return source.typed(CampaignFile), source, []
    except BadFile as bad:
        return None, None, list(bad.problems)


def _attempt_organisation(
    path: Path, folders: Sequence[Path]
) -> tuple[Organisation | None, Source | None, list[Problem]]:
    try:
        source = parse(path)
        organisation = source.typed(Organisation)
        schedules = schedules_of(folders)
    except BadFile as bad:
        return None, None, list(bad.problems)
    problems = source.problems([*lint_organisation(organisation), *_misplaced_schedules(organisation)])
    return organisation.model_copy(update={"schedules": schedules}), source, problems


def _misplaced_schedules(organisation: Organisation) -> Iterator[Finding]:
    """A published year has one place, so that nobody has to ask which of two counts."""
    for index, schedule in enumerate(organisation.schedules):
        hint = f"Put it into {OWN_TEMPLATES}/{FOLDER}/{schedule.file_name}."
        yield Finding(("schedules", index), False, "a published year is a file of its own", hint)


def _sop_of(campaign: CampaignFile, source: Source, folders: Sequence[Path]) -> Sop:
    try:
        return load_sop(folders, campaign.sop)
    except SopNotFound as missing:
        raise BadFile([source.problem(("sop",), str(missing).rstrip("."))]) from missing
