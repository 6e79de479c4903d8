"""What is committed names no machine and no package index, and the locks pin everything."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, project_files

# Written in pieces, because this file is scanned too.
INDEX_HOSTS = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "tuna." + "tsinghua",
    "mirrors." + "aliyun",
    "artifact" + "ory",
)
FOLDERS = ("root", "work", "home", "Users", "workspace")
FORBIDDEN = re.compile(
    "|".join(
        [
            *(re.escape(host) for host in INDEX_HOSTS),
            r"https?://[^\s\"']+/" + "simple" + r"\b",
            "--(extra-)?" + "index-" + "url[ =]",
            r"(?<![\w.~*})-])/(" + "|".join(FOLDERS) + r")/[\w.]",
        ]
    )
)
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"[a-z0-9][a-z0-9.-]*==[\w.!+]+( ; [^/:@]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def named_places(text: str) -> list[str]:
    """Index hosts and absolute folders of a machine that a text names."""
    return [found.group() for found in FORBIDDEN.finditer(text)]


def unpinned_lines(lock: str) -> list[str]:
    """Lines of a lock that are neither a pinned version nor a hash: a host, a URL, a path, an option."""
    return [line for line in lock.splitlines() if not (PIN.fullmatch(line) or HASH.fullmatch(line))]


def names(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))


def wanted(extra: str = "") -> set[str]:
    """The distributions that pyproject.toml asks for, in the spelling of the locks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = project["optional-dependencies"][extra] if extra else project["dependencies"]
    spelled = {re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-") for requirement in asked}
    return spelled - {"opsflow"}


def test_no_file_names_an_index_or_a_folder_of_a_machine() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): places
        for path in project_files()
        if (places := named_places(path.read_text("utf-8", errors="ignore")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "see https://" + "pypi" + ".org/project/x",
        "url = 'https://packages.example/" + "simple'",
        "--" + "index-url http://x",
        "open('/" + "root/x')",
        "/" + "home/ann/opsflow",
        "sqlite:////" + "work/main/x.db",
    ],
)
def test_a_planted_place_is_found(text: str) -> None:
    assert named_places(text) != []


@pytest.mark.parametrize(
    "text", ["GET /campaigns/home/", "sop_templates/root/x", "https://docs.example/work/in", "./work/x"]
)
def test_a_path_within_the_project_is_no_place(text: str) -> None:
    assert named_places(text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_but_pins_and_hashes(lock: str) -> None:
    assert unpinned_lines((ROOT / lock).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "--" + "index-url https://packages.example/x",
        "opsflow @ file:///x",
        "-e .",
        "--find-links wheels",
        "requests>=2",
        "    --hash=md5:0123",
        "#   via -r requirements.in",
    ],
)
def test_a_planted_line_in_a_lock_is_found(line: str) -> None:
    assert unpinned_lines(line) == [line]


def test_the_locks_hold_what_the_project_asks_for() -> None:
    runtime, dev = (names((ROOT / lock).read_text("utf-8")) for lock in LOCKS)
    assert wanted() <= runtime
    assert wanted() | wanted("dev") | wanted("postgres") | wanted("drand") <= dev


def test_the_runtime_lock_carries_no_tool_of_the_developers() -> None:
    tools = wanted("dev") & names((ROOT / "requirements.lock").read_text("utf-8"))
    assert tools == set()


def test_every_lock_line_ends_its_pin_with_a_hash() -> None:
    for lock in LOCKS:
        blocks = re.split(r"^(?=\S)", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)
        assert [block for block in blocks if block and "--hash=" not in block] == []


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_wheel_carries_the_three_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert packages == ["opsflow", "flows", "sop_templates"]
    assert all(Path(ROOT / package / "__init__.py").is_file() for package in packages)


def test_no_two_test_files_have_one_name() -> None:
    """Tests are no packages: of two such files pytest reads one, and a process that has read it cannot read the other."""
    named = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert [name for name, times in Counter(named).items() if times > 1] == []
