"""`/slack/events`: what Slack sends over HTTP, its signature checked on the raw body before anything of it is read."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

from slack_bolt import BoltRequest

from opsflow.inbox.app import TICKET, Inbox
from opsflow.inbox.payloads import check
from opsflow.inbox.signature import is_slacks, seen_as
from opsflow.inbox.tickets import Ticket
from opsflow.kernel.errors import BadInput

PATH = "/slack/events"
MOST_BYTES = 1 << 20
HANDLERS = 32
FORM = "application/x-www-form-urlencoded"
"""What Slack sends presses and commands as, whatever the request says."""
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
Answer = tuple[int, str, str]
"""Status, content type, body."""


class SlackEvents:
    """An ASGI app, to be mounted at `PATH`."""

    def __init__(self, inbox: Inbox, *, secret: str) -> None:
        self._inbox = inbox
        self._secret = secret
        self._handlers = ThreadPoolExecutor(HANDLERS, thread_name_prefix="opsflow-events")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        assert scope["type"] == "http", "mounted in an app that keeps its own lifespan"
        if scope["method"] != "POST":
            await _reply(send, _told(405, "POST only"))
            return
        body = await _read(receive)
        if body is None:
            await _reply(send, _told(413, "too large"))
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        answer = await asyncio.get_running_loop().run_in_executor(self._handlers, self._answer, headers, body)
        await _reply(send, answer)

    def close(self) -> None:
        """Finish what is begun."""
        self._handlers.shutdown()

    def admits(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether Slack sent it, and lately."""
        return is_slacks(self._secret, headers, body, now=self._inbox.desk.ctx.clock.now())

    def _answer(self, headers: dict[str, str], body: bytes) -> Answer:
        if not self.admits(headers, body):
            return _told(401, "not signed by Slack within the last five minutes")
        try:
            text = readable(body)
        except BadInput as error:
            return _told(400, str(error))
        ticket = Ticket(seen_as(headers))
        request = BoltRequest(body=text, headers={"content-type": FORM}, context={TICKET: ticket})
        answer = self._inbox.app.dispatch(request)
        if ticket.is_known():
            return _told(401, "this request came before")
        return answer.status, answer.first_headers().get("content-type", "text/plain"), answer.body


def readable(body: bytes) -> str:
    """The body as text, if it holds what Slack sends: a form with a JSON payload, or a command's fields. BadInput."""
    try:
        text = body.decode()
        fields = {name: values[0] for name, values in parse_qs(text, strict_parsing=True).items()}
        content = json.loads(fields["payload"]) if "payload" in fields else fields
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not what Slack sends.") from error
    check(content)
    return text


def _told(status: int, text: str) -> Answer:
    return status, "text/plain; charset=utf-8", text


async def _read(receive: Receive) -> bytes | None:
    """The body; None when it is longer than anything Slack sends."""
    parts = bytearray()
    while True:
        message = await receive()
        parts += message.get("body", b"")
        if len(parts) > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(parts)


async def _reply(send: Send, answer: Answer) -> None:
    status, kind, text = answer
    headers = [(b"content-type", kind.encode("latin-1"))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
