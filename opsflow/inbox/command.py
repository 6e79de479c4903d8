"""`/opsflow`: where campaigns stand, what waits for whoever asks, and where the page is."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from opsflow.campaigns.state import CampaignStatus
from opsflow.documents.wording import Wording as Filters
from opsflow.engine.overview import Overview, Waiting, overviews
from opsflow.inbox.desk import Desk
from opsflow.inbox.payloads import Command
from opsflow.inbox.wording import Wording, said
from opsflow.kernel.errors import OpsflowError
from opsflow.kernel.terms import Language, PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.links import public_url

MOST_LINES = 20
MINE = ("tasks", "my tasks", "mine", "todo", "待办", "我的待办")
STANDING = ("", "status", "进展")


def report(desk: Desk, command: Command) -> str:
    """The answer to what was typed, in the language of whoever typed it."""
    try:
        found = tuple(each for each in overviews(desk.ctx) if each.campaign.status is CampaignStatus.ACTIVE)
        known = [(each, desk.people.person(command.user_id, each.campaign.organisation)) for each in found]
    except OpsflowError as error:
        return desk.wording.error(error, "en")
    mine = [(each, person) for each, person in known if person is not None]
    if found and not mine:
        nobody = desk.wording.command["nobody"]
        return f"{nobody.zh}\n{nobody.en}"
    language = _language(mine)
    asked = " ".join(command.text.lower().split())
    if asked in STANDING:
        lines = list(_standing(desk.wording, [each for each, _ in mine], language))
    elif asked in MINE:
        lines = list(_mine(desk.wording, mine, language))
    else:
        lines = [desk.wording.command["help"][language]]
    if base := public_url(desk.ctx.settings):
        lines.append(said(desk.wording.command["page"], language, link=base))
    return "\n".join(lines)


def _language(mine: Sequence[tuple[Overview, PersonKey]]) -> Language:
    for overview, person in mine:
        organisation = overview.campaign.organisation
        return organisation.people[person].language or organisation.language
    return "en"


def _standing(wording: Wording, found: Sequence[Overview], language: Language) -> Iterator[str]:
    if not found:
        yield wording.command["no_campaign"][language]
    for each in found:
        titles = [stage.title[language] for stage in each.stages if stage.under_way]
        yield said(
            wording.command["campaign"],
            language,
            title=each.campaign.title[language],
            level=each.campaign.level,
            stage=("、" if language == "zh" else ", ").join(titles) or "–",
            waiting=len(each.waiting),
            late=len(each.late),
        )


def _mine(wording: Wording, mine: Sequence[tuple[Overview, PersonKey]], language: Language) -> Iterator[str]:
    found = [(each, one) for each, person in mine for one in each.waiting if one.person == person]
    found.sort(key=lambda pair: pair[1].due)
    if not found:
        yield wording.command["nothing"][language]
    for overview, one in found[:MOST_LINES]:
        yield _line(wording, overview, one, language)
    if len(found) > MOST_LINES:
        yield said(wording.command["more"], language, count=len(found) - MOST_LINES)


def _line(wording: Wording, overview: Overview, one: Waiting, language: Language) -> str:
    organisation = overview.campaign.organisation
    zone = ZoneInfo(organisation.people[one.person].zone or organisation.zone)
    return said(
        wording.command["mine"],
        language,
        verb=wording.verb.get(one.verb, Text.both(one.verb))[language],
        title=one.title[language],
        what=one.what,
        due=Filters(language).moment(one.due.astimezone(zone)),
        late=wording.command["late"][language] if one.late else "",
        campaign=overview.campaign.title[language],
    )
