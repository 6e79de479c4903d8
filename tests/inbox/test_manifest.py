"""The app manifest asks for what the code uses, and for nothing else."""

import re
from typing import Any

import yaml

from opsflow.adapters.slack.scopes import WANTED
from opsflow.inbox.app import COMMAND
from opsflow.inbox.http import PATH
from opsflow.settings import Settings
from tests.architecture.sources import ROOT, product
from tests.slack.workspace import EVERY_SCOPE, HISTORY, METHODS, NEEDED

DOCS = ROOT / "docs"


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCS / "slack-manifest.yaml").read_text("utf-8"))
    return found


def methods_in_use() -> set[str]:
    """The methods of the Web API that the code names, as the API calls them."""
    homes = ("opsflow/adapters/slack/", "opsflow/inbox/")
    text = "\n".join("\n".join(source.lines) for source in product() if source.path.startswith(homes))
    return {name.replace("_", ".") for name in re.findall(r"client\.((?:[a-z]+)_(?:[A-Za-z_]+))", text)}


def test_every_method_in_use_is_one_whose_scopes_are_known() -> None:
    assert methods_in_use() <= set(METHODS)
    assert {"chat.postMessage", "chat.update", "views.open", "conversations.history"} <= methods_in_use()


def test_the_scopes_are_those_of_the_methods_in_use_and_the_command() -> None:
    wanted = {scope for method in methods_in_use() for scope in NEEDED.get(method, ())}
    wanted |= set(HISTORY.values()) | {"commands"}
    scopes = manifest()["oauth_config"]["scopes"]
    assert set(scopes["bot"]) == wanted == EVERY_SCOPE == set(WANTED)
    assert len(scopes["bot"]) == len(set(scopes["bot"]))
    assert set(scopes) == {"bot"}


def test_presses_and_the_command_are_asked_for_and_no_events() -> None:
    """We subscribe to no event: nobody's messages are read."""
    found = manifest()
    assert [each["command"] for each in found["features"]["slash_commands"]] == [COMMAND]
    assert found["settings"]["interactivity"]["is_enabled"] is True
    assert found["settings"]["socket_mode_enabled"] is True
    assert "event_subscriptions" not in found["settings"]
    assert found["features"]["app_home"]["messages_tab_enabled"] is True


def test_the_page_names_every_variable_and_the_address() -> None:
    page = (DOCS / "slack.md").read_text("utf-8")
    names = {f"OPSFLOW_{name.upper()}" for name in Settings.model_fields if name.startswith("slack_")}
    assert {name for name in names if name not in page} == {"OPSFLOW_SLACK_API_URL"}
    assert PATH in page
    assert PATH in (DOCS / "slack-manifest.yaml").read_text("utf-8")
