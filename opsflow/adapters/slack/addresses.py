"""The address book: from a member id, an e-mail address or a channel id to the conversation that is written to."""

import re
from hashlib import sha256

from slack_sdk import WebClient

from opsflow.adapters.slack import store
from opsflow.adapters.slack.calls import ask
from opsflow.db.session import Database
from opsflow.kernel.clock import Clock
from opsflow.kernel.terms import PersonKey
from opsflow.ports import Undeliverable

MEMBER = re.compile(r"[UW][A-Z0-9]{2,}")
CONVERSATION = re.compile(r"[CGD][A-Z0-9]{2,}")


class AddressBook:
    """Looks an address up once and keeps it in the database, so that a round of delivery asks Slack nothing it knows."""

    def __init__(self, client: WebClient, database: Database, clock: Clock) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        # The same address is another conversation in another workspace, and a token belongs to one.
        self._workspace = sha256((client.token or "").encode()).hexdigest()[:16]
        self._known: dict[str, str] = {}

    def conversation(self, address: str, person: PersonKey) -> str:
        """Where to write to; a channel id stands for itself.

        Undeliverable: no such member, or no address at all. PortFailed, Busy: Slack did not say.
        """
        if CONVERSATION.fullmatch(address):
            return address
        if address not in self._known:
            with self._database.transaction() as session:
                found = store.conversation(session, self._workspace, address)
            self._known[address] = found or self._look_up(address, person)
        return self._known[address]

    def forget(self, address: str) -> None:
        """What the book says is not true any more."""
        if self._known.pop(address, None) is not None:
            with self._database.transaction() as session:
                store.forget(session, self._workspace, address)

    def _look_up(self, address: str, person: PersonKey) -> str:
        found = ask(self._client.conversations_open, person, users=self._member(address, person))
        conversation = str(found["channel"]["id"])
        with self._database.transaction() as session:
            store.keep(session, self._workspace, address, conversation, at=self._clock.now())
        return conversation

    def _member(self, address: str, person: PersonKey) -> str:
        if MEMBER.fullmatch(address):
            return address
        if "@" not in address:
            raise Undeliverable(
                f"Slack cannot reach {person}: {address!r} is neither a member id (U...) nor an e-mail address. Give "
                "them one of both in org.yaml."
            )
        found = ask(self._client.users_lookupByEmail, person, email=address)
        return str(found["user"]["id"])
