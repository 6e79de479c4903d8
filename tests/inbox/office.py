"""The small campaign under way, Slack on loopback, and our inbox before it."""

import asyncio
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from opsflow.adapters.slack.calls import web_client
from opsflow.context import Context
from opsflow.db.statements import insert_many
from opsflow.db.tables import CardRow, DeliveryRow, OutboxRow
from opsflow.inbox.app import LISTENERS, Inbox
from opsflow.inbox.desk import HANDS, PATIENCE, WRITTEN_WITHIN, Desk
from opsflow.inbox.http import SlackEvents
from opsflow.journal.service import read
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey
from opsflow.org.model import Organisation
from opsflow.outbox import store as outbox
from opsflow.outbox.model import Notice
from tests.campaigns.planning import organisation
from tests.engine.driving import run_due
from tests.engine.scene import at
from tests.engine.small import KEY, begin, in_workspace
from tests.inbox.fingers import Fingers, direct, slack_id
from tests.slack.server import FakeSlack
from tests.slack.workspace import BOT_TOKEN, SECRET

CHINESE = PersonKey("sponsor")
"""Reads Chinese; everybody else English."""
UNHURRIED = 30.0
"""Seconds that a press may wait where a test is not about that: machines that run tests are slow at times."""
BY_MEMBER_ID = PersonKey("duty")
"""Is known by the member id in org.yaml; everybody else by e-mail address."""


def people_with_accounts() -> Organisation:
    """The organisation, everybody with an address in Slack."""
    org = organisation()
    people = {
        key: entry.model_copy(
            update={
                "email": "" if key == BY_MEMBER_ID else f"{key}@Example.com",
                "slack": slack_id(key) if key == BY_MEMBER_ID else "",
                "language": "zh" if key == CHINESE else None,
            }
        )
        for key, entry in org.people.items()
    }
    return org.model_copy(update={"people": people})


@dataclass(kw_only=True)
class Office(Fingers):
    """Both sides of the line. What a person does in Slack is a method; what they see is read off the workspace."""

    ctx: Context
    clock: VirtualClock
    inbox: Inbox
    events: SlackEvents
    took: list[float] = field(default_factory=list)
    """How long each request was answered, in seconds."""

    def card(self, matter: str, person: str, *, kind: str = "task", version: int | None = None) -> str:
        """A card of a matter, as delivery leaves it; its token."""
        self.number += 1
        token, channel = f"token-{self.number}", direct(person)
        with self.ctx.transaction() as session:
            known = outbox.version_of(session, matter)
            outbox.enqueue(
                session,
                Notice(
                    key=f"n/{self.number}", person=PersonKey(person), template="task_opened", data={}, matter=matter
                ),
                now=self.ctx.clock.now(),
            )
            notice = session.scalar(sa.select(OutboxRow.id).where(OutboxRow.key == f"n/{self.number}"))
            assert notice is not None
            insert_many(session, DeliveryRow, [self._delivery(person, channel)])
            insert_many(session, CardRow, [self._card(token, matter, person, kind, version or known, notice)])
        return token

    def _delivery(self, person: str, channel: str) -> dict[str, Any]:
        now = self.ctx.clock.now()
        return {"id": self.number, "person": person, "channel": "slack", "address": None, "key": None, "content": None,
                "sent_at": now, "local_day": now.date(), "urgent": False, "receipt": f"{channel}/{self.number}.0",
                "body": "", "attempts": 0, "not_before": None}  # fmt: skip

    def _card(self, token: str, matter: str, person: str, kind: str, version: int, notice: int) -> dict[str, Any]:
        return {"token": token, "person": person, "campaign": KEY, "matter": matter, "version": version, "kind": kind,
                "channel": "slack", "notice": notice, "delivery": self.number, "shows": "open", "superseded": False,
                "stale": False}  # fmt: skip

    def signed(self, body: bytes, *, at: int | None = None, secret: str = SECRET) -> dict[str, str]:
        """The headers that Slack sends with a body."""
        stamp = str(int(self.clock.now().timestamp()) if at is None else at)
        digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, sha256).hexdigest()
        return {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={digest}",
        }

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Send a request to our HTTP side; status and body of the answer."""
        begun = time.monotonic()
        answer = asyncio.run(ask(self.events, body, headers))
        self.took.append(time.monotonic() - begun)
        return answer

    def send(self, payload: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """The same of a payload, signed by Slack; the answer's JSON."""
        body = form_of(payload)
        status, text = self.post(body, self.signed(body))
        return status, json.loads(text) if text.startswith("{") else {"text": text}

    def said(self, payload: Mapping[str, Any]) -> str:
        """What whoever pressed is told, and nobody else sees."""
        self._wait(lambda: self.answers(payload), "nothing was answered")
        (answer,) = self.answers(payload)
        assert answer["response_type"] == "ephemeral"
        assert answer["replace_original"] is False
        return str(answer["blocks"][0]["text"]["text"])

    def answers(self, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Everything that came to a press's address."""
        with self.workspace.lock:
            return [answer for answer in self.workspace.answers if str(payload["response_url"]).endswith(answer["url"])]

    def presses(self, who: str, action: str, token: str, **more: Any) -> str:
        """Somebody presses a button without a form; what they are told."""
        payload = self.press(who, action, token, **more)
        assert self.send(payload) == (200, {"text": ""})
        return self.said(payload)

    def opens(self, who: str, action: str, token: str, **more: Any) -> dict[str, Any]:
        """Somebody presses a button with a form; the form they see."""
        before = len(self.workspace.views)
        assert self.send(self.press(who, action, token, **more))[0] == 200
        self._wait(lambda: len(self.workspace.views) > before, "no form was opened")
        return list(self.workspace.views.values())[before]

    def fills(self, who: str, view: Mapping[str, Any], **given: str) -> str:
        """Somebody sends a form; what they read then, in the end."""
        status, answer = self.send(self.submission(who, view, given))
        assert status == 200
        if answer["response_action"] == "errors":
            (text,) = answer["errors"].values()
            return str(text)
        pending = self.inbox.desk.wording.form["pending"]
        shown = texts(answer["view"])
        return self.replaced(view["id"], view) if shown in {pending.en, pending.zh} else shown

    def replaced(self, name: str, view: Mapping[str, Any]) -> str:
        """What a form shows as soon as it shows something else."""
        self._wait(lambda: texts(self.workspace.views[name]) != texts(view), "the form stayed as it was")
        return texts(self.workspace.views[name])

    def _wait(self, holds: Callable[[], object], otherwise: str) -> None:
        until = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < until, otherwise
            time.sleep(0.005)

    def rest(self) -> None:
        """Wait until everything that was begun is done."""
        for threads, count in ((self.inbox._listeners, LISTENERS), (self.inbox.desk._hands, HANDS)):
            all_free = Barrier(count)
            for each in [threads.submit(all_free.wait, 30) for _ in range(count)]:
                each.result()

    def journal(self, *actions: str) -> list[tuple[str, str, str]]:
        """Actor, action and object of what was recorded."""
        with self.ctx.transaction() as session:
            entries = read(session, KEY)
        return [(each.actor, each.action, each.object) for each in entries if each.action in actions]


def form_of(payload: Mapping[str, Any]) -> bytes:
    """A payload as Slack's request body; a command's fields stand for themselves."""
    return urlencode(payload if "command" in payload else {"payload": json.dumps(payload, ensure_ascii=False)}).encode()


def texts(view: Mapping[str, Any]) -> str:
    """What a form says."""
    return "\n".join(block["text"]["text"] for block in view["blocks"] if block["type"] == "section")


async def ask(app: SlackEvents, body: bytes, headers: Mapping[str, str], method: str = "POST") -> tuple[int, str]:
    sent: list[Any] = []
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "http", "method": method, "path": "/slack/events", "headers": raw}, receive, send)
    return sent[0]["status"], sent[1]["body"].decode()


def opened(ctx: Context, clock: VirtualClock, folder: Path) -> Context:
    """The small campaign, its first task open: P1, the planner's, due on 5 August at 18:00."""
    here = in_workspace(ctx, folder)
    begin(here, org=people_with_accounts())
    clock.move_to(at("4", 10))
    run_due(here)
    return here


@contextmanager
def office(
    ctx: Context, clock: VirtualClock, slack: FakeSlack, *, renew: bool = True, patience: float = UNHURRIED
) -> Iterator[Office]:
    """Our inbox, open for business; with `renew`, before a workspace that nobody has used."""
    workspace = slack.renew(clock) if renew else slack.workspace
    for key, entry in people_with_accounts().people.items():
        workspace.add_user(slack_id(key), entry.email or "someone@example.com")
    client = web_client(BOT_TOKEN, url=slack.url, timeout=3)
    within = WRITTEN_WITHIN if patience == PATIENCE else UNHURRIED
    inbox = Inbox(Desk(ctx, client, patience=patience, written_within=within), token=BOT_TOKEN, api_url=slack.url)
    events = SlackEvents(inbox, secret=SECRET)
    try:
        yield Office(slack=slack, ctx=ctx, clock=clock, inbox=inbox, events=events)
    finally:
        events.close()
        inbox.close()


def at_once(count: int, *works: Any) -> list[Any]:
    """Do all of it at the same time, `count` threads; what each came to."""
    with ThreadPoolExecutor(count) as threads:
        return [done.result() for done in [threads.submit(work) for work in works]]
