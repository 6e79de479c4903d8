"""The console script: answers fast, imports only the command that is asked for, turns an error into its text and code."""

import sys

from opsflow import __version__


def main() -> None:
    """Run `opsflow` with the arguments of this process."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--version"]:
        print(f"opsflow {__version__}")
        return
    # Typer costs more than all of the above: --version is answered without it.
    from opsflow.cli.commands import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
