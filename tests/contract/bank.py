"""A provider over HTTP on loopback, in a thread or a process of its own, with books of its own and switches for faults."""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

AnyBank = TypeVar("AnyBank", bound="Bank")


@dataclass
class Bank:
    """What it is told to do, and what it did."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    """By key, of the next requests: `503`, `drop` (paid, no answer), `late` (paid, answered after `slow` seconds), `409`,
    `429`, `html`, `wrong`, `same`, `refuse`, `redirect`, `cut` (half an answer)."""
    slow: float = 0.0
    paid: Counter[str] = field(default_factory=Counter)
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""
    books: Path | None = None
    """Every payment is one line of it as well, whoever is killed."""

    def pay(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Pay once under a key, and say the same ever after."""
        with self.lock:
            key = asked["key"]
            if key not in self.known:
                self.paid[key] += 1
                self.known[key] = {
                    "key": key,
                    "status": "paid",
                    "reference": f"tx-{len(self.known) + 1}",
                    "amount": asked["amount"],
                    "currency": asked["currency"],
                }
                if self.books is not None:
                    with self.books.open("ab", buffering=0) as file:
                        file.write(f"{key}\n".encode())
            return dict(self.known[key])

    def fault(self, key: str) -> str:
        with self.lock:
            left = self.faults.get(key) or self.faults.get("*") or []
            return left.pop(0) if left else ""


class Handler(BaseHTTPRequestHandler):
    """Answers for the bank of its server."""

    protocol_version = "HTTP/1.1"

    @property
    def bank(self) -> Bank:
        assert isinstance(self.server, Server)
        return self.server.bank

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(content)
        with self.bank.lock:
            self.bank.requests += 1
            self.bank.headers.append(dict(self.headers))
            self.bank.bodies.append(content)
        match self.path.partition("?")[0]:
            case "/pay":
                self._pay(asked)
            case "/batch":
                self._batch(asked)
            case "/find":
                self._answer(
                    200, {"results": [self.bank.known[key] for key in asked["keys"] if key in self.bank.known]}
                )
            case "/statement":
                self._answer(200, {"lines": list(self.bank.known.values())})

    def _batch(self, asked: dict[str, Any]) -> None:
        fault = self.bank.fault("batch")
        if fault == "503":
            return self._answer(503, {})
        told = [self.bank.pay(each) for each in asked["payments"]]
        if fault == "drop":
            return self._hang_up()
        return self._answer(200, {"results": told[:-1] if fault == "short" else told})

    def _pay(self, asked: dict[str, Any]) -> None:
        fault = self.bank.fault(asked["key"])
        before = {"503": 503, "409": 409, "refuse": 422}
        if fault in before:
            return self._answer(before[fault], {"code": "no_account", "message": f"no account {asked['to']}"})
        if fault == "429":
            return self._answer(429, {}, {"Retry-After": "7"})
        if fault == "redirect":
            return self._answer(307, {}, {"Location": f"{self.bank.url}/elsewhere"})
        told = self.bank.pay(asked)
        if fault == "drop":
            return self._hang_up()
        if fault == "late":
            time.sleep(self.bank.slow)
        if fault == "html":
            return self._send(200, b"<html><body>Maintenance</body></html>")
        if fault == "cut":
            return self._send(200, json.dumps(told).encode()[:-20])
        changed = {
            "wrong": {"amount": told["amount"] + 1},
            "same": {"reference": "tx-same"},
            "bare": {"reference": ""},
        }
        return self._answer(200, told | changed.get(fault, {}))

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)

    def _answer(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(content).encode(), headers)

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        with suppress(OSError):  # who asked may not wait any more
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, bank: Bank, handler: type[Handler] = Handler) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.bank = bank

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hung up is no error."""


@contextmanager
def serving(bank: AnyBank, handler: type[Handler] = Handler) -> Iterator[AnyBank]:
    """The provider answers until the end of the block."""
    server = Server(bank, handler)
    bank.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()


def serve_process(books: str, port_file: str, handler: type[Handler] = Handler) -> None:
    """The same in a process of its own, whose books are a file; it says in another file where it answers."""
    bank = Bank(books=Path(books))
    server = Server(bank, handler)
    Path(port_file + ".part").write_text(str(server.server_port), encoding="utf-8")
    os.replace(port_file + ".part", port_file)  # noqa: PTH105  in one step
    server.serve_forever()
