"""Whether the journal is what was written, and whether its checkpoints keep up."""

from collections.abc import Iterator

from opsflow.context import Context
from opsflow.doctor.finding import Finding, note, ok, wrong
from opsflow.journal.service import Verified, verify
from opsflow.journal.verifying import STALE, ChainReport, Verdict
from opsflow.kernel.errors import OpsflowError
from opsflow.ports import Kept

BROKEN = "keep this database as it is, and find out who may write it; docs/operations.md says how a backup tells what was there"
UNSIGNED = (
    "every tick signs what is due: start `opsflow up`, or the workers; `opsflow tick` says what stands in its way"
)
UNREADABLE = (
    "find out who may write the file; after a crash, delete the line: what it has signed is signed again by later ones"
)


def look_at_journal(ctx: Context) -> Iterator[Finding]:
    """Follow every chain, as `opsflow journal verify` does; a million entries take some ten seconds."""
    try:
        found = verify(ctx, ctx.witness().kept() if ctx.witness else Kept((), ()))
    except OpsflowError as error:
        yield wrong("journal", str(error), "make it readable for this user, or correct OPSFLOW_CHECKPOINTS")
        return
    for text in found.unreadable:
        yield wrong("journal", text, UNREADABLE)
    for chain in found.chains:
        yield from _chain(ctx, chain)
    if found.verdict is Verdict.WHOLE or not found.chains:
        yield ok("journal", _well(found))


def _chain(ctx: Context, chain: ChainReport) -> Iterator[Finding]:
    named = f"the journal of {chain.campaign or 'no campaign'}"
    if chain.fault is not None:
        yield wrong("journal", f"{named} is broken at entry {chain.fault.number}: {chain.fault.text}", BROKEN)
    elif chain.waiting_since is not None and ctx.clock.now() - chain.waiting_since >= STALE:
        minutes = int((ctx.clock.now() - chain.waiting_since).total_seconds() // 60)
        rest = chain.entries - chain.signed
        yield wrong(
            "journal", f"{named} has waited {minutes} minutes for a checkpoint (entries not signed: {rest})", UNSIGNED
        )
    elif chain.verdict is Verdict.UNPROVEN:
        yield note("journal", f"{named} has no checkpoint yet", UNSIGNED)


def _well(found: Verified) -> str:
    return f"it holds together, as far as its checkpoints go (chains: {len(found.chains)}, entries: {found.entries})"
