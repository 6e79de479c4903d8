"""The Bolt app: one for HTTP and Socket Mode. It acknowledges, opens forms, and passes presses on to the desk."""

import logging
import re
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from threading import Event
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from opsflow.adapters.slack.blocks import PREFIX
from opsflow.adapters.slack.calls import ask, web_client
from opsflow.context import Context
from opsflow.inbox.command import report
from opsflow.inbox.desk import Answer, Desk
from opsflow.inbox.forms import FIELDS, POINTS, form, notice, score_form
from opsflow.inbox.payloads import Command, Press, Submission, parsed
from opsflow.inbox.replies import Replies
from opsflow.inbox.tickets import Ticket
from opsflow.kernel.errors import BadInput, OpsflowError, PortFailed
from opsflow.kernel.terms import Language

COMMAND = "/opsflow"
TICKET = "opsflow_ticket"
LISTENERS = 32
"""Acknowledgements under way at a time."""
ANSWER_SECONDS = 5
"""How long Slack is waited for while somebody waits for us."""
AFTER_ANSWER = 0.5
"""Seconds in which Slack shows what a submission was answered with; what replaces it comes after that."""
_QUIET = logging.getLogger("opsflow.slack.app")
_QUIET.setLevel(logging.ERROR)  # below that Bolt logs payloads, which hold what people wrote


class Inbox:
    """What `/slack/events` and the Socket Mode listener share; `app` dispatches for both."""

    def __init__(self, desk: Desk, *, token: str, api_url: str) -> None:
        self.desk = desk
        self._replies = Replies(api_url)
        self._closing = Event()
        self._listeners = ThreadPoolExecutor(LISTENERS, thread_name_prefix="opsflow-bolt")
        self.app = App(
            name=_QUIET.name,  # Bolt sets the level of the logger that is called like the app: "opsflow" would silence us
            logger=_QUIET,
            client=desk.client,
            # Given by ourselves: Bolt would ask Slack who we are before it acknowledges the first press.
            authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token),
            request_verification_enabled=False,  # done on the raw body before anything is read: inbox.http
            listener_executor=self._listeners,
        )
        ours = re.compile(f"^{PREFIX}")
        self.app.action(ours)(self._pressed)
        self.app.view(ours)(self._submitted)
        self.app.command(COMMAND)(self._asked)
        self.app.error(_mistake)

    def close(self) -> None:
        """Finish what is begun."""
        self._closing.set()
        self._listeners.shutdown()
        self.desk.close()

    def _pressed(self, ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        press, ticket = parsed(Press, body), _ticket(context)
        ack()
        if press.button.name in FIELDS:
            self.desk.work(lambda: self._open(press))
            self.desk.work(lambda: self.desk.remember(ticket))
            return
        answer = self.desk.record(
            press.button.name, press.user.id, press.form, {}, ticket=ticket, identity=press.identity
        )
        answer.add_done_callback(
            lambda done: self._replies.say(press.response_url, self._said(done, press.form.language).text)
        )

    def _open(self, press: Press) -> None:
        """The form of an action, from the payload alone; scores name their modules as soon as those are read."""
        wording, carried, name = self.desk.wording, press.form, press.button.name
        view = form(wording, name, carried, carried.language)
        try:
            opened = ask(self.desk.client.views_open, press.user.id, trigger_id=press.trigger_id, view=view)
        except PortFailed:
            self._replies.say(press.response_url, wording.refused["not_opened"][carried.language])
            return
        if name != "score":
            return
        try:
            view = score_form(wording, carried, carried.language, self.desk.modules(press.user.id, carried))
        except OpsflowError as error:
            view = notice(wording, name, wording.error(error, carried.language), carried.language)
        ask(self.desk.client.views_update, press.user.id, view_id=opened["view"]["id"], view=view)

    def _submitted(self, ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        """Answered with what came of it, if that is known in time; else with "being recorded", and then what came of it."""
        sent, ticket = parsed(Submission, body), _ticket(context)
        carried, name = sent.form, sent.name
        language = carried.language
        answer = self.desk.record(name, sent.user.id, carried, sent.given, ticket=ticket, identity=sent.identity)
        wait_for([answer], timeout=ticket.left)
        if not answer.done():
            pending = notice(self.desk.wording, name, self.desk.wording.form["pending"][language], language)
            ack(response_action="update", view=pending)
            answer.add_done_callback(lambda done: self._replace(sent, self._said(done, language)))
            return
        said = self._said(answer, language)
        if said.recorded:
            ack(response_action="update", view=notice(self.desk.wording, name, said.text, said.language))
        else:
            ack(response_action="errors", errors={_first_field(sent): said.text})

    def _replace(self, sent: Submission, said: Answer) -> None:
        self._closing.wait(AFTER_ANSWER)
        view = notice(self.desk.wording, sent.name, said.text, said.language)
        ask(self.desk.client.views_update, sent.user.id, view_id=sent.view.id, view=view)

    def _asked(self, ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        command, ticket = parsed(Command, body), _ticket(context)
        ack()
        self.desk.work(lambda: self.desk.remember(ticket))
        self.desk.work(lambda: self._replies.say(command.response_url, report(self.desk, command)))

    def _said(self, answer: Future[Answer], language: Language) -> Answer:
        """The answer; when a mistake of ours came instead, that."""
        error = answer.exception()
        if error is None:
            return answer.result()
        _QUIET.error("A press was not recorded: %s", type(error).__name__, exc_info=error)
        return Answer(self.desk.wording.refused["broken"][language], language, recorded=False)


def open_inbox(ctx: Context) -> Inbox:
    """The inbox of the workspace's Slack app, to be closed in the end."""
    token, url = ctx.settings.slack_bot_token.get_secret_value(), ctx.settings.slack_api_url
    client = web_client(token, url=url, timeout=ANSWER_SECONDS)
    return Inbox(Desk(ctx, client), token=token, api_url=url)


def _ticket(context: BoltContext) -> Ticket:
    """That of the request; what comes over Socket Mode gets one here."""
    given: Ticket | None = context.get(TICKET)
    return given or Ticket()


def _mistake(error: Exception) -> BoltResponse:
    """What Bolt answers instead of an acknowledgement."""
    if isinstance(error, BadInput):
        return BoltResponse(status=400, body=str(error))
    _QUIET.error("A request of Slack's was not read: %s", type(error).__name__, exc_info=error)
    return BoltResponse(status=500, body="opsflow failed")


def _first_field(sent: Submission) -> str:
    """Where a form shows what is wrong."""
    shown = [name for name in sent.view.state.values if name.startswith(POINTS)]
    return shown[0] if shown else FIELDS[sent.name][0].name
