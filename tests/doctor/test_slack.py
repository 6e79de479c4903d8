"""What the doctor says of Slack: token, scopes, whether presses come in; never the token itself."""

import pytest
from pydantic import SecretStr

from opsflow.adapters.slack.scopes import WANTED
from opsflow.doctor.finding import Finding, State
from opsflow.doctor.slack import look
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import Settings
from tests.slack.server import FakeSlack
from tests.slack.workspace import APP_TOKEN, BOT_TOKEN, EVERY_SCOPE


def found(slack: FakeSlack, token: str = BOT_TOKEN, **more: SecretStr) -> tuple[Finding, ...]:
    settings = Settings(slack_bot_token=SecretStr(token), slack_api_url=slack.url)
    return tuple(look(settings.model_copy(update=dict(more))))


def test_a_token_with_every_scope_is_well_and_presses_are_asked_after(running: FakeSlack, clock: VirtualClock) -> None:
    running.renew(clock)
    assert [finding.state for finding in found(running)] == [State.OK, State.NOTE]
    assert [finding.state for finding in found(running, slack_signing_secret=SecretStr("s"))] == [State.OK] * 2
    assert [finding.state for finding in found(running, slack_app_token=SecretStr(APP_TOKEN))] == [State.OK] * 2


def test_a_token_that_opens_no_line_for_presses_is_told_and_not_shown(running: FakeSlack, clock: VirtualClock) -> None:
    running.renew(clock)
    _, finding = found(running, slack_app_token=SecretStr(BOT_TOKEN))
    assert finding.state is State.WRONG
    assert "OPSFLOW_SLACK_APP_TOKEN" in finding.cure
    assert BOT_TOKEN not in finding.text + finding.cure


@pytest.mark.parametrize("scope", sorted(WANTED))
def test_a_scope_that_is_missing_is_named_with_what_it_is_for(
    running: FakeSlack, clock: VirtualClock, scope: str
) -> None:
    running.renew(clock).scopes = EVERY_SCOPE - {scope}
    wrong = [finding for finding in found(running) if finding.state is State.WRONG]
    assert [finding.text for finding in wrong] == [f"the app lacks the scope {scope}: {WANTED[scope]}"]


def test_a_token_that_slack_does_not_know_is_told_and_not_shown(running: FakeSlack, clock: VirtualClock) -> None:
    running.renew(clock)
    (finding,) = found(running, "xoxb-s3cret")
    assert finding.state is State.WRONG
    assert "invalid_auth" in finding.text
    assert "s3cret" not in finding.text + finding.cure


def test_a_slack_that_does_not_answer_is_told() -> None:
    settings = Settings(slack_bot_token=SecretStr(BOT_TOKEN), slack_api_url="http://127.0.0.1:9/api/")
    (finding,) = look(settings)
    assert finding.state is State.WRONG


def test_without_a_token_nothing_is_wrong() -> None:
    assert [finding.state for finding in look(Settings())] == [State.NOTE]
