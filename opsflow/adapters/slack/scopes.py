"""What Slack says of our tokens: whose they are, and what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_sdk.web import SlackResponse

from opsflow.adapters.slack.calls import ask, web_client

WANTED: Mapping[str, str] = {
    "chat:write": "posting and updating messages",
    "im:write": "opening direct conversations",
    "users:read": "knowing who pressed",
    "users:read.email": "finding people by their e-mail address",
    "im:history": "looking up whether a message arrived",
    "channels:history": "the same in a public channel",
    "groups:history": "the same in a private channel",
    "commands": "answering /opsflow",
}
"""What the app asks for, with what each is for; docs/slack-manifest.yaml lists the same."""
HEADER = "x-oauth-scopes"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token speaks for."""

    team: str
    user: str
    missing: tuple[str, ...]
    """Scopes that it lacks."""


def bearer(token: str, *, url: str) -> Bearer:
    """Ask Slack about a token. PortFailed: it is not valid, or Slack does not answer."""
    client = web_client(token, url=url)
    scopes: list[str] = []

    def asked() -> SlackResponse:
        answer = client.auth_test()
        for name, value in answer.headers.items():
            if name.lower() == HEADER:
                scopes.extend(scope.strip() for scope in str(value).split(","))
        return answer

    told = ask(asked, "the doctor")
    return Bearer(str(told.get("team", "")), str(told.get("user", "")), tuple(sorted(set(WANTED) - set(scopes))))


def lets_listen(app_token: str, *, url: str) -> None:
    """Ask Slack whether it opens lines for Socket Mode to this token. PortFailed: it does not."""
    ask(web_client(app_token, url=url).apps_connections_open, "the app", app_token=app_token)
