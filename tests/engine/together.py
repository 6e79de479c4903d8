"""Doing the same thing in several threads at one moment."""

import threading
from collections.abc import Callable, Sequence


def together(*works: Callable[[], object]) -> list[object]:
    """Start all works at one moment; what each returned or raised, in their order."""
    barrier = threading.Barrier(len(works), timeout=20)
    outcomes: list[object] = [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            outcomes[place] = work()
        except Exception as error:  # noqa: BLE001  an outcome like any other; the test says which it expects
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def errors(outcomes: Sequence[object]) -> list[Exception]:
    """What was raised."""
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]
