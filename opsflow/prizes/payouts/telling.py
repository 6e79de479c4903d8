"""Whom payouts wake: who is to sign, who has to decide, who asked once all is paid, and everybody concerned when the brake is pulled."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from opsflow.campaigns.permissions import load_matrix, permissions_of
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.campaigns.team import role_holders
from opsflow.db.session import Session
from opsflow.kernel.keys import key
from opsflow.kernel.terms import CampaignKey, Permission, PersonKey, Role
from opsflow.kernel.values import Value
from opsflow.outbox.model import Notice
from opsflow.outbox.rules import DAY_AND_NIGHT
from opsflow.outbox.store import enqueue_all
from opsflow.prizes.payouts.lists.model import PayoutList
from opsflow.prizes.payouts.lists.store import find, finished

Folders = tuple[Path, ...]
CONCERNED = (Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST, Role.LEADER)


def tell_of_list(session: Session, folders: Folders, campaign: Campaign, found: PayoutList, *, now: datetime) -> None:
    """Finance hears that a list waits for them; who asked for it does not."""
    data: dict[str, Value] = {
        "number": found.number,
        "count": found.count,
        "worth": str(found.worth),
        "needed": found.needed,
    }
    people = [person for person in _finance(folders, campaign) if person != found.requested_by]
    _tell(session, campaign, people, "payouts_requested", (found.number,), data, now=now)


def tell_of_finished(
    session: Session, folders: Folders, campaign: CampaignKey, lists: Collection[str], *, now: datetime
) -> None:
    """Once the last payout of one of these lists, an approved one, is settled, finance and who asked for it hear so, each once."""
    for done in finished(session, campaign, lists):
        held, found = load_campaign(session, campaign), find(session, campaign, done.number)
        assert found is not None  # it was read a moment ago
        data: dict[str, Value] = {
            "number": done.number,
            "paid": done.paid,
            "worth": str(done.worth),
            "refused": done.refused,
        }
        people = [found.requested_by, *_finance(folders, held)]
        _tell(session, held, people, "payouts_finished", (done.number,), data, now=now)


def tell_of_doubts(
    session: Session, folders: Folders, campaign: Campaign, *, attempt: int, count: int, now: datetime
) -> None:
    """Finance and the campaign manager hear that payouts of an attempt need two people to decide."""
    people = [*_finance(folders, campaign), *_holders(campaign, (Role.CAMPAIGN_MANAGER,))]
    _tell(session, campaign, people, "payouts_in_doubt", (attempt,), {"count": count}, now=now)


def tell_of_brake(
    session: Session, folders: Folders, campaign: Campaign, *, by: PersonKey, reason: str, now: datetime
) -> None:
    """Whoever steers the campaign and finance hear it at once, at any hour."""
    people = [*_finance(folders, campaign), *_holders(campaign, CONCERNED)]
    data: dict[str, Value] = {"by_name": campaign.organisation.people[by].name, "reason": reason}
    _tell(session, campaign, people, "payouts_braked", (int(now.timestamp()),), data, now=now, urgent=True)


def _tell(
    session: Session,
    campaign: Campaign,
    people: Iterable[PersonKey],
    template: str,
    meaning: tuple[object, ...],
    data: Mapping[str, Value],
    *,
    now: datetime,
    urgent: bool = False,
) -> None:
    notices = [
        Notice(
            key=key(template, campaign.key, *meaning, person),
            person=person,
            template=template,
            data={"campaign_title": campaign.title, "campaign_key": campaign.key, **data},
            urgent=urgent,
            hours=DAY_AND_NIGHT if urgent else None,
            campaign=campaign.key,
        )
        for person in dict.fromkeys(people)
    ]
    enqueue_all(session, notices, now=now)


def _finance(folders: Folders, campaign: Campaign) -> list[PersonKey]:
    matrix = load_matrix(folders)
    people = campaign.organisation.people
    return [person for person in people if Permission.FINANCE in permissions_of(matrix, campaign, person)]


def _holders(campaign: Campaign, roles: Iterable[Role]) -> list[PersonKey]:
    found = role_holders(campaign.file, campaign.organisation)
    return [found[role] for role in roles if role in found]
