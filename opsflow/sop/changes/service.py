"""Proposals that make themselves: what an executor, an incident or a review's lesson says of the SOP becomes a draft."""

from datetime import datetime

from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.keys import content_hash, key
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.sop.changes import store
from opsflow.sop.changes.model import NewProposal, Source


def keep(session: Session, new: NewProposal, *, now: datetime) -> tuple[int, bool]:
    """Keep a proposal and journal it; answers its number and whether it is new: the same is proposed once."""
    number, is_new = store.add(session, new, now=now)
    if is_new:
        data: dict[str, Value] = {"sop": new.sop, "base": new.base, "source": new.source, "reason": new.reason}
        data |= {"task": new.task, "change": bool(new.change)}
        write(
            session,
            at=now,
            actor=new.author,
            action="sop.proposed",
            campaign=new.campaign,
            object=str(number),
            data=data,
        )
    return number, is_new


def said_key(source: Source, campaign: CampaignKey, about: str, words: Text) -> str:
    """The key of what was said in a campaign about a thing: said twice in the same words it is one proposal."""
    return key(source, campaign, about, content_hash([words.en, words.zh])[:16])
