"""What is installed fits together: a fresh install starts Prefect's server (F51)."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from tests.architecture.sources import ROOT

CREATE = """
from fastapi import FastAPI
from prefect.server.api.server import create_app
app = create_app()
assert isinstance(app, FastAPI)
print(sorted(type(route).__name__ for route in app.routes)[:1])
"""


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def test_prefects_server_can_be_created_with_the_installed_fastapi(tmp_path: Path) -> None:
    """F51: with FastAPI 0.155 and later the server of Prefect 3.8 dies on import."""
    place = os.environ | {
        "PREFECT_HOME": str(tmp_path),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    made = subprocess.run([sys.executable, "-c", CREATE], env=place, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def test_the_installed_fastapi_is_within_the_projects_bound() -> None:
    """F51: a plain `pip install .` must not take a FastAPI that Prefect cannot start with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (asked,) = [requirement for requirement in project["dependencies"] if requirement.startswith("fastapi")]
    bound = re.search(r"<([\d.]+)", asked)
    assert bound, f"{asked} has no upper bound"
    assert numbers(bound.group(1)) <= (0, 155)
    assert numbers(version("fastapi")) < numbers(bound.group(1))
