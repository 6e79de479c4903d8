"""The channel of a first run, which needs no account: one readable block per message, and a line in a file."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from opsflow.kernel.errors import PortFailed
from opsflow.ports import Message, Undeliverable

RULE = "─" * 72


class ConsoleChannel:
    """Prints each message, and appends it to a file of JSON lines first."""

    name = "console"
    updates = False
    finds = False
    pace = timedelta(0)

    def __init__(self, file: Path, *, out: TextIO | None = None) -> None:
        self.file = file
        self._out = out

    def send(self, message: Message) -> str:
        """Append the message, show it, and answer with its place in the file. PortFailed: the file cannot be written."""
        facts = {
            "key": message.key,
            "person": message.person,
            "address": message.address,
            "urgent": message.urgent,
            "title": message.title,
            "body": message.body,
        }
        if message.link:
            facts["link"] = message.link
        line = json.dumps(facts, ensure_ascii=False)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(line + "\n")
                place = lines.tell()
        except OSError as error:
            raise PortFailed(
                f"The message to {message.person} was not written to {self.file}: {error.strerror}. Make the folder "
                "writable; it is sent again by itself."
            ) from error
        self._show(message)
        return f"{self.file.name}:{place}"

    def update(self, receipt: str, message: Message) -> None:
        """Undeliverable, always: what was printed stays as it is."""
        raise Undeliverable(f"{receipt} to {message.person} stays as it was printed: the console changes no message.")

    def find(self, message: Message, *, since: datetime) -> str | None:
        """PortFailed, always: the file tells that a message was written, not that anybody saw it printed."""
        raise PortFailed(f"The console cannot tell whether {message.person} saw {message.key} after {since:%H:%M}.")

    def _show(self, message: Message) -> None:
        out = self._out or sys.stdout
        mark = "! " if message.urgent else ""
        out.write(f"{RULE}\n{mark}{message.title}\n→ {message.person} <{message.address}>\n\n{message.body}\n")
        if message.link:
            out.write(f"{message.link}\n")
        out.flush()
