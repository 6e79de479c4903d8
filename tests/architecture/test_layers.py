"""Imports point down only, as the layers in pyproject.toml say; import-linter is the judge."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.rules import DOMAINS
from tests.architecture.sources import ROOT

LINTER = Path(sys.executable).parent / "lint-imports"


def layers() -> list[list[str]]:
    """The layers top to bottom, siblings together, optional ones without their parentheses."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = project["tool"]["importlinter"]["contracts"]
    return [re.findall(r"[\w.]+", layer) for layer in contract["layers"]]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Judge the packages of a folder by the contract in its pyproject.toml."""
    command = [sys.executable, str(LINTER), "--no-cache"]
    place = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=place, capture_output=True, text=True, check=False)


def missing_from_layers(package: Path) -> set[str]:
    """Packages and modules directly under opsflow/ that no layer names."""
    listed = {name for layer in layers() for name in layer}
    modules = {f"opsflow.{path.stem}" for path in package.glob("*.py") if path.stem != "__init__"}
    packages = {f"opsflow.{path.name}" for path in package.iterdir() if any(path.glob("*.py"))}
    return (modules | packages) - listed


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """Every layer as an empty package, under the project's own contract."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    for name in ["opsflow", *(name for layer in layers() for name in layer)]:
        folder = tmp_path.joinpath(*name.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_text("")
    return tmp_path


def test_imports_point_down_only() -> None:
    judged = lint(ROOT)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_every_package_has_its_layer() -> None:
    assert missing_from_layers(ROOT / "opsflow") == set()


def test_a_package_without_a_layer_is_told(skeleton: Path) -> None:
    (skeleton / "opsflow" / "gossip").mkdir()
    (skeleton / "opsflow" / "gossip" / "__init__.py").write_text("")
    (skeleton / "opsflow" / "rumour.py").write_text("")
    assert missing_from_layers(skeleton / "opsflow") == {"opsflow.gossip", "opsflow.rumour"}


def test_every_domain_is_a_layer() -> None:
    assert {f"opsflow.{domain}" for domain in DOMAINS} <= {name for layer in layers() for name in layer}


def test_a_clean_skeleton_passes(skeleton: Path) -> None:
    (skeleton / "opsflow" / "engine" / "__init__.py").write_text("import opsflow.kernel\n")
    assert lint(skeleton).returncode == 0


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("opsflow/kernel", "opsflow.db"),
        ("opsflow/engine", "opsflow.adapters"),
        ("opsflow/engine", "flows"),
        ("opsflow/sop", "opsflow.org"),
        ("flows", "opsflow.rehearsal"),
    ],
)
def test_an_import_that_points_up_or_sideways_turns_it_red(skeleton: Path, importer: str, imported: str) -> None:
    (skeleton / importer / "__init__.py").write_text(f"import {imported}\n")
    judged = lint(skeleton)
    assert judged.returncode == 1
    assert "BROKEN" in judged.stdout
