"""Gathers a campaign at one instant and writes it into a folder of its own."""

import json
from pathlib import Path

from opsflow.context import Context
from opsflow.engine.archiving.contents import Gathered, contents
from opsflow.engine.record import record
from opsflow.journal.store import stored_of
from opsflow.kernel.folders import FolderKind, check_folder, write_folder
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.draws.model import DrawStatus
from opsflow.prizes.draws.service import proof
from opsflow.prizes.draws.standing import overview
from opsflow.sop.changes.store import proposals
from opsflow.sop.files import sop_file

ARCHIVE = FolderKind(
    "archive", "-o", ".opsflow-archive", "An archive by opsflow; `opsflow archive --force` may replace this folder."
)


def archive(ctx: Context, campaign: CampaignKey, out: Path, *, force: bool = False) -> int:
    """Write everything of a campaign into one folder, aside and by one move; answers how many files stand in it.

    No personal data of participants: they stand as the opaque ids that draws publish. Refused: the folder holds something
    else. NotFound: no such campaign.
    """
    check_folder(out, ARCHIVE, force=force)
    files = contents(gathered(ctx, campaign), ctx.settings.template_folders)

    def fill(folder: Path) -> None:
        for name, content in files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)

    write_folder(out, ARCHIVE, fill, force=force)
    return len(files)


def gathered(ctx: Context, campaign: CampaignKey) -> Gathered:
    """Everything of a campaign. NotFound: there is none of that key."""
    found = record(ctx, campaign)
    held = found.snapshot.campaign
    with ctx.reading() as session:
        entries = tuple(stored_of(session, campaign))
        proposed = proposals(session, campaign=campaign)
    drawn = [one.rule.id for one in overview(ctx, campaign) if one.draw and one.draw.status is DrawStatus.DRAWN]
    file = sop_file(ctx.settings.template_folders, held.sop_name, held.sop_version)
    return Gathered(
        record=found,
        journal=entries,
        checkpoints=_checkpoints(ctx, campaign),
        proposals=proposed,
        proofs={draw: proof(ctx, campaign, draw)[1] for draw in drawn},
        sop=(f"{held.sop_name}-{file.name}", file.read_bytes()),
        at=ctx.clock.now(),
    )


def _checkpoints(ctx: Context, campaign: CampaignKey) -> tuple[str, ...]:
    """The signed lines of a campaign's chain, letter by letter; one that cannot be read proves nothing and stays out."""
    file = ctx.settings.checkpoints_file
    lines = file.read_text("utf-8", errors="replace").splitlines() if file.is_file() else []
    return tuple(line for line in lines if _campaign_of(line) == campaign)


def _campaign_of(line: str) -> str | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said.get("campaign") if isinstance(said, dict) else None
