"""Answers that only whoever pressed sees, through the address that Slack gave with the press."""

import logging
from urllib.parse import urlsplit

from slack_sdk.webhook import WebhookClient

from opsflow.adapters.slack.blocks import MOST_SECTION, cut, escaped

HOOKS = "hooks.slack.com"
ANSWER_SECONDS = 5
_LOG = logging.getLogger("opsflow.slack.replies")
_SILENT = logging.getLogger("opsflow.slack.webhook")
_SILENT.setLevel(logging.CRITICAL)  # the library would log what is said


class Replies:
    """Says something to whoever pressed, on Slack's own hosts and nowhere else."""

    def __init__(self, api_url: str) -> None:
        self._hosts = {HOOKS, urlsplit(api_url).hostname}

    def say(self, url: str, text: str) -> None:
        """Say it. When Slack does not take it, the card still shows how things stand: that is logged, nothing more."""
        if urlsplit(url).hostname not in self._hosts:
            _LOG.warning("A press came with an address that is not Slack's; its answer was not sent.")
            return
        words = cut(text, MOST_SECTION)
        blocks = [{"type": "section", "text": {"type": "plain_text", "text": words, "emoji": False}}]
        client = WebhookClient(url, timeout=ANSWER_SECONDS, retry_handlers=[], logger=_SILENT)
        try:
            answer = client.send(text=escaped(words), blocks=blocks, response_type="ephemeral", replace_original=False)
        except OSError as error:
            _LOG.warning("An answer to a press did not arrive: %s", error)
            return
        if answer.status_code != 200:
            _LOG.warning("An answer to a press was not taken: %s", answer.status_code)
