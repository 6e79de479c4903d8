"""What Slack sends when people press buttons, send forms and give commands, and where their messages are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.slack.server import FakeSlack
from tests.slack.workspace import TEAM, Posted, Workspace


def slack_id(person: str) -> str:
    """The Slack user of somebody: `legal-head` is ULEGALHEAD."""
    return f"U{person.replace('-', '').upper()}"


def direct(person: str) -> str:
    """Somebody's direct messages."""
    return f"D{slack_id(person)[1:]}"


@dataclass(kw_only=True)
class Fingers:
    """Everybody's, on a Slack on loopback."""

    slack: FakeSlack
    number: int = 0

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspace

    def buttons(self, person: str) -> Iterator[tuple[Posted, str, str]]:
        """What somebody may press in their messages, the newest first: the message, the action, and what it carries."""
        for posted in reversed(self.workspace.in_channel(direct(person))):
            for block in posted.blocks:
                for element in block["elements"] if block["type"] == "actions" else ():
                    yield posted, element["action_id"].split(":")[1], element.get("value", "")

    def press(
        self, who: str, action: str, token: str, *, card_of: str | None = None, label: str = "Press", when: str = ""
    ) -> dict[str, Any]:
        """What Slack sends when somebody presses a button on a card in `card_of`'s direct messages."""
        self.number += 1
        return {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": slack_id(who), "team_id": TEAM},
            "channel": {"id": direct(card_of or who)},
            "message": {"ts": "1.0", "text": "A card"},
            "trigger_id": self.workspace.trigger(),
            "response_url": self.slack.response_url(str(self.number)),
            "actions": [
                {"type": "button", "action_id": f"opsflow:{action}:0", "block_id": "b", "value": token,
                 "text": {"type": "plain_text", "text": label}, "action_ts": when or f"{self.number}.5"}
            ],
        }  # fmt: skip

    def submission(self, who: str, view: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
        """What Slack sends when somebody sends a form."""
        self.number += 1
        values = {
            block["block_id"]: {block["element"]["action_id"]: _filled(block["element"], given.get(block["block_id"]))}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        shown = {name: view[name] for name in ("id", "callback_id", "private_metadata") if name in view}
        return {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": slack_id(who), "team_id": TEAM},
            "trigger_id": f"submitted-{self.number}",
            "view": {**shown, "type": "modal", "state": {"values": values}},
        }

    def command(self, who: str, text: str) -> dict[str, str]:
        """What Slack sends for `/opsflow TEXT`."""
        self.number += 1
        return {"command": "/opsflow", "text": text, "user_id": slack_id(who), "team_id": TEAM, "channel_id": "D1",
                "response_url": self.slack.response_url(str(self.number)), "trigger_id": "t"}  # fmt: skip


def _filled(element: Mapping[str, Any], value: str | None) -> dict[str, Any]:
    match element["type"]:
        case "static_select":
            return {"type": "static_select", "selected_option": {"value": value} if value else None}
        case "datepicker":
            return {"type": "datepicker", "selected_date": value}
        case "users_select":
            return {"type": "users_select", "selected_user": value}
        case kind:
            return {"type": kind, "value": value}
