"""What every route asks of its request: a context, a viewer, a place; and what it answers with."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, TypeAlias
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from opsflow.context import Context
from opsflow.kernel.errors import Conflict, NotFound, Refused
from opsflow.kernel.terms import Language
from opsflow.outbox.links import public_url
from opsflow.web.asking import COOKIE, Viewer, is_from_elsewhere, language_of, viewer_of
from opsflow.web.pages import Place, mark

NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
LARGEST_FORM = 32 << 10
MOST_FIELDS = 20
LARGEST_SURVEY = 768 << 10
"""Thirty questions in words, 2,000 Chinese characters each, nine bytes a character as browsers send them."""
MOST_TICKED = 2_000
"""Thirty questions with fifty options each, and room."""
FORM = "application/x-www-form-urlencoded"


class Elsewhere(Refused):
    """A form that a page of another site has sent."""

    def __init__(self) -> None:
        super().__init__("This form was sent from another site. Open the link again, and press the button there.")


class TooOften(Conflict):
    """One address has followed too many links within a minute."""

    def __init__(self) -> None:
        super().__init__("Too many links were followed from this address within a minute. Try again in a minute.")


class NotAForm(Refused):
    """What was sent is not what the page's button sends."""

    def __init__(self, largest: int) -> None:
        super().__init__(f"Only the form of the page is taken: {FORM}, up to {largest >> 10} KiB.")


class NoSuchName(NotFound):
    """An address that names nothing that could exist."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing has such a name: names are letters, digits, dots and dashes, revisions whole numbers."
        )


def opened(request: Request) -> Iterator[Context]:
    """The context of one request; its settings are kept for the page of an error."""
    with request.app.state.open_ctx() as ctx:
        request.state.settings = ctx.settings
        yield ctx


Opened: TypeAlias = Annotated[Context, Depends(opened)]


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def followed(request: Request, ctx: Opened) -> Context:
    """The context of a request that follows a link. TooOften: its address has had its share of this minute."""
    if not request.app.state.limit.allows(address_of(request), now=ctx.clock.now()):
        raise TooOften
    return ctx


Followed: TypeAlias = Annotated[Context, Depends(followed)]


def visited(request: Request, ctx: Opened) -> Context:
    """The context of a participant's request: many share an address, and all of them together have their share as well.

    TooOften: this minute's is used up.
    """
    now, state = ctx.clock.now(), request.app.state
    if not state.crowd.allows(address_of(request), now=now) or not state.everybody.allows("", now=now):
        raise TooOften
    return ctx


Visited: TypeAlias = Annotated[Context, Depends(visited)]


def seeing(request: Request, ctx: Opened) -> Viewer:
    """Who looks. LinkWanted: nobody who may."""
    return viewer_of(
        ctx.settings,
        cookie=request.cookies.get(COOKIE),
        address=address_of(request),
        host=request.headers.get("host", ""),
        headers=request.headers,
        now=ctx.clock.now(),
    )


Seeing: TypeAlias = Annotated[Viewer, Depends(seeing)]


def from_our_page(request: Request, ctx: Followed) -> None:
    """Elsewhere: the form was sent by another site."""
    _check_origin(request, ctx)


def sent_by_our_page(request: Request, ctx: Visited) -> None:
    """The same of a participant's form."""
    _check_origin(request, ctx)


def _check_origin(request: Request, ctx: Context) -> None:
    own = {_origin(f"{request.url.scheme}://{request.headers.get('host', '')}")}
    if base := public_url(ctx.settings):
        own.add(_origin(base))
    if is_from_elsewhere(request.headers.get("origin"), request.headers.get("sec-fetch-site"), own):
        raise Elsewhere


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


async def fields_in(request: Request) -> Mapping[str, str]:
    """The fields of a small form; of one that is sent twice the first. NotAForm: it is something else."""
    return {name: values[0] for name, values in (await _sent(request, LARGEST_FORM, MOST_FIELDS)).items()}


async def large_form_in(request: Request) -> Mapping[str, Sequence[str]]:
    """The fields of a survey's form, each with all of its values. NotAForm: it is something else, or larger than any survey."""
    return await _sent(request, LARGEST_SURVEY, MOST_TICKED)


async def _sent(request: Request, largest: int, most: int) -> dict[str, list[str]]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in ("", FORM):
        raise NotAForm(largest)
    sent = bytearray()
    async for chunk in request.stream():
        sent += chunk
        if len(sent) > largest:
            raise NotAForm(largest)
    try:
        return parse_qs(sent.decode("ascii"), max_num_fields=most, errors="strict")
    except ValueError as error:  # also what is not ASCII (a browser percent-encodes), and what stands for no characters
        raise NotAForm(largest) from error


Fields: TypeAlias = Annotated[Mapping[str, str], Depends(fields_in)]
LargeForm: TypeAlias = Annotated[Mapping[str, Sequence[str]], Depends(large_form_in)]


def language_in(request: Request) -> Language:
    """The language a page is asked for in."""
    return language_of(request.query_params.get("language"), request.headers.get("accept-language", ""))


def own_path(request: Request) -> str:
    """The path of a page, where it can be the address of its other language."""
    path = request.scope["path"]
    return path if re.fullmatch(r"/[A-Za-z0-9._/-]*", path) else ""


def place_of(request: Request, ctx: Context, *, more: str = "", refresh: bool = False) -> Place:
    """Where a page stands."""
    return Place(ctx.settings, language_in(request), own_path(request), more, refresh)


def name_in(text: str) -> str:
    """A key or id out of an address. NotFound: nothing is called so."""
    if NAME.fullmatch(text) is None:
        raise NoSuchName
    return text


def number_in(text: str | None) -> int | None:
    """A revision out of an address. NotFound: there is no such one."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise NoSuchName
    return int(text)


def page(request: Request, content: str) -> Response:
    """A page that may be asked for again: unchanged, it is not sent again."""
    kept = {"etag": mark(content), "cache-control": "private, no-cache", "vary": "Accept-Language, Cookie"}
    if kept["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=kept)
    return HTMLResponse(content, headers=kept)
