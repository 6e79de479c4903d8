"""A server of drand over HTTP on loopback, with a double's rounds and switches for faults."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opsflow.adapters.drand.memory import MemoryBeacon
from opsflow.kernel.errors import PortFailed


class Relay(ThreadingHTTPServer):
    """Tells what its double tells; `fault` says what it does instead."""

    daemon_threads = True

    def __init__(self, double: MemoryBeacon) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.double = double
        self.fault = ""
        """`500`, `slow`, `redirect`, `huge`, `cut` (half an answer), `drop`."""
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hung up is no error."""


class Handler(BaseHTTPRequestHandler):
    """Answers for its relay."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Relay)
        self.server.asked.append(self.path)
        _, chain, public, number = self.path.split("/")
        assert public == "public"
        try:
            content = self.server.double.round(chain, int(number))
        except PortFailed:
            return self._send(404, b"EOF")
        match self.server.fault:
            case "500":
                return self._send(500, content)
            case "slow":
                time.sleep(0.4)
            case "redirect":
                return self._send(302, b"", {"Location": f"/{chain}/public/{int(number) + 1}"})
            case "huge":
                content += b" " * (4 << 20)
            case "cut":
                return self._send(200, content[:-20], {"Content-Length": str(len(content))})
            case "drop":
                self.connection.close()
                return None
        return self._send(200, content)

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        with suppress(OSError):  # who asked may not wait any more
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(content))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def relaying(double: MemoryBeacon) -> Iterator[Relay]:
    """The server answers until the end of the block."""
    relay = Relay(double)
    threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield relay
    finally:
        relay.shutdown()
        relay.server_close()
