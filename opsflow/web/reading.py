"""The pages: campaigns, one campaign, a task, a document. Reads only, and without waiting for whoever writes."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from opsflow.db.ticks import last_tick
from opsflow.engine.standing import paper, shelf, standing
from opsflow.kernel.terms import CampaignKey, TaskCode
from opsflow.web.facts import campaign_page, shelf_page, task_page
from opsflow.web.pages import Place, document_page, style
from opsflow.web.routing import NoSuchName, Opened, Seeing, language_in, name_in, number_in, page, place_of

router = APIRouter()
READ = ["GET", "HEAD"]
SHEETS = ("page", "document")


@router.api_route("/", methods=READ)
def campaigns(request: Request, ctx: Opened, viewer: Seeing) -> Response:
    """Every campaign that may be seen."""
    place = place_of(request, ctx)
    facts = shelf_page(shelf(ctx, seen=viewer.sees), place.language)
    return page(request, place.fill("campaigns.html.j2", facts))


@router.api_route("/campaigns/{key}", methods=READ)
def campaign(request: Request, ctx: Opened, viewer: Seeing, key: str) -> Response:
    """Where a campaign stands."""
    place = place_of(request, ctx, refresh=request.query_params.get("refresh") == "1")
    found = standing(ctx, CampaignKey(name_in(key)), place.language, seen=viewer.sees)
    return page(request, place.fill("campaign.html.j2", campaign_page(found, place.language)))


@router.api_route("/campaigns/{key}/tasks/{code}", methods=READ)
def task(request: Request, ctx: Opened, viewer: Seeing, key: str, code: str) -> Response:
    """Why a task is due when it is."""
    place = place_of(request, ctx)
    found = standing(ctx, CampaignKey(name_in(key)), place.language, seen=viewer.sees)
    return page(request, place.fill("task.html.j2", task_page(found, TaskCode(name_in(code)))))


@router.api_route("/campaigns/{key}/documents/{name}", methods=READ)
def document(request: Request, ctx: Opened, viewer: Seeing, key: str, name: str) -> Response:
    """A document, in any of its revisions."""
    revision = number_in(request.query_params.get("revision"))
    place = place_of(request, ctx, more=f"&revision={revision}" if revision else "")
    found = paper(ctx, CampaignKey(name_in(key)), name_in(name), place.language, seen=viewer.sees, revision=revision)
    facts = document_page(found, place.language, back=f"/campaigns/{key}", whole=True)
    return page(request, place.fill("document.html.j2", facts))


@router.api_route("/style/{name}.css", methods=READ)
def sheet(ctx: Opened, name: str) -> Response:
    """A style sheet of the pages."""
    if name not in SHEETS:
        raise NoSuchName
    return Response(style(ctx.settings, name), media_type="text/css", headers={"cache-control": "max-age=300"})


@router.api_route("/style/icon.svg", methods=READ)
def icon(request: Request, ctx: Opened) -> Response:
    """The mark in a browser's tab."""
    drawn = Place(ctx.settings, language_in(request), "").fill("icon.svg.j2", {})
    return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "max-age=86400"})


@router.api_route("/health", methods=READ)
def health(ctx: Opened) -> Response:
    """Whether pages can be shown: the database answers. It tells nothing else, and so it tells everybody."""
    with ctx.reading() as session:
        last_tick(session, "deadline_tracking")
    return JSONResponse({"status": "ok"})
