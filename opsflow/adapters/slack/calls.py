"""Calls of Slack's Web API, each made once: what goes wrong is said in our words, and nothing is repeated by the library.

(Its default client posts twice when Slack took the message and the connection dropped: reliability.md, section c.)
"""

import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from opsflow.adapters.slack.refusals import GONE, LIMITED, MISCONFIGURED, UNKNOWN
from opsflow.kernel.errors import PortFailed
from opsflow.ports import Busy, OutcomeUnknown, Undeliverable

ANSWER_SECONDS = 10
LEAST_PAUSE = timedelta(seconds=1)
NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLError)
"""Why a connection was never made: nothing can have happened."""
_SILENT = logging.getLogger("opsflow.slack.client")
_SILENT.setLevel(logging.CRITICAL)  # the library would log answers, which hold people's names and addresses


def web_client(token: str, *, url: str, timeout: float = ANSWER_SECONDS) -> WebClient:
    """A client that neither retries nor writes what it hears into the log."""
    return WebClient(token, base_url=url, timeout=int(timeout) or 1, retry_handlers=[], logger=_SILENT)


def ask(
    method: Callable[..., SlackResponse], about: str, *, changes: bool = False, **sent: object
) -> Mapping[str, Any]:
    """Call a method of the client and return what Slack answered. `about`: whom or what it is for, for the error's text.

    Busy: Slack asks to wait. Undeliverable: that address is of no use. OutcomeUnknown: with `changes`, when it may have
    been done all the same. PortFailed: it was not done.
    """
    try:
        answer = method(**sent)
    except SlackApiError as error:
        raise _refused(error.response, about, changes=changes) from error
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        raise _cut_off(error, about, changes=changes) from error
    return dict(answer.data) if isinstance(answer.data, dict) else {}


def _refused(answer: SlackResponse, about: str, *, changes: bool) -> PortFailed:
    error = str(answer.get("error", "")) if isinstance(answer.data, dict) else ""
    if answer.status_code == 429 or error in LIMITED:
        return Busy(f"Slack asks to wait before {about} is told anything more.", retry_after=_pause(answer.headers))
    if answer.status_code >= 500 or error in UNKNOWN:
        return _unknown(f"it answered with an error of its own ({answer.status_code} {error})", about, changes=changes)
    if error in GONE:
        return Undeliverable(f"Slack cannot reach {about}: {GONE[error]} ({error}).")
    if error == "missing_scope":
        return PortFailed(
            f"Slack refused: the app lacks the scope {answer.get('needed')}. Add it under OAuth & Permissions, as "
            "docs/slack-manifest.yaml lists it, and install the app again."
        )
    if error in MISCONFIGURED:
        reason, cure = MISCONFIGURED[error]
        return PortFailed(f"Slack refused: {reason} ({error}). {cure}.")
    told = (answer.get("response_metadata") or {}).get("messages") or []
    more = f": {'; '.join(str(each) for each in told)}" if told else ""
    return PortFailed(f"Slack did not take what was for {about} ({error or answer.status_code}){more}.")


def _cut_off(error: Exception, about: str, *, changes: bool) -> PortFailed:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, NOT_SENT) or isinstance(error, SlackClientError):
        return PortFailed(f"Slack was not reached for {about}: {_why(reason)}. It is tried again by itself.")
    return _unknown(f"its answer did not arrive ({_why(reason)})", about, changes=changes)


def _unknown(what: str, about: str, *, changes: bool) -> PortFailed:
    if changes:
        return OutcomeUnknown(f"Slack may have taken what was for {about}: {what}.")
    return PortFailed(f"Slack did not answer for {about}: {what}. It is tried again by itself.")


def _why(reason: object) -> str:
    return str(reason).strip().rstrip(".") or type(reason).__name__


def _pause(headers: Mapping[str, str]) -> timedelta:
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return max(LEAST_PAUSE, timedelta(seconds=int(given))) if str(given).isdigit() else LEAST_PAUSE
