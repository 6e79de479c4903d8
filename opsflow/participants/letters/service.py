"""Fills letters to participants from templates: a workspace's own first."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from opsflow.campaigns.state import Campaign
from opsflow.context import Context
from opsflow.documents.filling import filled
from opsflow.kernel.terms import Language
from opsflow.participants.letters.model import Letter, Occasion

FOLDER = "letters"


def filled_letters(
    ctx: Context,
    held: Campaign,
    step: str,
    language: Language,
    occasions: Iterable[Occasion],
    contacts: Mapping[str, Mapping[str, str]],
) -> Iterator[Letter]:
    """A letter for each occasion from the template of the step; `contacts` by participant. BrokenTemplate: it has a mistake."""
    roots = tuple(folder / FOLDER / language for folder in ctx.settings.template_folders)
    around = _campaign(held, language)
    for each in occasions:
        contact = contacts.get(each.participant, {})
        facts = {
            **around,
            **each.facts,
            "name": contact.get("name") or contact.get("account") or "",
            "id": each.participant,
        }
        subject, _, body = filled(roots, f"{step}.j2", language, facts, "text").strip().partition("\n")
        yield Letter(each, contact, subject.strip(), body.strip())


def _campaign(held: Campaign, language: Language) -> dict[str, Any]:
    file = held.file
    return {
        "organisation": held.organisation.name[language],
        "campaign": file.theme.title[language],
        "carrier": file.carrier[language],
        "starts": file.live.start,
        "ends": file.live.end,
        "zone": file.zone,
        "rules": [rule[language] for rule in file.rules],
    }
