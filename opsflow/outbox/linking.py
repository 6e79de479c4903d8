"""Links under a message: to the page, and on channels without buttons what the buttons of a vote or a task would do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.outbox.buttons import Actions
from opsflow.outbox.composing import Written, about
from opsflow.outbox.links import ERRANDS, VOTES, action_links, page_link
from opsflow.outbox.model import Recipient, Waiting
from opsflow.ports import Message
from opsflow.settings import Settings


def linked(
    settings: Settings,
    actions: Actions,
    message: Message,
    lines: Sequence[Written],
    recipient: Recipient,
    *,
    buttons: bool,
    now: datetime,
) -> Message:
    """A message with its links, where there is a public address for them to lead to.

    They are made at the moment of sending and go to the channel alone: what is kept of a message is kept without them.
    Each is one person's, so where many read there are none.
    BadInput, Refused: the address or the secret is none.
    """
    campaigns = {one.line.campaign for one in lines}
    onward: CampaignKey | None = campaigns.pop() if len(campaigns) == 1 else None
    page = None if recipient.room else page_link(settings, recipient.person, now=now, campaign=onward)
    if page is None:
        return message
    acts = [] if buttons else _acts(settings, actions, lines, recipient, now)
    body = "\n\n".join(part for part in (message.body, "\n".join(acts)) if part)
    return replace(message, body=body, link=page)


def _acts(
    settings: Settings, actions: Actions, lines: Sequence[Written], recipient: Recipient, now: datetime
) -> list[str]:
    found: list[str] = []
    for one in lines:
        made = action_links(
            settings,
            _offered(actions, one, recipient.person),
            matter=one.line.matter or "" if isinstance(one.line, Waiting) else "",
            person=recipient.person,
            now=now,
        )
        which = f"{about(one.line, recipient.language)}: " if len(lines) > 1 else ""
        colon = "：" if recipient.language == "zh" else ": "
        found += [f"{which}{actions.label(action, recipient.language)}{colon}{url}" for action, url in made.items()]
    return found


def _offered(actions: Actions, one: Written, person: PersonKey) -> Sequence[str]:
    """What the card of a notice would offer; a notice that tells a head of somebody else's vote offers no vote."""
    spec = actions.card(one.line.template, one.line.data)
    matter = one.line.matter if isinstance(one.line, Waiting) else None
    if spec is None or matter is None:
        return ()
    asked = ERRANDS if matter.startswith("task/") else VOTES if _is_asked(matter, person) else ()
    return [action for action in spec.actions if action in asked]


def _is_asked(matter: str, person: PersonKey) -> bool:
    """Whether a notice speaks of this person's own vote."""
    return matter.startswith("approval/") and matter.endswith(f"/{person}")
