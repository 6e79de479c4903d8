"""What every child of `opsflow up` begins with: run as `python -m opsflow.running.child MODULE [ARGUMENT...]`.

It ends with its stdin, and takes its process group (the flow runs that it has begun) with it: so a parent that was killed
leaves nobody behind. What the parent writes there are orders, a word a line. The module is imported after the watch stands,
because Prefect takes seconds to import.
"""

import os
import signal
import sys
import threading
from importlib import import_module
from queue import SimpleQueue
from typing import TypeAlias

READY = "opsflow: ready"
"""The line by which a child says that it does its work from now on."""
STOP, CHECK = "stop", "check"
OURS, SHARED = "ours", "shared"
"""Whether Prefect's server serves nobody but this workspace."""
Orders: TypeAlias = "SimpleQueue[str]"


def main() -> None:
    """Watch stdin, then become the module that is named."""
    module, *arguments = sys.argv[1:]
    orders: Orders = SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    import_module(module).serve(orders, *arguments)


def tell_ready() -> None:
    """The parent waits for this."""
    print(READY, flush=True)


def _listen(orders: Orders) -> None:
    # Read as bytes, because text would wait for a whole block.
    rest = b""
    while chunk := os.read(sys.stdin.fileno(), 1024):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            orders.put(line.decode())
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
