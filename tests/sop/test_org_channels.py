"""Mistakes in the channels of an organisation are found before anybody is told anything, and no secret is shown."""

import pytest

from opsflow.org.channels import channel_findings
from opsflow.org.model import Organisation


def found(channels: list[str], *, email: str = "lin@example.com") -> list[tuple[str, str]]:
    """Where, and what, of Lin's channels."""
    lin = {"name": "Lin", "department": "operations", "email": email, "channels": channels}
    raw = {"name": "Acme", "zone": "Asia/Shanghai", "departments": {}, "people": {"lin": lin}}
    findings = channel_findings(Organisation.model_validate(raw))
    return [("/".join(str(part) for part in each.loc), each.message) for each in findings]


def test_what_can_work_is_no_mistake() -> None:
    assert found([]) == found(["slack", "console", "mailto://${USER}:${PASSWORD}@mail.example.com"]) == []


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        (["slak"], "there is no channel `slak`"),
        (["slack", "slack"], "`slack` is named twice"),
        (["feishu://${token}"], "a `$` that begins no variable"),
        (["feishu:// secret"], "`feishu://...` is no URL of a channel"),
    ],
)
def test_a_channel_that_can_never_work_is_named_at_its_place(channels: list[str], said: str) -> None:
    ((place, message),) = found(channels)
    assert place == f"people/lin/channels/{len(channels) - 1}"
    assert said in message
    assert "secret" not in message


def test_slack_needs_something_to_find_somebody_by() -> None:
    assert found(["slack"], email="") == [
        ("people/lin/channels", "slack cannot find lin, who has neither `slack` nor `email`")
    ]
