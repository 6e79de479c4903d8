"""The page on which a winner says where a prize goes, or reads the code that it is: by a link of their own, without script, on a telephone."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from opsflow.prizes.claims import service
from opsflow.prizes.claims.model import ADDRESS_LONGEST, LONGEST, Field, Mistake, fields_of
from opsflow.prizes.claims.service import Claim
from opsflow.web.pages import Place
from opsflow.web.routing import Fields, Visited, place_of, sent_by_our_page

router = APIRouter()
READ = ["GET", "HEAD"]
KINDS: Mapping[Field, tuple[str, str]] = {
    "name": ("text", "name"),
    "phone": ("tel", "tel"),
    "address": ("area", "street-address"),
    "account": ("text", "off"),
    "tax_id": ("text", "off"),
}
"""How each field is asked for, and what a browser may fill in."""


@router.api_route("/claims/{token}", methods=READ)
def ask(request: Request, ctx: Visited, token: str) -> Response:
    """What is needed for the prize. Opening the page records nothing, and it never shows what was given before."""
    found = service.read_claim(ctx, token)
    return HTMLResponse(_page(found, place_of(request, ctx), {}, {}))


@router.post("/claims/{token}", dependencies=[Depends(sent_by_our_page)])
def act(request: Request, ctx: Visited, token: str, fields: Fields) -> Response:
    """Take it down, or say what is wrong with it."""
    place = place_of(request, ctx)
    read = service.claim(ctx, token, fields)
    if read.mistakes:
        return HTMLResponse(_page(service.read_claim(ctx, token), place, read.values, read.mistakes), 422)
    return RedirectResponse(f"{place.root}/claims/{token}/done?language={place.language}", 303)


@router.api_route("/claims/{token}/done", methods=READ)
def done(request: Request, ctx: Visited, token: str) -> Response:
    """What became of it."""
    found = service.read_claim(ctx, token)
    return HTMLResponse(_page(found, place_of(request, ctx), {}, {}, thanks=found.is_claimed))


def _page(
    found: Claim, place: Place, given: Mapping[Field, str], mistakes: Mapping[Field, Mistake], *, thanks: bool = False
) -> str:
    language, campaign = place.language, found.campaign
    facts: dict[str, Any] = {
        "thanks": thanks,
        "claimed": found.is_claimed,
        "asks": found.asks,
        "paid": found.is_paid,
        "code": found.code or "",
        "campaign_title": campaign.file.theme.title[language],
        "organisation": campaign.organisation.name[language],
        "prize": found.prize.title[language],
        "until": found.until.astimezone(campaign.zone),
        "fields": [
            {
                "name": name,
                "kind": KINDS[name][0],
                "fills": KINDS[name][1],
                "longest": ADDRESS_LONGEST if name == "address" else LONGEST,
                "given": given.get(name, ""),
                "mistake": mistakes.get(name, ""),
            }
            for name in fields_of(found.prize)
        ],
    }
    return place.fill("claim.html.j2", facts)
