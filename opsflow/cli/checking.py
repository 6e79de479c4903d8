"""Tells campaign, organisation, SOP and calendar files apart, and collects what is wrong with each."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from opsflow.campaigns.files import check_sop, load, load_organisation
from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.errors import OpsflowError
from opsflow.kernel.yamlfile import BadFile, Source, parse
from opsflow.org.model import Organisation
from opsflow.sop.model import Sop
from opsflow.workdays.files import read_schedule
from opsflow.workdays.schedule import OfficialYear

KINDS: tuple[type[BaseModel], ...] = (CampaignFile, Organisation, Sop, OfficialYear)


def checked(path: Path, folders: Sequence[Path]) -> tuple[list[str], list[str]]:
    """What to tell about a file: lines that say it is well, and its problems."""
    try:
        source = parse(path)
        kind = kind_of(source)
        if kind is Organisation:
            organisation = load_organisation(path)
            return [f"{path}: ok, organisation {organisation.name.en}, {len(organisation.people)} people"], []
        if kind is Sop:
            sop = check_sop(path)
            return [f"{path}: ok, SOP {sop.name} v{sop.version}, {len(sop.tasks)} tasks"], []
        if kind is OfficialYear:
            year = read_schedule(path)
            return [f"{path}: ok, calendar {year.country} {year.year}, {len(year.days_off)} days off"], []
        loaded = load(path, folders)
    except OpsflowError as error:
        return [], str(error).splitlines()
    told = [f"{path}: ok, campaign {loaded.campaign.key}, level {loaded.campaign.level}"]
    return told + [f"{path}: warning: {warning[loaded.organisation.language]}" for warning in loaded.warnings], []


def kind_of(source: Source) -> type[BaseModel]:
    """The kind of file with which the keys agree most, counting only those that the other kinds do not have."""
    content = source.content
    keys = set(content) if isinstance(content, dict) else set()
    shares = {kind: len(keys & _own_keys(kind)) for kind in KINDS}
    best = max(KINDS, key=lambda kind: shares[kind])
    if shares[best] == 0:
        hint = (
            "A campaign has key, goal and live; an organisation zone and messages_per_day; an SOP stages and tasks; "
            "a calendar year and off."
        )
        raise BadFile([source.problem((), "this is no campaign, organisation, SOP or calendar", hint)])
    return best


def _own_keys(kind: type[BaseModel]) -> set[str]:
    others = {name for other in KINDS if other is not kind for name in other.model_fields}
    return set(kind.model_fields) - others
