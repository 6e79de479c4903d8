"""Serves Prefect's API for one rehearsal: run as `python -m opsflow.rehearsal.child`, ends with its stdin.

It makes its own folder (PREFECT_HOME is inside it), which goes with it, so that a parent that was killed, however early,
leaves neither a process nor a file behind. On stdout: the folder, then the port.
"""

import os
import shutil
import socket
import sys
import threading
from pathlib import Path
from tempfile import mkdtemp

HOST = "127.0.0.1"
LOG = "server.log"
MOST_SWEEPS = 200


def serve() -> None:
    """Answer until stdin ends; connections that come before Prefect is ready wait for it."""
    folder = Path(mkdtemp(prefix="opsflow-rehearsal-"))
    threading.Thread(target=_end_with_stdin, args=(folder,), daemon=True).start()
    _tell(str(folder))
    os.environ["PREFECT_HOME"] = str(folder / "prefect")
    with (folder / LOG).open("wb") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    # Prefect takes seconds to import, in which the end of stdin must be seen already.
    import uvicorn
    from prefect.server.api.server import create_app

    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind((HOST, 0))
    listening.listen(256)
    _tell(str(listening.getsockname()[1]))
    config = uvicorn.Config(create_app(final=True), log_level="critical", access_log=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[listening])


def _tell(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        threading.Event().wait()  # nobody listens any more: stdin has ended as well, and the other thread cleans up


def _end_with_stdin(folder: Path) -> None:
    # Nothing is worth an orderly end: the database goes with the folder, and draining queues would take a minute.
    while os.read(sys.stdin.fileno(), 1):
        pass
    for _ in range(MOST_SWEEPS):  # the server may be making files meanwhile
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
    os._exit(0)


if __name__ == "__main__":
    serve()
