"""Who a Slack user is among the people of an organisation: by member id, else by the e-mail address that Slack vouches for."""

from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient

from opsflow.adapters.slack.calls import ask
from opsflow.kernel.clock import Clock
from opsflow.kernel.terms import PersonKey
from opsflow.org.model import Organisation
from opsflow.ports import Undeliverable

REMEMBERED = timedelta(minutes=10)
"""How long an e-mail address that Slack told is believed; roles are looked up anew at every press."""


class SlackPeople:
    """Asks Slack for an e-mail address, and remembers the answer for a while."""

    def __init__(self, client: WebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._emails: dict[str, tuple[datetime, str]] = {}
        self._team: str | None = None

    def person(self, user: str, organisation: Organisation) -> PersonKey | None:
        """The person behind a Slack user; None: nobody of this organisation. PortFailed: Slack does not say."""
        for key, entry in organisation.people.items():
            if entry.slack == user:
                return key
        email = self._email(user)
        if not email:
            return None
        # Whoever has a member id in org.yaml is known by it alone.
        found = (key for key, entry in organisation.people.items() if not entry.slack and entry.email.lower() == email)
        return next(found, None)

    def _email(self, user: str) -> str:
        now = self._clock.now()
        told = self._emails.get(user)
        if told is None or now - told[0] > REMEMBERED:
            told = (now, self._told(user))
            self._emails[user] = told
        return told[1]

    def _told(self, user: str) -> str:
        """The address, unless the account is a guest of another workspace, a bot, or has not confirmed it."""
        if self._team is None:
            self._team = str(ask(self._client.auth_test, "itself")["team_id"])
        try:
            account: dict[str, Any] = ask(self._client.users_info, user, user=user)["user"]
        except Undeliverable:
            return ""
        foreign = account.get("team_id") != self._team or account.get("is_stranger")
        if foreign or account.get("deleted") or account.get("is_bot") or account.get("is_email_confirmed") is False:
            return ""
        return str((account.get("profile") or {}).get("email") or "").lower()
