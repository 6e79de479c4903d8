"""Slack as it answers now: the token, its scopes, and whether presses come in."""

from collections.abc import Iterator

from opsflow.adapters.slack.scopes import WANTED, bearer, lets_listen
from opsflow.doctor.finding import Finding, note, ok, wrong
from opsflow.kernel.errors import PortFailed
from opsflow.settings import Settings

INSTALL = "add it under OAuth & Permissions of the app, and install the app again"


def look(settings: Settings) -> Iterator[Finding]:
    """Ask Slack about the token; without one, people are told on the console, which is no fault."""
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        yield note(
            "slack",
            "OPSFLOW_SLACK_BOT_TOKEN is not set in this shell: messages sent from here go to messages.jsonl",
            "set it here and where `opsflow up` runs when Slack is wanted",
        )
        return
    try:
        found = bearer(token, url=settings.slack_api_url)
    except PortFailed as error:
        yield wrong("slack", str(error), "correct OPSFLOW_SLACK_BOT_TOKEN (xoxb-...), or wait for Slack")
        return
    for scope in found.missing:
        yield wrong("slack", f"the app lacks the scope {scope}: {WANTED[scope]}", INSTALL)
    if not found.missing:
        yield ok("slack", f"{found.user} of {found.team}, with every scope that is needed")
    yield from _presses(settings)


def _presses(settings: Settings) -> Iterator[Finding]:
    app_token = settings.slack_app_token.get_secret_value()
    if app_token:
        try:
            lets_listen(app_token, url=settings.slack_api_url)
        except PortFailed as error:
            yield wrong("slack", str(error), "correct OPSFLOW_SLACK_APP_TOKEN (xapp-..., connections:write)")
        else:
            yield ok("slack", "presses come in over Socket Mode, where `opsflow up` runs")
    if settings.slack_signing_secret.get_secret_value():
        yield ok("slack", "presses come in at /slack/events of the pages, if Slack reaches them")
    elif not app_token:
        yield note(
            "slack",
            "presses do not come in",
            "set OPSFLOW_SLACK_APP_TOKEN (Socket Mode) or OPSFLOW_SLACK_SIGNING_SECRET (HTTP)",
        )
