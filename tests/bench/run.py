"""`make bench`, or `python -m tests.bench.run P6`: prints a table per bench and exits 1 when a bar is passed."""

import sys
from collections.abc import Callable, Mapping

from tests.bench import activity, papers, payouts, planning, rehearsal, stageruns, startup, sweep
from tests.bench.table import Row, render

BENCHES: Mapping[str, tuple[str, Callable[[], list[Row]]]] = {
    "P1": ("P1 planning and storing campaigns, SQLite", planning.measure),
    "P2": ("P2 the sweep of deadlines", sweep.measure),
    "P3": ("P3 recording and paying awards, each", payouts.measure),
    "P4": ("P4 a stage run", stageruns.measure),
    "P5": ("P5 writing a document", papers.measure),
    "P6": ("P6 start-up, whole processes, medians, interleaved", startup.measure),
    "P7": ("P7 rehearsal of the bundled S campaign", rehearsal.measure),
    "P8": ("P8 activity and retention, SQLite", activity.measure),
}


def main(asked: list[str]) -> int:
    """Run the benches asked for, or all of them; a bench that cannot run counts as a bar passed."""
    unknown = set(asked) - set(BENCHES)
    if unknown:
        print(f"No bench is called {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}.")
        return 2
    return max([_run(name) for name in asked or BENCHES])


def _run(name: str) -> int:
    title, measure = BENCHES[name]
    try:
        rows = measure()
    except SystemExit as failed:
        print(f"{title}\n{failed}\n")
        return 1
    print(render(title, rows) + "\n")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
