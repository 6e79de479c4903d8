"""The web application: pages to read and links to vote by. It parses, calls one use case, and shows."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opsflow.context import Context
from opsflow.engine.standing import NotShown
from opsflow.feedback.surveys.model import SurveyClosed, SurveyPaused
from opsflow.kernel.errors import BadInput, NotFound, OpsflowError, PortFailed
from opsflow.kernel.signing import Altered, Expired
from opsflow.outbox.links import LinkOver
from opsflow.prizes.claims.service import TooLate
from opsflow.prizes.payouts.model import UnderWay
from opsflow.settings import Settings
from opsflow.web import answering, claiming, reading, voting
from opsflow.web.asking import LinkWanted, status_of
from opsflow.web.limits import Limit
from opsflow.web.pages import Kind, Place, notice
from opsflow.web.routing import Elsewhere, NoSuchName, TooOften, language_in, own_path

OpenContext = Callable[[], AbstractContextManager[Context]]

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer. Nothing is loaded from elsewhere, nothing runs, nobody frames a page, and no address leaks onwards."""
NO_STORE = "no-store"
FOLLOW_PER_MINUTE = 60
CROWD_PER_MINUTE = 600
"""Requests of participants from one address: a mobile network hides thousands behind one."""
EVERYBODY_PER_MINUTE = 6_000
"""Of all of them together: more than that one process does not answer in time."""

_log = logging.getLogger(__name__)


def make_app(
    open_ctx: OpenContext,
    *,
    per_minute: int = FOLLOW_PER_MINUTE,
    crowd: int = CROWD_PER_MINUTE,
    everybody: int = EVERYBODY_PER_MINUTE,
    beside: Mapping[str, ASGIApp] | None = None,
) -> FastAPI:
    """The application. `open_ctx` is entered for each request: hand in one that keeps its database open.

    `per_minute`: how many links one address may follow. `crowd`, `everybody`: how many requests participants may make at
    surveys, from one address and all together. `beside`: what answers at paths that are no pages. Serve it without an access log: a link's address is its secret.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.open_ctx = open_ctx
    app.state.limit = Limit(per_minute)
    app.state.crowd, app.state.everybody = Limit(crowd), Limit(everybody)
    app.include_router(reading.router)
    app.include_router(voting.router)
    app.include_router(claiming.router)
    app.include_router(answering.router)
    app.router.routes.extend(Route(path, other) for path, other in (beside or {}).items())
    app.add_exception_handler(OpsflowError, _told)
    app.add_exception_handler(HTTPException, _no_such_page)
    app.add_middleware(Headers)
    return app


class Headers:
    """Sets the headers that every answer carries, whoever made it; what may be kept says so itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.setdefault("headers", [])
                names = {name.lower() for name, _ in given}
                wanted = {**HEADERS, "cache-control": NO_STORE}
                given += [
                    (name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in names
                ]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


KINDS: tuple[tuple[type[OpsflowError], Kind], ...] = (
    (Altered, "altered"),
    (LinkOver, "gone"),
    (Expired, "expired"),
    (TooLate, "too_late"),
    (UnderWay, "under_way"),
    (SurveyClosed, "survey_closed"),
    (SurveyPaused, "survey_paused"),
    (LinkWanted, "link_wanted"),
    (Elsewhere, "elsewhere"),
    (TooOften, "too_often"),
    (NotFound, "not_found"),
    (BadInput, "broken"),
    (PortFailed, "down"),
)
PARTICIPANTS = ("/claims/", "/surveys/")
"""Whose pages lead to none of the team's."""
QUIET = (
    Altered,
    Expired,
    TooLate,
    UnderWay,
    SurveyClosed,
    SurveyPaused,
    LinkWanted,
    Elsewhere,
    TooOften,
    NoSuchName,
    NotShown,
)
"""Nothing that whoever runs the server has to know."""


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, OpsflowError)  # what it is registered for
    kind: Kind = next((kind for family, kind in KINDS if isinstance(error, family)), "refused")
    status = HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, TooOften) else status_of(error)
    if isinstance(error, BadInput):  # of the workspace: who asks has no part in it
        status = HTTPStatus.SERVICE_UNAVAILABLE
    if kind == "down" and request.method == "POST":
        kind = "busy"
    if not isinstance(error, QUIET):
        route = request.scope.get("route")
        _log.warning("%s %s: %s", request.method, getattr(route, "path", "no route"), error)
    after = {"retry-after": "60"} if status in (429, 503) else {}
    return _notice(request, kind, status, headers=after)


def _no_such_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is registered for
    kind: Kind = "not_found" if error.status_code == HTTPStatus.NOT_FOUND else "refused"
    return _notice(request, kind, error.status_code, headers=dict(error.headers or {}))


def _notice(request: Request, kind: Kind, status: int, *, headers: dict[str, str]) -> Response:
    settings = getattr(request.state, "settings", None) or Settings()
    way_out = not request.url.path.startswith(PARTICIPANTS) and kind not in (
        "too_late",
        "under_way",
        "survey_closed",
        "survey_paused",
        "link_wanted",
        "altered",
        "expired",
        "elsewhere",
        "too_often",
        "busy",
    )
    path = "" if kind == "not_found" else own_path(request)
    try:
        page = notice(Place(settings, language_in(request), path), kind, way_out=way_out)
    except OpsflowError as error:
        _log.warning("%s", error)
        # The workspace's own pages are what is broken; or its address is, and then there is no other page to lead to.
        bare = settings.model_copy(update={"workspace": None, "public_url": ""})
        page = notice(Place(bare, language_in(request), ""), kind, way_out=False)
    return HTMLResponse(page, status, headers=headers)
