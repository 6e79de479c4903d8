"""Launching due wakes as they come: people who have acted do not wait for the next tick."""

from threading import Event

from opsflow.context import Context
from opsflow.engine.launch import launch_due
from opsflow.engine.tick import waiting_wakes
from opsflow.kernel.errors import OpsflowError

EVERY_SECONDS = 1.0
RECOVER_EVERY = 10
"""Each so many looks, runs under way are asked after as well: one that has failed is launched again."""
WAIT_SECONDS = 5.0
"""After Prefect or the database did not answer."""


def launch_at_once(ctx: Context, *, over: Event | None = None) -> None:
    """Look every second, and launch what is due, until it is over."""
    over = over or Event()
    wait, look = EVERY_SECONDS, 0
    while not over.wait(wait):
        look += 1
        try:
            waiting = waiting_wakes(ctx)
            launched = launch_due(ctx) if waiting or look % RECOVER_EVERY == 0 else 0
        except OpsflowError as error:
            print(f"Wakes are not looked after: {error}", flush=True)
            waiting, launched = 1, 0
        wait = WAIT_SECONDS if waiting and not launched else EVERY_SECONDS
