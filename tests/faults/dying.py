"""A campaign's whole paying in one process, which is killed at one of the twelve fault points and begun again."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from typing import ClassVar

from opsflow.adapters.memory import MemoryLauncher
from opsflow.adapters.payouts.http import Address, HttpPayouts
from opsflow.context import Context
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.faultpoints import watched
from opsflow.kernel.terms import CampaignKey
from opsflow.prizes.payouts.reckoning.service import reconcile
from opsflow.prizes.payouts.service import pay_due
from opsflow.settings import Settings
from tests.contract.bank import Handler
from tests.engine.small import KEY
from tests.faults.payer import TERMS, left
from tests.prizes.paying import FINANCE
from tests.prizes.simulator import POINTS, Unsure, approve_all

AT_PROVIDER = ("F5", "F6")
"""Points at which only the provider knows that somebody is: it kills whoever asks."""


class StrikingHandler(Handler):
    """Kills whoever asks it to, at their so-many-th batch: when it is there and nothing is booked, or when all is."""

    asked: ClassVar[Counter[str]] = Counter()

    def _batch(self, asked: dict[str, list[dict[str, object]]]) -> None:
        who = self.path.partition("?")[2]
        self.asked[who] += 1
        point, _, rest = who.partition("-")
        process, _, fatal = rest.partition("-")
        strikes = bool(fatal) and self.asked[who] == int(fatal)
        if strikes and point == "F5":
            os.kill(int(process), signal.SIGKILL)
        told = [self.bank.pay(each) for each in asked["payments"]]
        if strikes and point == "F6":
            os.kill(int(process), signal.SIGKILL)
        self._answer(200, {"results": told})


def whole_life(url: str, provider: str, point: str, fatal: int, awards: int) -> None:
    """Record, ask, approve and pay until nothing is left, over what a life before has left.

    It dies where it passes the point for the so-many-th time; 0: never. F11: it stops itself before it sends, and sends when
    somebody wakes it.
    """
    places = ("before sending",) if point == "F11" else () if point in AT_PROVIDER else POINTS[point]
    passed_by, end = Counter[bool](), signal.SIGSTOP if point == "F11" else signal.SIGKILL

    def hook(passed: str) -> None:
        passed_by[passed in places] += 1
        if passed in places and passed_by[True] == fatal:
            os.kill(os.getpid(), end)

    who = f"?{point}-{os.getpid()}-{fatal}" if point in AT_PROVIDER else ""
    address = Address(f"{provider}/pay", f"{provider}/batch{who}", f"{provider}/find", f"{provider}/statement", internal=True)  # fmt: skip
    payouts = {"memory": HttpPayouts("memory", address, TERMS, SystemClock())}
    settings, database = Settings(workspace=None, database_url=url), Unsure(url, lasting=False)
    here = Context(settings, database, SystemClock(), MemoryLauncher(), {}, payouts)
    with watched(hook):
        approve_all(here, awards, lambda step: step())
        while left(here, CampaignKey(KEY)):
            pay_due(here, KEY)
            with suppress(PortFailed):  # a statement that takes too long is asked for again
                reconcile(here, KEY, "memory", by=FINANCE)
            time.sleep(0.05)
