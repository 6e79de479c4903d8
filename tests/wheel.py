"""The wheel, and an environment that has only the wheel: made once for all tests that ask for either."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT


def call(folder: Path, *command: str | Path) -> str:
    """Run a command that must succeed; nothing of this process's Python or project reaches it."""
    hidden = ("PYTHON", "OPSFLOW_", "PREFECT_", "VIRTUAL_ENV")
    place = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    place |= {"PYTHONUTF8": "1", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "DO_NOT_TRACK": "1"}
    place |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_HOME": str(folder / ".prefect")}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`pip wheel .`, with the build backend that the dev lock installed."""
    built = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-build-isolation", "--wheel-dir", built)
    call(built, *pip, "--quiet")
    (path,) = built.glob("opsflow-*.whl")
    return path


@pytest.fixture(scope="session")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of an environment that holds the wheel, and borrows only its dependencies from ours.

    The borrowed folder comes in by a path file, after the wheel: path files in it (our editable opsflow) are not read.
    """
    home = tmp_path_factory.mktemp("an empty environment 环境")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    call(home, sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet", wheel)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", "utf-8")
    return home / "bin"
