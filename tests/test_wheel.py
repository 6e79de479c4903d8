"""The wheel alone is enough: built, installed into an empty environment, used from an empty folder, without network."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def call(folder: Path, *command: str | Path) -> str:
    """Run a command that must succeed; nothing of this process's Python or project reaches it."""
    hidden = ("PYTHON", "OPSFLOW_", "PREFECT_", "VIRTUAL_ENV")
    place = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    place |= {"PYTHONUTF8": "1", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "DO_NOT_TRACK": "1"}
    place |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_HOME": str(folder / ".prefect")}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`pip wheel .`, with the build backend that the dev lock installed."""
    built = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-build-isolation", "--wheel-dir", built)
    call(built, *pip, "--quiet")
    (path,) = built.glob("opsflow-*.whl")
    return path


@pytest.fixture(scope="module")
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


def test_the_wheel_holds_flows_and_every_template(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    listed = [ROOT / "flows", ROOT / "sop_templates", ROOT / "opsflow"]
    files = {path.relative_to(ROOT).as_posix() for folder in listed for path in folder.rglob("*") if path.is_file()}
    wanted = {path for path in files if "__pycache__" not in path}
    assert wanted - packed == set()
    assert not any(name.startswith(("tests/", "docs/")) for name in packed)


def test_the_installed_code_is_the_wheels_own(scripts: Path, tmp_path: Path) -> None:
    where = "import opsflow, flows, sop_templates as s; print(opsflow.__file__, flows.__file__, s.__file__, sep='\\n')"
    told = call(tmp_path, scripts / "python", "-c", where).splitlines()
    assert [path for path in told if not Path(path).is_relative_to(scripts.parent)] == []


def test_a_workspace_is_written_and_planned_from_an_empty_folder(scripts: Path, tmp_path: Path) -> None:
    call(tmp_path, scripts / "opsflow", "init", "x")
    campaigns = sorted((tmp_path / "x" / "campaigns").glob("*.yaml"))
    assert campaigns
    planned = call(tmp_path / "x", scripts / "opsflow", "plan", *campaigns)
    assert planned.strip()


def test_a_fresh_workspace_is_rehearsed_to_the_end(scripts: Path, tmp_path: Path) -> None:
    call(tmp_path, scripts / "opsflow", "init", "x")
    (campaign,) = sorted((tmp_path / "x" / "campaigns").glob("*.yaml"))
    call(tmp_path / "x", scripts / "opsflow", "rehearse", campaign.relative_to(tmp_path / "x"))
    assert list((tmp_path / "x").rglob("index.html"))
