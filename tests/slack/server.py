"""Slack on loopback: a real HTTP server for the Web API and response URLs, a real websocket for Socket Mode."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from opsflow.kernel.clock import Clock
from tests.slack.workspace import Fault, Workspace


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    workspace: Workspace


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        self._serve(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        as_json = (self.headers.get("content-type") or "").startswith("application/json")
        self._serve(json.loads(body) if as_json and body else dict(parse_qsl(body)))

    def _serve(self, sent: dict[str, Any]) -> None:
        workspace = self.server.workspace
        path = urlsplit(self.path).path
        if path.startswith("/response/"):
            with workspace.lock:
                workspace.answers.append({"url": path, **sent})
            self._reply(200, {"ok": True})
            return
        method = path.removeprefix("/api/")
        fault = workspace.fault(method, sent)
        if fault is not None and self._fails_before(fault):
            return
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        answer = workspace.answer(method, token, _parsed(sent))
        if fault is not None and fault.kind == "drop":
            self._hang_up()
        elif fault is not None and fault.kind == "error_after":
            self._reply(fault.status, {"ok": False})
        elif answer.get("error") == "ratelimited":
            self._reply(429, answer, {"Retry-After": str(answer["retry_after"])})
        else:
            headers = {"x-oauth-scopes": ",".join(sorted(workspace.scopes))} if method == "auth.test" else {}
            self._reply(200, answer, headers)

    def _fails_before(self, fault: Fault) -> bool:
        """What goes wrong before anything is done; True: the call is over."""
        match fault.kind:
            case "limited":
                self._reply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(int(fault.seconds))})
            case "error":
                self._reply(fault.status, {"ok": False})
            case "body":
                self._reply(200, {"ok": False, "error": fault.error})
            case "drop_before":
                self._hang_up()
            case "slow":
                time.sleep(fault.seconds)
                return False
            case _:
                return False
        return True

    def _reply(self, status: int, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(answer).encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # who asked did not wait

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's own word
        """Nothing: the tests say what went wrong."""


def _parsed(sent: dict[str, Any]) -> dict[str, Any]:
    """Form fields carry lists and objects as JSON."""
    nested = ("blocks", "metadata", "view")
    return {
        name: json.loads(value) if name in nested and isinstance(value, str) else value for name, value in sent.items()
    }


@dataclass
class Socket:
    """The Socket Mode side: envelopes out, acknowledgements in, with the time each took."""

    connections: list[ServerConnection] = field(default_factory=list)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent_at: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def serve(self, connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0APP"}}))
        with self.changed:
            self.connections.append(connection)
            self.changed.notify_all()
        try:
            for text in connection:
                answer = json.loads(text)
                with self.changed:
                    envelope = answer["envelope_id"]
                    self.took.setdefault(envelope, time.monotonic() - self.sent_at[envelope])
                    self.acknowledged[envelope] = answer.get("payload") or {}
                    self.changed.notify_all()
        except ConnectionClosed:
            pass
        finally:
            with self.changed:
                self.connections.remove(connection)
                self.changed.notify_all()

    def send(self, payload: dict[str, Any], *, kind: str = "interactive") -> str:
        """Put an envelope on the wire and answer with its id."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.connections, timeout=10), "nobody listens"
            envelope = f"envelope-{len(self.sent_at)}"
            self.sent_at[envelope] = time.monotonic()
            connection = self.connections[-1]
        connection.send(
            json.dumps({"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True})
        )
        return envelope

    def wait(self, *envelopes: str, seconds: float = 15) -> list[dict[str, Any]]:
        """What the app answered to these envelopes."""
        with self.changed:
            assert self.changed.wait_for(lambda: set(envelopes) <= set(self.acknowledged), timeout=seconds), "no answer"
            return [self.acknowledged[each] for each in envelopes]


@dataclass(frozen=True)
class FakeSlack:
    """A running workspace."""

    web: _Server
    socket: Socket
    socket_url: str

    @property
    def workspace(self) -> Workspace:
        return self.web.workspace

    @property
    def url(self) -> str:
        """What the Web API's base URL is."""
        return f"http://127.0.0.1:{self.web.server_port}/api/"

    def response_url(self, name: str) -> str:
        """An address for answers to whoever pressed."""
        return f"http://127.0.0.1:{self.web.server_port}/response/{name}"

    def renew(self, clock: Clock) -> Workspace:
        """An empty workspace in the place of the old one."""
        self.web.workspace = Workspace(clock, socket_url=self.socket_url)
        return self.web.workspace


@contextmanager
def running_slack() -> Iterator[FakeSlack]:
    """Slack, until the end of the block; `renew` gives it a workspace."""
    socket = Socket()
    web = _Server(("127.0.0.1", 0), _Handler)
    sockets = serve(socket.serve, "127.0.0.1", 0, ping_interval=None, close_timeout=1)
    threads = [
        threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True),
        threading.Thread(target=sockets.serve_forever, daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield FakeSlack(web, socket, f"ws://127.0.0.1:{sockets.socket.getsockname()[1]}/")
    finally:
        web.shutdown()
        web.server_close()
        sockets.shutdown()
        for connection in list(socket.connections):
            connection.close()
        for thread in threads:
            thread.join(timeout=5)
