"""`opsflow doctor`: looks at everything, changes nothing, names the cure of what is wrong."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer
from pydantic import ValidationError

from opsflow.cli.acting import FormatOption, workspace_settings
from opsflow.cli.address import prefect_address
from opsflow.doctor.finding import Finding, State, ok, wrong
from opsflow.doctor.machine import look as look_at_machine
from opsflow.kernel.characters import on_one_line
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import BadInput, OpsflowError

if TYPE_CHECKING:
    from opsflow.settings import Settings

QUIET = {"PREFECT_LOGGING_LEVEL": "CRITICAL", "DO_NOT_TRACK": "1"}


def doctor(output: FormatOption = "text") -> None:
    """Look at database, Prefect, deployments, sweeps, roles, templates, notices, mail, payouts, journal, disk. If one is wrong the code is 1.

    It changes nothing and shows no secret. What is only worth knowing is a note.

    Example: opsflow doctor
    """
    try:
        settings = workspace_settings()
    except BadInput as error:
        findings: tuple[Finding, ...] = (wrong("settings", str(error), "correct or unset it, and ask again"),)
    else:
        findings = tuple(_look(settings, SystemClock().now()))
    if output == "json":
        print(json.dumps([_json(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        print("\n".join(_text(findings)))
    if any(finding.state is State.WRONG for finding in findings):
        raise typer.Exit(1)


def _look(settings: "Settings", now: datetime) -> Iterator[Finding]:
    yield from look_at_machine(settings, now.astimezone().date())
    # SQLAlchemy, Prefect and Slack's library, which `--help` need not wait for.
    from opsflow.doctor.data import look_at_schema, look_at_tables
    from opsflow.doctor.mail import look as look_at_mail
    from opsflow.doctor.payouts import look_at_beacon, look_at_books, look_at_providers
    from opsflow.doctor.slack import look as look_at_slack
    from opsflow.doctor.texts import look as look_at_texts

    schema = tuple(look_at_schema(settings))
    yield from schema
    if all(finding.state is State.OK for finding in schema):
        yield from look_at_tables(settings)
        yield from look_at_books(settings)
    yield from look_at_providers(settings)
    yield from look_at_beacon(settings)
    yield from _prefect(settings)
    yield from look_at_slack(settings)
    yield from look_at_mail(settings)
    if settings.workspace is not None and settings.workspace.is_dir():
        try:
            yield from look_at_texts(settings)
        except OpsflowError as error:
            yield wrong("templates", str(error), "`opsflow sop lint` names every mistake of an SOP")


def _prefect(settings: "Settings") -> Iterator[Finding]:
    """Prefect reads its settings when it is imported, and one that it cannot read stops every command of its."""
    api, is_up = prefect_address(settings)
    if api is None:
        yield wrong("prefect", "no server: the workspace is not up, and PREFECT_API_URL is not set", "`opsflow up`")
        return
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        # A second of imports, and what may fail at them.
        from opsflow.doctor.motor import look
    except ValidationError as error:
        names = ", ".join(_variable(problem["loc"]) for problem in error.errors())
        yield wrong(
            "settings",
            f"Prefect cannot read {names}",
            "correct or unset it; durations are written in ISO form, PT60S for sixty seconds",
        )
        return
    yield ok("settings", "Prefect can read its settings")
    yield from look(os.environ, api=api, is_up=is_up)


def _variable(loc: Sequence[Any]) -> str:
    return "_".join(str(part) for part in loc).upper()


def _text(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield on_one_line(f"{finding.state.value:<5}  {finding.check:<12}  {finding.text}")
        if finding.cure:
            yield on_one_line(f"{'':<21}-> {finding.cure}")
    found = sum(finding.state is State.WRONG for finding in findings)
    yield f"{found} {'thing is' if found == 1 else 'things are'} wrong." if found else "All is well."


def _json(finding: Finding) -> dict[str, str]:
    return {"check": finding.check, "state": finding.state.value, "text": finding.text, "cure": finding.cure}
