"""Times of a campaign file that no clock ever shows, because the clocks of its zone are put forward over them."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from opsflow.campaigns.model import CampaignFile, Live, Phase, Round
from opsflow.kernel.expectations import Finding, Loc
from opsflow.kernel.zoned import gap


def clock_findings(campaign: CampaignFile) -> Iterator[Finding]:
    """Every time that does not exist: whoever reads the file would take it for another one than is counted with.

    Times that exist twice are no mistake: the first of the two is meant.
    """
    zone = ZoneInfo(campaign.zone)
    for loc, at in _times(campaign):
        skipped = gap(at, zone) if at is not None else None
        if skipped is not None:
            before, after = (f"{end:%Y-%m-%d %H:%M}" for end in skipped)
            yield Finding(
                loc,
                False,
                f"{at:%Y-%m-%dT%H:%M} does not exist in {zone.key}: the clocks go from {before} to {after}",
                f"Write {skipped[1]:%Y-%m-%dT%H:%M}, or a time before {before}.",
            )


def _times(campaign: CampaignFile) -> Iterator[tuple[Loc, datetime | None]]:
    """Every local time that the file gives, with its place."""
    live = campaign.live
    spans: list[tuple[Loc, Live | Phase | Round]] = [(("live",), live)]
    spans += [(("live", "phases", at), phase) for at, phase in enumerate(live.phases)]
    spans += [(("live", "rounds", at), part) for at, part in enumerate(live.rounds)]
    for loc, span in spans:
        yield (*loc, "start"), span.start
        yield (*loc, "end"), span.end
    yield from ((("publicity", at, "at"), node.at) for at, node in enumerate(campaign.publicity))
    for at, draw in enumerate(campaign.draws):
        for name, time in (("starts", draw.starts), ("ends", draw.ends), ("number_at", draw.number_at)):
            yield ("draws", at, name), time
    if campaign.feedback is not None:
        yield ("feedback", "opens"), campaign.feedback.opens
