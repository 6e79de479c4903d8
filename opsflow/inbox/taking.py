"""Taking a press: once, off a card that still holds, by somebody we know."""

from dataclasses import dataclass

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import load_campaign
from opsflow.db.session import Session
from opsflow.inbox import store
from opsflow.kernel.errors import Conflict, NotFound
from opsflow.outbox.cards import Card, load_card

SLACK = "slack"


class Twice(Conflict):
    """The same press came in before."""


class NoCard(NotFound):
    """A button that no card of ours carries there."""


class Stale(Conflict):
    """The card tells of an older state."""


class Closed(Conflict):
    """What the card speaks of is over."""


@dataclass(frozen=True)
class Taken:
    """A card that holds, and its campaign with the roles of this moment."""

    card: Card
    campaign: Campaign


def holding(session: Session, token: str, *, channel: str) -> Taken:
    """The card of a token, if it still holds where it was pressed. NoCard, Stale, Closed: it does not."""
    try:
        card = load_card(session, token)
    except NotFound as error:
        raise NoCard from error
    where = (card.receipt or channel).partition("/")[0]
    if card.channel != SLACK or card.campaign is None or where != channel:
        raise NoCard
    version, is_open = store.matter(session, card.matter)
    if not is_open:
        raise Closed
    if version != card.version:
        raise Stale
    return Taken(card, load_campaign(session, card.campaign))
