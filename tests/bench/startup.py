"""P6: how long commands take to start, as ratios to what they cannot undercut, measured in one run."""

import sys
import tempfile
from pathlib import Path

from tests.architecture.sources import ROOT
from tests.bench.table import Row, interleaved, quiet_place

ROUNDS = 11
SAMPLE = str(ROOT / "sop_templates" / "samples" / "campaigns" / "double-eleven-2026.yaml")
BIN = Path(sys.executable).parent
HELLO = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str = "you"):
    print(name)
app()
"""
SELECT = (
    "import typer\nimport sqlalchemy as sa\nsa.create_engine('sqlite://').connect().execute(sa.text('select 1'))\n"
    + HELLO
)


def measure() -> list[Row]:
    """Times every case in turn and holds each command against its limit."""
    opsflow = str(BIN / "opsflow")
    with tempfile.TemporaryDirectory() as folder:
        hello, select = Path(folder, "typer_hello.py"), Path(folder, "typer_select.py")
        hello.write_text(HELLO)
        select.write_text(SELECT)
        cases = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "typer hello": [sys.executable, str(hello)],
            "typer + SQLAlchemy select": [sys.executable, str(select)],
            "prefect version": [str(BIN / "prefect"), "version"],
            "opsflow --version": [opsflow, "--version"],
            "opsflow --help": [opsflow, "--help"],
            "opsflow check": [opsflow, "check", SAMPLE],
            "opsflow plan": [opsflow, "plan", SAMPLE, "--today", "2026-06-01"],
        }
        ms = interleaved(cases, rounds=ROUNDS, place=quiet_place(PREFECT_HOME=folder))
    return _rows(ms)


def _rows(ms: dict[str, float]) -> list[Row]:
    held = [
        ("opsflow --version", "python -c pass", 3.0),
        ("opsflow --help", "typer hello", 1.3),
        ("opsflow plan", "typer + SQLAlchemy select", 2.3),  # decision 0017
        *((case, "prefect version", 1 / 3) for case in ms if case.startswith("opsflow")),
    ]
    return [Row(f"{case} / {limit}", ms[case], ms[limit], round(bar, 2), "ms") for case, limit, bar in held]
