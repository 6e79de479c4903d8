"""One `opsflow up` per workspace: the lock goes with its process, and others read where the workspace is reached."""

import subprocess
import sys
from pathlib import Path

import pytest

from opsflow.running.lock import AlreadyUp, Up, last, only_one, running, say
from tests.architecture.sources import ROOT

HOLD = "import sys; from pathlib import Path; from opsflow.running.lock import only_one\n"
HOLD += "with only_one(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
UP = Up(1, "http://127.0.0.1:4200/api", 4200, None, 0)


def test_the_second_is_refused_and_told_who_holds_it_until_that_one_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        say(tmp_path, UP)
        with pytest.raises(AlreadyUp, match=f"process {holder.pid} runs it"), only_one(tmp_path):
            pass
        assert running(tmp_path) == UP
        holder.kill()
        holder.wait()
        assert running(tmp_path) is None
        with only_one(tmp_path):
            assert last(tmp_path) == UP


def test_it_may_be_taken_again_after_it_was_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path / "new"):
            pass


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"pid": 1}', "\x00"])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, content: str) -> None:
    assert running(tmp_path) is None
    (tmp_path / "up.json").write_text(content, "utf-8")
    with only_one(tmp_path):
        assert running(tmp_path) is None
