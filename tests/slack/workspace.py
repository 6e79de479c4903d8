"""A Slack workspace in memory: what its Web API answers, and books of what was really posted."""

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from opsflow.kernel.clock import Clock
from tests.slack.limits import message_faults, view_faults

BOT_TOKEN = "xoxb-test"
APP_TOKEN = "xapp-test"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM = "T0TEAM"
BETWEEN_POSTS = timedelta(seconds=1)
TRIGGER_LIFE = timedelta(seconds=3)
NEEDED: Mapping[str, tuple[str, ...]] = {
    "users.lookupByEmail": ("users:read.email",),
    "users.info": ("users:read",),
    "conversations.open": ("im:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
}
"""The scopes each method asks for, as its reference page says; of `conversations.history` see below."""
HISTORY = {"D": "im:history", "C": "channels:history", "G": "groups:history"}
EVERY_SCOPE = frozenset(
    {scope for needed in NEEDED.values() for scope in needed} | set(HISTORY.values()) | {"commands"}
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call."""

    kind: str
    """`limited`: 429. `error`: an HTTP status before anything is done; `error_after`: after it. `drop`: the connection is
    cut after it was done; `drop_before`: before. `body`: an error in the body. `slow`: it takes `seconds`."""
    seconds: float = 1
    status: int = 503
    error: str = "internal_error"


@dataclass
class User:
    """Somebody with an account."""

    id: str
    email: str = ""
    deleted: bool = False
    team: str = TEAM
    confirmed: bool = True
    is_bot: bool = False


@dataclass
class Conversation:
    """A channel, or somebody's direct messages."""

    id: str
    user: str | None = None
    archived: bool = False
    member: bool = True


@dataclass
class Posted:
    """A message as the channel shows it."""

    channel: str
    ts: str
    at: datetime
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] | None
    edits: int = 0

    @property
    def key(self) -> str | None:
        found = (self.metadata or {}).get("event_payload", {}).get("opsflow_key")
        return None if found is None else str(found)


class Refusal(Exception):
    """An answer with `ok: false`."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.answer = {"ok": False, "error": error, **more}


@dataclass
class Workspace:
    """Users, channels, what was posted, and what is to go wrong. Times are those of `clock`."""

    clock: Clock
    scopes: frozenset[str] = EVERY_SCOPE
    users: dict[str, User] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    attempts: list[tuple[str, datetime]] = field(default_factory=list)
    """Channel and time of every post that was tried, refused ones included."""
    calls: Counter[str] = field(default_factory=Counter)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)
    """What came to response URLs."""
    triggers: dict[str, datetime] = field(default_factory=dict)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    chance: Callable[[str, Mapping[str, Any]], Fault | None] = lambda _method, _sent: None
    """A fault by chance, asked when none is queued."""
    socket_url: str = ""
    between_posts: timedelta = BETWEEN_POSTS
    history_page: int = 1000
    """Slack may give fewer messages than were asked for."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_user(self, member: str, email: str = "", **more: Any) -> User:
        user = self.users[member] = User(member, email, **more)
        return user

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of a method go wrong like this, in turn."""
        self.faults[method].extend(faults)

    def fault(self, method: str, sent: Mapping[str, Any]) -> Fault | None:
        with self.lock:
            queued = self.faults[method]
            return queued.popleft() if queued else self.chance(method, sent)

    def trigger(self) -> str:
        with self.lock:
            name = f"trigger-{len(self.triggers)}"
            self.triggers[name] = self.clock.now()
            return name

    def in_channel(self, channel: str) -> list[Posted]:
        return [message for message in self.posted if message.channel == channel]

    def arrived(self, count: int, *, seconds: float = 5) -> None:
        """Wait until so many messages are there: whoever sent the last did not wait for it."""
        until = monotonic() + seconds
        while len(self.posted) < count and monotonic() < until:
            sleep(0.01)
        assert len(self.posted) >= count

    def direct(self, user: str) -> list[Posted]:
        """What one person got."""
        mine = {each.id for each in self.conversations.values() if each.user == user}
        return [message for message in self.posted if message.channel in mine]

    def answer(self, method: str, token: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        """What the API answers a call, with what it does."""
        with self.lock:
            self.calls[method] += 1
            try:
                self._admit(method, token, sent)
                return {"ok": True, **METHODS[method](self, sent)}
            except Refusal as refusal:
                return refusal.answer

    def _admit(self, method: str, token: str, sent: Mapping[str, Any]) -> None:
        if method not in METHODS:
            raise Refusal("unknown_method")
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token in {APP_TOKEN, BOT_TOKEN} and token != wanted:
            raise Refusal("not_allowed_token_type")
        if token != wanted:
            raise Refusal("invalid_auth" if token else "not_authed")
        needed = NEEDED.get(method, ())
        if method == "conversations.history":
            needed = (HISTORY[str(sent.get("channel", "C"))[0]],)
        missing = set(needed) - self.scopes
        if missing:
            raise Refusal("missing_scope", needed=",".join(sorted(missing)), provided=",".join(sorted(self.scopes)))

    def auth_test(self, _sent: Mapping[str, Any]) -> dict[str, Any]:
        return {"url": "https://test.slack.com/", "team": "Test", "user": "opsflow", "team_id": TEAM,
                "user_id": "U0BOT", "bot_id": "B0BOT"}  # fmt: skip

    def lookup(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        for user in self.users.values():
            if user.email and user.email == sent.get("email") and not user.deleted:
                return {"user": self._shown(user)}
        raise Refusal("users_not_found")

    def info(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        user = self.users.get(str(sent.get("user")))
        if user is None:
            raise Refusal("user_not_found")
        return {"user": self._shown(user)}

    def _shown(self, user: User) -> dict[str, Any]:
        email = {"email": user.email} if user.email and "users:read.email" in self.scopes else {}
        return {"id": user.id, "team_id": user.team, "name": user.id.lower(), "deleted": user.deleted,
                "is_bot": user.is_bot, "is_email_confirmed": user.confirmed, "profile": email}  # fmt: skip

    def open_direct(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        user = self.users.get(str(sent.get("users")))
        if user is None:
            raise Refusal("user_not_found")
        if user.deleted:
            raise Refusal("user_disabled")
        if user.is_bot:
            raise Refusal("cannot_dm_bot")
        channel = f"D{user.id[1:]}"
        self.conversations.setdefault(channel, Conversation(channel, user=user.id))
        return {"channel": {"id": channel}}

    def _channel(self, sent: Mapping[str, Any]) -> Conversation:
        found = self.conversations.get(str(sent.get("channel")))
        if found is None:
            raise Refusal("channel_not_found")
        return found

    def post(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(sent)
        now = self.clock.now()
        self.attempts.append((channel.id, now))
        if channel.archived:
            raise Refusal("is_archived")
        if not channel.member:
            raise Refusal("not_in_channel")
        self._check_message(sent)
        before = self.in_channel(channel.id)
        if before and now - before[-1].at < self.between_posts:
            raise Refusal("ratelimited", retry_after=1)
        ts = f"{int(now.timestamp())}.{len(self.posted) + 1:06d}"
        message = Posted(
            channel.id, ts, now, str(sent.get("text", "")), list(sent.get("blocks", ())), sent.get("metadata")
        )
        self.posted.append(message)
        return {"channel": channel.id, "ts": ts, "message": self._message(message)}

    def update(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(sent)
        found = next((each for each in self.in_channel(channel.id) if each.ts == sent.get("ts")), None)
        if found is None:
            raise Refusal("message_not_found")
        self._check_message(sent)
        found.text, found.blocks = str(sent.get("text", "")), list(sent.get("blocks", ()))
        found.metadata = sent.get("metadata", found.metadata)
        found.edits += 1
        return {"channel": channel.id, "ts": found.ts, "text": found.text}

    def _check_message(self, sent: Mapping[str, Any]) -> None:
        if not sent.get("text") and not sent.get("blocks"):
            raise Refusal("no_text")
        if len(str(sent.get("text", ""))) > 40_000:
            raise Refusal("msg_too_long")
        faults = message_faults(sent.get("blocks", []))
        if faults:
            raise Refusal("invalid_blocks", response_metadata={"messages": [f"[ERROR] {fault}" for fault in faults]})

    def history(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(sent)
        oldest, limit = float(sent.get("oldest") or 0), min(int(sent.get("limit") or 100), self.history_page)
        found = [each for each in reversed(self.in_channel(channel.id)) if float(each.ts) > oldest]
        start = int(sent.get("cursor") or 0)
        page, rest = found[start : start + limit], found[start + limit :]
        with_metadata = str(sent.get("include_all_metadata", "")).lower() in {"true", "1"}
        return {
            "messages": [self._message(each, metadata=with_metadata) for each in page],
            "has_more": bool(rest),
            "response_metadata": {"next_cursor": str(start + limit) if rest else ""},
        }

    @staticmethod
    def _message(message: Posted, *, metadata: bool = True) -> dict[str, Any]:
        shown: dict[str, Any] = {"type": "message", "ts": message.ts, "text": message.text, "bot_id": "B0BOT",
                                 "user": "U0BOT", "blocks": message.blocks}  # fmt: skip
        return shown | ({"metadata": message.metadata} if metadata and message.metadata else {})

    def open_view(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        given = self.triggers.pop(str(sent.get("trigger_id")), None)
        if given is None:
            raise Refusal("exchanged_trigger_id")
        if self.clock.now() - given > TRIGGER_LIFE:
            raise Refusal("expired_trigger_id")
        return self._keep_view(f"V{len(self.views) + 1:04d}", sent)

    def update_view(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        if sent.get("view_id") not in self.views:
            raise Refusal("not_found")
        return self._keep_view(str(sent["view_id"]), sent)

    def _keep_view(self, name: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        faults = view_faults(sent["view"])
        if faults:
            raise Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {fault}" for fault in faults]})
        self.views[name] = {**sent["view"], "id": name}
        return {"view": {"id": name, "state": {"values": {}}, **sent["view"]}}

    def connect(self, _sent: Mapping[str, Any]) -> dict[str, Any]:
        return {"url": self.socket_url}


METHODS: Mapping[str, Callable[[Workspace, Mapping[str, Any]], dict[str, Any]]] = {
    "auth.test": Workspace.auth_test,
    "users.lookupByEmail": Workspace.lookup,
    "users.info": Workspace.info,
    "conversations.open": Workspace.open_direct,
    "conversations.history": Workspace.history,
    "chat.postMessage": Workspace.post,
    "chat.update": Workspace.update,
    "views.open": Workspace.open_view,
    "views.update": Workspace.update_view,
    "apps.connections.open": Workspace.connect,
}
