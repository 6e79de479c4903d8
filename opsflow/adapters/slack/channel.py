"""The channel of people in Slack: one message per key, updated in place, found again when an answer was lost."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient

from opsflow.adapters.slack.addresses import AddressBook
from opsflow.adapters.slack.blocks import fallback, message_blocks
from opsflow.adapters.slack.calls import ask
from opsflow.ports import Message, Undeliverable

EVENT = "opsflow_message"
"""The type of the metadata that each of our messages carries; its payload holds the message's key."""
SKEW = timedelta(minutes=2)
"""How far Slack's clock may be behind ours."""
PAGE = 200


class SlackChannel:
    """Direct messages and channels. A receipt is `<conversation>/<ts>`."""

    name = "slack"
    updates = True
    finds = True
    pace = timedelta(seconds=1)
    """Slack takes about one message a second in one conversation."""

    def __init__(self, client: WebClient, addresses: AddressBook) -> None:
        self._client = client
        self._addresses = addresses

    def send(self, message: Message) -> str:
        """Post the message and return its receipt.

        OutcomeUnknown: it may be there. Busy, Undeliverable, PortFailed: it is not.
        """
        blocks = message_blocks(message)
        conversation = self._addresses.conversation(message.address, message.person)
        try:
            posted = ask(
                self._client.chat_postMessage,
                message.person,
                changes=True,
                channel=conversation,
                blocks=blocks,
                **_words(message),
                unfurl_links=False,
                unfurl_media=False,
            )
        except Undeliverable:
            self._addresses.forget(message.address)  # a member who left and came back has another conversation
            raise
        return f"{posted['channel']}/{posted['ts']}"

    def update(self, receipt: str, message: Message) -> None:
        """Show another message in the place of one that was sent; repeating that changes nothing.

        Undeliverable: it is not there any more. PortFailed: try again.
        """
        blocks = message_blocks(message)
        conversation, slash, ts = receipt.partition("/")
        if not slash:
            raise Undeliverable(f"{receipt!r} to {message.person} is no receipt of Slack's: <conversation>/<ts>.")
        ask(
            self._client.chat_update,
            message.person,
            channel=conversation,
            ts=ts,
            blocks=blocks,
            **_words(message),
        )

    def find(self, message: Message, *, since: datetime) -> str | None:
        """The receipt of a message that was sent under that key since an instant; None: it is not there."""
        conversation = self._addresses.conversation(message.address, message.person)
        for posted in self._history(conversation, message, since - SKEW):
            metadata = posted.get("metadata") or {}
            if metadata.get("event_type") == EVENT and metadata["event_payload"].get("opsflow_key") == message.key:
                return f"{conversation}/{posted['ts']}"
        return None

    def _history(self, conversation: str, message: Message, oldest: datetime) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        while True:
            page = ask(
                self._client.conversations_history,
                message.person,
                channel=conversation,
                oldest=f"{oldest.timestamp():.6f}",
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
            )
            yield from page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return


def _words(message: Message) -> dict[str, Any]:
    return {
        "text": fallback(message),
        "metadata": {"event_type": EVENT, "event_payload": {"opsflow_key": message.key}},
        "link_names": False,
        "parse": "none",
    }
