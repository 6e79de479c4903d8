"""A server on loopback that takes JSON, as some of apprise's URLs send it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclass
class Web:
    """Where it listens, how it answers, and what it was sent."""

    port: int
    status: int
    taken: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def web(status: int = 200) -> Iterator[Web]:
    """A server that answers everything so, until told otherwise."""

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.taken.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(told.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's own word
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Takes) as server:
        told = Web(server.server_port, status)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield told
        server.shutdown()
