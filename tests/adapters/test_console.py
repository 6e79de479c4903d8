"""The console channel needs no account: it shows each message and keeps it in a file."""

import io
import json
from pathlib import Path

import pytest

from opsflow.adapters.console import ConsoleChannel
from opsflow.kernel.terms import PersonKey
from opsflow.ports import Message

URGENT = Message(
    person=PersonKey("lin"), address="lin@example.com", key="message/lin/1", title="上线暂缓",
    body="Please decide.\nToday.", urgent=True,
)  # fmt: skip


def test_a_message_is_one_readable_block(tmp_path: Path) -> None:
    out = io.StringIO()
    ConsoleChannel(tmp_path / "messages.jsonl", out=out).send(URGENT)
    assert out.getvalue().splitlines()[1:] == [
        "! 上线暂缓",
        "→ lin <lin@example.com>",
        "",
        "Please decide.",
        "Today.",
    ]


def test_a_message_is_one_line_in_the_file_with_everything_in_it(tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    channel = ConsoleChannel(file, out=io.StringIO())
    channel.send(URGENT)
    channel.send(URGENT)
    first, second = file.read_text(encoding="utf-8").splitlines()
    assert first == second
    assert json.loads(first) == {
        "key": "message/lin/1", "person": "lin", "address": "lin@example.com", "urgent": True, "title": "上线暂缓",
        "body": "Please decide.\nToday.",
    }  # fmt: skip


def test_it_prints_to_whatever_standard_output_is_at_the_moment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ConsoleChannel(tmp_path / "messages.jsonl").send(URGENT)
    assert "上线暂缓" in capsys.readouterr().out
