"""Activity comes in from files, a chunk to a transaction; new users and who came back."""

import secrets
from collections.abc import Callable, Iterable
from itertools import islice

from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.zoned import local_date
from opsflow.metrics.activity import rows, store
from opsflow.metrics.activity.model import Retention
from opsflow.metrics.activity.model import retention as told_of
from opsflow.metrics.rows import live_days
from opsflow.metrics.service import held_for

CHUNK = 20_000
"""Rows in one transaction; each is a key of three short columns."""


def import_activity(
    ctx: Context,
    campaign: CampaignKey,
    source: Iterable[Row],
    *,
    by: PersonKey,
    reject: Callable[[Rejected], None] = lambda _: None,
    tell: Callable[[Imported], None] = lambda _: None,
) -> Imported:
    """Take in who did something when; the same file twice changes nothing, and nobody's name is kept: a digest is.

    Counts are of days on which somebody did anything; what a file says twice is known. `reject`, `tell` and errors as of `service.import_readings`.
    """
    with ctx.transaction() as session:
        held_for(ctx, session, campaign, "metrics.import", by=by)
        salt = store.salt_of(session, campaign, secrets.token_hex(32))
    done, rest = Imported(), iter(source)
    while some := list(islice(rest, CHUNK)):
        refused: list[Rejected] = []
        with ctx.transaction() as session:
            held = held_for(ctx, session, campaign, "metrics.import", by=by)
            now, found = ctx.clock.now(), set()
            for row in some:
                try:
                    who, day = rows.activity(row, held.zone, now)
                except BadInput as error:
                    refused.append(Rejected(row.line, str(error), row.values))
                    continue
                found.add((rows.digest(salt, who), day))
            added = store.add(session, campaign, found)
        for each in refused:
            reject(each)
        done += Imported(added, 0, len(some) - len(refused) - added, len(refused))
        tell(done)
    with ctx.transaction() as session:
        held_for(ctx, session, campaign, "metrics.import", by=by)
        data = {"added": done.added, "known": done.known, "rejected": done.rejected}
        action, now = "metrics.activity", ctx.clock.now()
        write(session, at=now, actor=by, action=action, campaign=campaign, object=campaign, data=data)
    return done


def retention(ctx: Context, session: Session, campaign: CampaignKey) -> Retention | None:
    """New users of the live days, and who came back; None: no activity is known of the campaign."""
    days = store.days(session, campaign)
    if not days:
        return None
    held = load_campaign(session, campaign)
    today = local_date(ctx.clock.now(), held.zone)
    return told_of(store.counted(session, campaign), live=live_days(held.file), days=days, today=today)
