"""Hands out the prizes of a rehearsal: a provider on loopback, asked over HTTP as any other, with books of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from opsflow.adapters.payouts.http import Address, HttpPayouts
from opsflow.kernel.clock import Clock
from opsflow.kernel.paying import Terms

NAME = "rehearsal"
HOST = "127.0.0.1"
TERMS = Terms(
    kinds=frozenset({"physical", "coupon", "code", "cash", "points", "rights"}),
    key_ttl=timedelta(days=1),
    finds=True,
    batch=500,
    settles_within=timedelta(minutes=1),
    patience=timedelta(seconds=10),
)


@dataclass
class Books:
    """What it has handed out, by key: the same key again hands out nothing more."""

    paid: dict[str, dict[str, Any]] = field(default_factory=dict)

    def pay(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One prize; its reference is made of the key, so that the same rehearsal leaves the same bytes."""
        key = asked["key"]
        answer = {"key": key, "status": "paid", "amount": asked["amount"], "currency": asked["currency"]}
        return self.paid.setdefault(key, answer | {"reference": f"R-{sha256(key.encode()).hexdigest()[:12]}"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Handler)
        self.books = Books()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        books = cast(_Server, self.server).books
        match self.path:
            case "/batch":
                answer = {"results": [books.pay(each) for each in asked["payments"]]}
            case "/find":
                answer = {"results": [books.paid[key] for key in asked["keys"] if key in books.paid]}
            case _:
                answer = {"lines": list(books.paid.values())}
        content = json.dumps(answer).encode()
        with suppress(OSError):  # whoever asked is gone
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """A rehearsal shows what it did itself."""


@contextmanager
def provider(clock: Clock) -> Iterator[HttpPayouts]:
    """The provider answers until the end of the block."""
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    base = f"http://{HOST}:{server.server_port}"
    address = Address(
        pay=f"{base}/pay", batch=f"{base}/batch", find=f"{base}/find", statement=f"{base}/statement", internal=True
    )
    try:
        yield HttpPayouts(NAME, address, TERMS, clock)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
