"""What the parts of feedback do in one way within a transaction: find whom a file speaks of, keep an answer, wake the closing stage."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import add_wakes
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.feedback.surveys.store import keep_choices
from opsflow.feedback.voices.model import Said, voice_id
from opsflow.feedback.voices.service import keep
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, Stage
from opsflow.participants import identity, store
from opsflow.participants.model import ParticipantStatus

_FORMS: Mapping[str, Callable[[str], str]] = {
    "account": identity.account,
    "email": identity.email,
    "phone": identity.phone,
}


def whose(session: Session, campaign: CampaignKey, named: Sequence[Mapping[str, str]]) -> list[str | None]:
    """The participant's id for each row that names somebody (see `columns.WHO`); None: nobody of the campaign is named so."""
    salt = store.salt_of(session, campaign, secrets.token_hex(32))
    wanted = [_wanted(salt, each) for each in named]
    found: dict[tuple[str, str], str] = {}
    for kind in _FORMS:
        digests = {value for name, value in wanted if name == kind and value}
        found |= {(kind, digest): who for digest, who in store.owners(session, campaign, kind, digests).items()}
    ids = {value for name, value in wanted if name == "participant"}
    known = store.known(session, campaign, ids)
    found |= {("participant", who): who for who, row in known.items() if row["status"] != ParticipantStatus.ERASED}
    return [found.get(each) for each in wanted]


@dataclass(frozen=True, slots=True)
class Given:
    """What one invitation was answered with, wherever that was."""

    invitation: str
    participant: str | None
    source: str
    at: datetime
    choices: Mapping[str, tuple[str, ...]]
    """By question."""
    words: Mapping[str, str]
    """By question."""


def keep_answers(ctx: Context, session: Session, campaign: CampaignKey, answers: Sequence[Given]) -> None:
    """Keep what was chosen and said; for whoever has found that these invitations had no answer yet."""
    keep_choices(
        session,
        [
            {"campaign": campaign, "invitation": each.invitation, "question": question, "choice": choice}
            for each in answers
            for question, choices in each.choices.items()
            for choice in choices
        ],
    )
    said = (
        Said(voice_id("answer", each.invitation, question), each.participant, each.source, text, each.at)
        for each in answers
        for question, text in each.words.items()
    )
    keep(ctx, session, campaign, said)


def wake_closing(session: Session, held: Campaign, *, now: datetime) -> None:
    """Have the closing stage look again; before the campaign's end there is nothing for it to see."""
    if now >= held.ends:
        add_wakes(session, held.key, [(Stage.CLOSING, now)])


def _wanted(salt: str, named: Mapping[str, str]) -> tuple[str, str]:
    """What is looked for: the id, or the digest of the first identity that is named."""
    name, text = next(iter(named.items()), ("participant", ""))
    if name == "participant":
        return name, text.strip().casefold()
    try:
        return name, identity.digest(salt, name, _FORMS[name](text))
    except BadInput:
        return name, ""
