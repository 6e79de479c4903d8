"""The code keeps the rules of its own style; and each rule is seen to fail on a file that breaks it."""

from textwrap import dedent

import pytest

from tests.architecture import rules
from tests.architecture.rules import RULES, Rule
from tests.architecture.sources import ROOT, Source, product

DOC = '"""A module."""\n'

NAMED = [pytest.param(getattr(rules, key), id=key) for key in vars(rules) if getattr(rules, key) in RULES]


@pytest.mark.parametrize("rule", NAMED)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert [broken for source in product() for broken in rule(source)] == []


def test_every_rule_is_run() -> None:
    assert len(NAMED) == len(RULES)


OFFENDERS: list[tuple[str, str, str]] = [
    ("pure_files_know_no_shell", "opsflow/org/model.py", "import sqlalchemy as sa"),
    ("pure_files_know_no_shell", "opsflow/org/model.py", "from opsflow.db.session import Session"),
    ("pure_files_know_no_shell", "opsflow/stages/decide.py", "from opsflow import ports"),
    ("pure_files_know_no_shell", "opsflow/stages/decide.py", "from opsflow.kernel.clock import Clock"),
    ("pure_files_know_no_shell", "opsflow/stages/decide.py", "from opsflow.stages import store"),
    ("pure_files_know_no_shell", "opsflow/kernel/keys.py", "from prefect import flow"),
    ("pure_files_know_no_shell", "opsflow/campaigns/plan.py", "def f():\n    import slack_sdk"),
    ("sql_stays_in_stores", "opsflow/stages/service.py", "from sqlalchemy.orm import Session"),
    ("sql_stays_in_stores", "opsflow/outbox/matters.py", "import sqlalchemy"),
    ("prefect_stays_in_flows", "opsflow/engine/launch.py", "from prefect.states import Completed"),
    ("prefect_stays_in_flows", "opsflow/adapters/console.py", "import prefect"),
    ("slack_stays_in_adapters", "opsflow/outbox/delivery.py", "from slack_sdk import WebClient"),
    ("aiohttp_stays_with_payouts", "opsflow/adapters/slack/calls.py", "import aiohttp"),
    ("fastapi_stays_in_web", "opsflow/cli/main.py", "def serve():\n    from fastapi import FastAPI"),
    ("time_comes_from_the_clock", "opsflow/engine/tick.py", "from datetime import datetime\nx = datetime.now()"),
    ("time_comes_from_the_clock", "opsflow/engine/tick.py", "import datetime as dt\nx = dt.datetime.utcnow()"),
    ("time_comes_from_the_clock", "opsflow/cli/plan.py", "from datetime import date as day\nx = day.today()"),
    ("time_comes_from_the_clock", "opsflow/cli/plan.py", "from datetime import date\nstart = date.today"),
    ("time_comes_from_the_clock", "opsflow/rehearsal/server.py", "from time import sleep as nap\nnap(1)"),
    ("time_comes_from_the_clock", "opsflow/engine/tick.py", "import time\nx = time.monotonic()"),
    ("time_comes_from_the_clock", "opsflow/db/tables.py", "import sqlalchemy as sa\nx = sa.func.now()"),
    ("rehearsal_acts_through_use_cases", "opsflow/rehearsal/people.py", "from opsflow.stages import store"),
    ("rehearsal_acts_through_use_cases", "opsflow/rehearsal/people.py", "from opsflow.stages.store import tasks"),
    ("rehearsal_acts_through_use_cases", "opsflow/rehearsal/people.py", "from opsflow.db.tables import TaskRow"),
    ("one_place_commits", "opsflow/stages/service.py", "def f(session):\n    session.commit()"),
    ("late_imports_say_why", "opsflow/cli/main.py", "def f():\n    import prefect"),
    ("late_imports_say_why", "opsflow/engine/launch.py", "def f():\n    import json  # slow"),
    ("modules_and_classes_are_described", "opsflow/engine/launch.py", "class Launch:\n    pass"),
    ("names_mean_something", "opsflow/engine/utils.py", ""),
    ("names_mean_something", "opsflow/engine/launch.py", "class LaunchManager:\n    '''It launches.'''"),
]


@pytest.mark.parametrize(("rule", "path", "text"), OFFENDERS)
def test_a_planted_offender_turns_the_rule_red(rule: str, path: str, text: str) -> None:
    assert getattr(rules, rule)(Source(path, DOC + text)) != []


def test_a_module_without_its_sentence_turns_the_rule_red() -> None:
    assert rules.modules_and_classes_are_described(Source("opsflow/engine/launch.py", "x = 1\n")) != []


def test_every_rule_has_been_seen_red() -> None:
    assert {rule for rule, _, _ in OFFENDERS} == {param.id for param in NAMED}


ALLOWED: list[tuple[str, str, str]] = [
    ("pure_files_know_no_shell", "opsflow/org/model.py", "from opsflow.kernel.terms import Level"),
    ("pure_files_know_no_shell", "opsflow/stages/store.py", "from opsflow.db.session import Session"),
    ("sql_stays_in_stores", "opsflow/stages/store.py", "import sqlalchemy as sa"),
    (
        "prefect_stays_in_flows",
        "opsflow/adapters/prefect_launcher.py",
        "from prefect.deployments import run_deployment",
    ),
    ("time_comes_from_the_clock", "opsflow/kernel/clock.py", "from datetime import datetime\nx = datetime.now()"),
    ("time_comes_from_the_clock", "opsflow/rehearsal/server.py", "import time\nx = time.monotonic()"),
    ("time_comes_from_the_clock", "opsflow/engine/tick.py", "def f(ctx):\n    return ctx.clock.now()"),
    ("rehearsal_acts_through_use_cases", "opsflow/rehearsal/people.py", "from opsflow.stages import service"),
    ("one_place_commits", "opsflow/db/session.py", "def f(session):\n    session.commit()"),
    ("late_imports_say_why", "opsflow/cli/main.py", "def f():\n    import prefect  # one second of start-up"),
    (
        "late_imports_say_why",
        "opsflow/cli/main.py",
        """
        def f():
            # Prefect takes a second to import.
            from opsflow.rehearsal import drive
            from opsflow.bootstrap import open_context
        """,
    ),
]


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_a_rule_leaves_alone_what_is_right(rule: str, path: str, text: str) -> None:
    assert getattr(rules, rule)(Source(path, DOC + dedent(text))) == []


def test_files_stay_short() -> None:
    lengths = {source.path: len(source.lines) for source in product()}
    assert rules.over_budget(lengths, p95=350, most=500) == []


def test_functions_stay_short() -> None:
    written = [source for source in product() if not source.path.startswith("opsflow/db/migrations/versions/")]
    lengths = {name: length for source in written for name, length in rules.function_lengths(source).items()}
    assert rules.over_budget(lengths, p95=30, most=60) == []


def test_a_long_one_and_many_longish_ones_turn_the_budget_red() -> None:
    assert rules.over_budget({"a": 61}, p95=30, most=60) != []
    short = {f"s{number}": 8 for number in range(38)}
    assert rules.over_budget(short | {"a": 31, "b": 31}, p95=30, most=60) == []
    assert rules.over_budget(short | {"a": 31, "b": 31, "c": 31}, p95=30, most=60) != []


def test_a_function_is_as_long_as_its_lines() -> None:
    source = Source("opsflow/a.py", "@wrap\ndef f():\n    x = 1\n    return x\n")
    assert rules.function_lengths(source) == {"opsflow/a.py:2 f": 3}


def test_the_shell_of_each_domain_is_named_with_its_reason() -> None:
    assert all(reason for reason in rules.SHELL.values())
    exact = [path for path in rules.SHELL if "*" not in path]
    assert [path for path in exact if not (ROOT / path).is_file()] == []
