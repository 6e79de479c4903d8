"""One thing that came in: since when it waits, and whether it was taken before."""

from collections.abc import Sequence
from concurrent.futures import Future
from time import monotonic

ANSWERED_WITHIN = 0.2
"""Seconds after which Slack is told that the press arrived, whether it is recorded by then or not."""


class Ticket:
    """Handed to whoever takes the press; `signature`: what a request over HTTP is remembered by."""

    def __init__(self, signature: str | None = None) -> None:
        self.ids: Sequence[str] = (signature,) if signature else ()
        self._since = monotonic()
        self._new: Future[bool] = Future()

    @property
    def age(self) -> float:
        """How many seconds it waits by now."""
        return monotonic() - self._since

    @property
    def left(self) -> float:
        """How many seconds Slack may still be kept waiting."""
        return max(0.0, ANSWERED_WITHIN - self.age)

    def settle(self, *, new: bool) -> None:
        """Say whether it is taken for the first time."""
        self._new.set_result(new)

    def is_known(self) -> bool:
        """Whether it was taken before, as far as that is known in the time that is left."""
        try:
            return not self._new.result(timeout=self.left)
        except TimeoutError:
            return False
