"""Writing the journal inside the transaction of what happened, reading it, and proving that it is what was written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal import store
from opsflow.journal.model import Entry
from opsflow.journal.verifying import MOST_UNSIGNED, PERIOD, ChainReport, Verdict, walk
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.values import Value, record
from opsflow.ports import Kept


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of the whole journal."""

    chains: tuple[ChainReport, ...]
    unreadable: tuple[str, ...]
    """Checkpoints that prove nothing: a signature that is not ours, a line that is none."""

    @property
    def verdict(self) -> Verdict:
        """That of the worst chain; of an empty journal nothing tells that it always was."""
        found = {each.verdict for each in self.chains} or {Verdict.UNPROVEN}
        if Verdict.BROKEN in found or self.unreadable:
            return Verdict.BROKEN
        return Verdict.UNPROVEN if Verdict.UNPROVEN in found else Verdict.WHOLE

    @property
    def entries(self) -> int:
        return sum(each.entries for each in self.chains)


def write(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    campaign: CampaignKey | None,
    object: str,  # noqa: A002  the entry's own word for what was acted on
    data: Mapping[str, Value] | None = None,
) -> None:
    """Append one entry; it stands or falls with the transaction of what it tells.

    `actor`: a person's key, or `opsflow.journal.model.ENGINE`. Nobody else appends to the campaign's chain until the
    transaction ends: hold the campaign before you take rows of it, as everybody does, or two wait for each other.
    """
    store.add(session, at=at, actor=actor, action=action, campaign=campaign, object=object, data=record(data or {}))


def write_all(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    campaign: CampaignKey | None,
    objects: Mapping[str, Mapping[str, Value]],
) -> None:
    """Append an entry for each of several objects of one action, in their order."""
    recorded = {name: record(data) for name, data in objects.items()}
    store.add_all(session, at=at, actor=actor, action=action, campaign=campaign, objects=recorded)


def read(session: Session, campaign: CampaignKey | None) -> tuple[Entry, ...]:
    """All entries of one campaign, oldest first; of None: those that belong to no campaign."""
    return store.entries(session, campaign)


def sign_due(ctx: Context) -> int:
    """Sign the chains that have grown by 1,000 entries, or ten minutes ago or more; answers how many.

    First outside, then remembered here: who dies between the two has signed the same twice. PortFailed: the witness
    cannot keep it.
    """
    if ctx.witness is None:
        return 0
    now = ctx.clock.now()
    with ctx.reading() as session:
        due = store.unsigned(session, most=MOST_UNSIGNED, before=now - PERIOD, now=now)
    if due:
        ctx.witness().keep(due)
        with ctx.transaction() as session:
            store.mark_signed(session, due)
    return len(due)


def verify(ctx: Context, kept: Kept) -> Verified:
    """Follow every chain through every entry, and hold it against the checkpoints that were kept outside."""
    with ctx.reading() as session:
        chains = store.chains(session)
        found = walk(store.stored(session), chains, kept.checkpoints, now=ctx.clock.now())
    return Verified(found, kept.unreadable)
