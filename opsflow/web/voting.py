"""The routes of signed links: to vote, to read what is voted on, to finish or promise a task, and to be let in."""

from datetime import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from opsflow.engine.standing import paper
from opsflow.kernel.signing import Altered, Signed
from opsflow.kernel.terms import CampaignKey
from opsflow.outbox.links import VIEW, public_url, read_link
from opsflow.settings import Settings
from opsflow.web import errands, votes
from opsflow.web.asking import COOKIE, Viewer
from opsflow.web.pages import document_page
from opsflow.web.routing import NAME, Fields, Followed, from_our_page, number_in, place_of

router = APIRouter()
READ = ["GET", "HEAD"]


@router.api_route("/links/{token}", methods=READ)
def ask(request: Request, ctx: Followed, token: str) -> Response:
    """What a link would do. It does nothing yet: whoever scans mail for bad links opens them all."""
    place, errand = place_of(request, ctx), errands.read_errand(ctx, token)
    answer = errands.shown(ctx, errand, place) if errand else votes.shown(ctx, votes.read_vote(ctx, token), place)
    return HTMLResponse(answer.page, answer.status)


@router.post("/links/{token}", dependencies=[Depends(from_our_page)])
def act(request: Request, ctx: Followed, token: str, fields: Fields) -> Response:
    """Do what the link is for."""
    place, errand = place_of(request, ctx), errands.read_errand(ctx, token)
    if errand is not None:
        refused = errands.run(ctx, errand, place, fields)
    else:
        refused = votes.cast(ctx, votes.read_vote(ctx, token), place, fields.get("reason", ""))
    if refused is not None:
        return HTMLResponse(refused.page, refused.status)
    return RedirectResponse(f"{place.root}/links/{token}/result?language={place.language}", 303)


@router.api_route("/links/{token}/result", methods=READ)
def result(request: Request, ctx: Followed, token: str) -> Response:
    """What the link has done."""
    place, errand = place_of(request, ctx), errands.read_errand(ctx, token)
    answer = errands.result(ctx, errand, place) if errand else votes.result(ctx, votes.read_vote(ctx, token), place)
    return HTMLResponse(answer.page, answer.status)


@router.api_route("/links/{token}/document", methods=READ)
def document(request: Request, ctx: Followed, token: str) -> Response:
    """What is voted on, for who has the link and perhaps no other."""
    link = votes.read_vote(ctx, token)
    campaign, subject, _ = link.approval.split("/")
    revision = number_in(request.query_params.get("revision"))
    place = place_of(request, ctx, more=f"&revision={revision}" if revision else "")
    seen = Viewer(link.person).sees
    found = paper(ctx, CampaignKey(campaign), subject, place.language, seen=seen, revision=revision)
    facts = document_page(found, place.language, back=f"/links/{token}", whole=False)
    return HTMLResponse(place.fill("document.html.j2", facts))


@router.api_route("/enter/{token}", methods=READ)
def enter(request: Request, ctx: Followed, token: str) -> Response:
    """Let somebody in to the pages; their browser keeps the link until it ends."""
    now = ctx.clock.now()
    said = read_link(ctx.settings, token, now=now)
    if said.action != VIEW:
        raise Altered
    place = place_of(request, ctx)
    onward = f"/campaigns/{said.matter}" if NAME.fullmatch(said.matter) else "/"
    answer = RedirectResponse(f"{place.root}{onward}?language={place.language}", 303)
    _keep(answer, ctx.settings, token, said, now)
    return answer


def _keep(answer: Response, settings: Settings, token: str, said: Signed, now: datetime) -> None:
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int((said.ends - now).total_seconds()),
        httponly=True,
        samesite="lax",
        secure=(public_url(settings) or "").startswith("https:"),
    )
