"""What a schema cannot see in the draws of a campaign file: prizes nobody has, more given out than there are, missing numbers."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from opsflow.campaigns.drawrules import DrawRule, Filter
from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.expectations import Finding, Loc, suggestion
from opsflow.kernel.text import Text

MARGIN = timedelta(minutes=10)
"""At least so long lies between the last result that counts and the number (reliability.md d3)."""
_ONLY: dict[str, tuple[str, ...]] = {
    "tickets": ("lottery",),
    "number_at": ("lottery",),
    "number_source": ("lottery",),
    "drand": ("lottery",),
    "measure": ("ranking", "threshold"),
    "most_a_day": ("threshold",),
    "when": ("lottery", "ranking", "threshold"),
    "filters": ("lottery", "ranking", "threshold"),
    "alternates": ("lottery", "ranking"),
}
_NEEDS: dict[str, tuple[str, ...]] = {
    "lottery": ("number_at",),
    "ranking": ("measure",),
    "threshold": ("when",),
    "list": (),
}


def draw_findings(campaign: CampaignFile) -> Iterator[Finding]:
    """Every mistake in `draws:`."""
    seen: set[str] = set()
    for at, draw in enumerate(campaign.draws):
        loc: Loc = ("draws", at)
        if draw.id in seen:
            yield _wrong((*loc, "id"), f"the id `{draw.id}` is used twice in draws", "Give it one of its own.")
        seen.add(draw.id)
        yield from _fields(loc, draw)
        yield from _times(loc, draw, campaign)
        yield from _prizes(loc, draw, campaign)
        if draw.form == "lottery" and source_of(draw, campaign) is None:
            hint = "Say under `prize_terms` which public number decides."
            yield _wrong(loc, f"the lottery `{draw.id}` has no `number_source`", hint)
        yield from _filters((*loc, "filters"), draw.filters or ())
    yield from _filters(("prize_terms", "filters"), campaign.prize_terms.filters)
    yield from _given_out(campaign)


def window(draw: DrawRule, campaign: CampaignFile) -> tuple[datetime, datetime]:
    """Between which local times results count: half-open."""
    return draw.starts or campaign.live.start, draw.ends or campaign.live.end


def source_of(draw: DrawRule, campaign: CampaignFile) -> Text | None:
    """Which public number a lottery is drawn with."""
    return draw.number_source or campaign.prize_terms.number_source


def filters_of(draw: DrawRule, campaign: CampaignFile) -> tuple[Filter, ...]:
    """Who is left out of it; a list of winners leaves nobody out."""
    if draw.form == "list":
        return ()
    return campaign.prize_terms.filters if draw.filters is None else draw.filters


def _filters(loc: Loc, filters: tuple[Filter, ...]) -> Iterator[Finding]:
    if len({each.name for each in filters}) < len(filters):
        yield _wrong(loc, "a filter is named twice", "Name each once.")


def _fields(loc: Loc, draw: DrawRule) -> Iterator[Finding]:
    for name, forms in _ONLY.items():
        if draw.form not in forms and getattr(draw, name):
            yield _wrong((*loc, name), f"a {draw.form} has no `{name}`", f"Only {' and '.join(forms)} have it.")
    for name in _NEEDS[draw.form]:
        if not getattr(draw, name):
            yield _wrong(loc, f"the {draw.form} `{draw.id}` has no `{name}`", "Add it.")


def _times(loc: Loc, draw: DrawRule, campaign: CampaignFile) -> Iterator[Finding]:
    starts, ends = window(draw, campaign)
    if ends <= starts:
        yield _wrong((*loc, "ends"), f"`{draw.id}` ends before it starts", "The end is exclusive.")
    if draw.number_at is not None and draw.number_at < ends + MARGIN:
        minutes = int(MARGIN.total_seconds() / 60)
        message = f"the number of `{draw.id}` is known before its results are in"
        yield _wrong(
            (*loc, "number_at"), message, f"It must come at least {minutes} minutes after {ends:%Y-%m-%dT%H:%M}."
        )


def _prizes(loc: Loc, draw: DrawRule, campaign: CampaignFile) -> Iterator[Finding]:
    known = [prize.id for prize in campaign.prizes]
    for at, share in enumerate(draw.prizes):
        if share.prize not in known:
            where = (*loc, "prizes", at, "prize")
            yield _wrong(where, f"there is no prize `{share.prize}`", suggestion(share.prize, known))
        if share.prize in [earlier.prize for earlier in draw.prizes[:at]]:
            yield _wrong((*loc, "prizes", at), f"`{share.prize}` is named twice in `{draw.id}`", "Add the two up.")


def _given_out(campaign: CampaignFile) -> Iterator[Finding]:
    """F67: more is promised than there is."""
    given: Counter[str] = Counter()
    for draw in campaign.draws:
        given.update({share.prize: share.quantity for share in draw.prizes})
    for at, prize in enumerate(campaign.prizes):
        if given[prize.id] > prize.quantity:
            message = f"the draws give out {given[prize.id]} of `{prize.id}`, and there are {prize.quantity}"
            yield _wrong(("prizes", at, "quantity"), message, "Lower what the draws give, or raise the quantity.")


def _wrong(loc: Loc, message: str, hint: str) -> Finding:
    return Finding(loc, False, message, hint)
