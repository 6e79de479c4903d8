"""Whatever stands in a campaign, organisation or SOP file: an answer or an error that opsflow explains, never a traceback.

Hypothesis draws the mistakes: always the same ones, unless OPSFLOW_FUZZ_EXAMPLES says how many new ones to look at.
"""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opsflow.cli.commands import run
from opsflow.kernel.characters import unsafe_character
from opsflow.settings import SHIPPED
from tests.fuzz.mutations import broken_contents, broken_texts

SAMPLES = SHIPPED / "samples"
CAMPAIGN = (SAMPLES / "campaigns" / "member-day-2026.yaml").read_text(encoding="utf-8")
LARGE = (SAMPLES / "campaigns" / "double-eleven-2026.yaml").read_text(encoding="utf-8")
ORGANISATION = (SAMPLES / "org.yaml").read_text(encoding="utf-8")
SOP = (SHIPPED / "sop" / "campaign" / "v1.yaml").read_text(encoding="utf-8")
EXPLAINED = {0, 2, 3, 4}
"""Done, bad input, refused, not found."""

EXAMPLES = int(os.environ.get("OPSFLOW_FUZZ_EXAMPLES", "40"))
"""Per test; where the variable is set, also other ones than last time."""


def bounded(examples: int = EXAMPLES) -> settings:
    """The same examples in every run, so that a change is to blame for what turns red."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize="OPSFLOW_FUZZ_EXAMPLES" not in os.environ,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def workspace() -> Iterator[Path]:
    """An organisation and one campaign, to be overwritten by each example."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "sop_templates" / "sop" / "campaign").mkdir(parents=True)
        yield home


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")


def _told(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def answers(*arguments: str) -> None:
    """Run a command line; it must end with an exit code that stands for an answer, and explain itself if it is an error."""
    out, err = _stream(), _stream()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    told, wrong = _told(out), _told(err)
    assert code in EXPLAINED, (code, wrong)
    assert "Traceback" not in wrong
    assert code in {0, 3} or wrong.strip(), "an error without a word"
    assert unsafe_character(told + wrong) is None, "a control character reached the terminal"


def judged(home: Path, *, campaign: str | bytes = CAMPAIGN, organisation: str | bytes = ORGANISATION) -> None:
    """Check and plan."""
    for name, content in (("org.yaml", organisation), ("c.yaml", campaign)):
        (home / name).write_bytes(content.encode() if isinstance(content, str) else content)
    answers("check", str(home / "org.yaml"), str(home / "c.yaml"))
    answers("plan", str(home / "c.yaml"), "--today", "2026-08-03", "--format", "json")


@bounded()
@given(text=broken_contents(CAMPAIGN))
def test_no_small_campaign_file_ends_in_a_traceback(workspace: Path, text: str) -> None:
    judged(workspace, campaign=text)


@bounded()
@given(text=broken_contents(LARGE))
def test_no_large_campaign_file_ends_in_a_traceback(workspace: Path, text: str) -> None:
    judged(workspace, campaign=text)


@bounded()
@given(text=broken_contents(ORGANISATION))
def test_no_organisation_ends_in_a_traceback(workspace: Path, text: str) -> None:
    judged(workspace, organisation=text)


@bounded(EXAMPLES // 3)  # an SOP takes four times as long
@given(text=broken_contents(SOP))
def test_no_sop_ends_in_a_traceback(workspace: Path, text: str) -> None:
    own = workspace / "sop_templates" / "sop" / "campaign" / "v1.yaml"
    own.write_text(text, encoding="utf-8")
    try:
        answers("check", str(own))
        judged(workspace)
    finally:
        own.unlink()


@bounded()
@given(raw=st.one_of(broken_texts(CAMPAIGN), broken_texts(ORGANISATION), st.binary(max_size=300)))
def test_no_spoilt_text_ends_in_a_traceback(workspace: Path, raw: bytes) -> None:
    judged(workspace, campaign=raw)
    judged(workspace, organisation=raw)
