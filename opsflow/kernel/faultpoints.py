"""Named places at which a test may end or delay what runs; outside tests they do nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_hook: ContextVar[Callable[[str], None] | None] = ContextVar("opsflow_fault_points", default=None)


def passing(point: str) -> None:
    """Say that a place is passed."""
    hook = _hook.get()
    if hook is not None:
        hook(point)


@contextmanager
def watched(hook: Callable[[str], None]) -> Iterator[None]:
    """Within this block, a hook is told of every place that is passed here; what it raises ends the work there."""
    token = _hook.set(hook)
    try:
        yield
    finally:
        _hook.reset(token)
