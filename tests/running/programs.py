"""What children of tests do."""

import subprocess
import sys

from opsflow.running.child import STOP, Orders, tell_ready


def serve(orders: Orders, what: str) -> None:
    """`dies`: at once. `stays`: until it is told to stop, with somebody whom it has started. `deaf`: whatever it is told."""
    if what == "dies":
        print("there is no engine")
        sys.exit(3)
    print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
    tell_ready()
    while orders.get() != STOP or what == "deaf":
        pass
