"""The console script: answers fast, imports only the command that is asked for, turns an error into its text and code."""

import sys

from opsflow import __version__
from opsflow.cli.streams import settle_streams

INTERRUPTED = 130
"""128 and the number of SIGINT: what shells expect of a command that Ctrl-C ended."""


def main() -> None:
    """Run `opsflow` with the arguments of this process."""
    arguments = sys.argv[1:]
    settle_streams()
    if arguments[:1] == ["--version"] and _is_told(f"opsflow {__version__}"):
        return
    try:
        # Typer costs more than all of the above: --version is answered without it.
        from opsflow.cli.commands import run

        sys.exit(run(arguments))
    except KeyboardInterrupt:
        # Ctrl-C, also while still importing: nobody wants to read where.
        sys.exit(INTERRUPTED)


def _is_told(text: str) -> bool:
    try:
        print(text, flush=True)
    except OSError:
        return False  # `run` tries as well, and says why it cannot
    return True


if __name__ == "__main__":
    main()
