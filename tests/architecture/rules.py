"""The rules of style.md and design section 2 that a syntax tree can tell: each maps a source to what breaks it."""

import ast
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch

from tests.architecture.sources import Source, imported, imports, is_in, references

Rule = Callable[[Source], list[str]]

DOMAINS = (
    "journal", "workdays", "sop", "org", "documents", "outbox", "deadlines", "campaigns", "approvals", "stages",
    "selfcheck", "incidents", "budget", "materials", "participants", "metrics", "yearplan", "prizes", "feedback", "review",
)  # fmt: skip
SHELL: Mapping[str, str] = {
    "opsflow/*/__init__.py": "opens its package",
    "opsflow/*/store.py": "the domain's SQL",
    "opsflow/*/service.py": "the domain's use cases, where transactions begin",
    "opsflow/stages/meetings.py": "use cases of meetings, beside those of tasks",
    "opsflow/outbox/matters.py": "opens and closes matters inside the transaction of a use case",
    "opsflow/outbox/claiming.py": "one transaction of delivery: what is taken, held, dropped, and what came of it",
    "opsflow/outbox/composing.py": "writes messages as the channel port takes them",
    "opsflow/outbox/linking.py": "puts links under messages as the channel port takes them",
    "opsflow/outbox/posts/store.py": "the SQL of messages and cards",
    "opsflow/outbox/posts/service.py": "brings messages up to date, between two transactions each",
    "opsflow/outbox/cards.py": "reads the card of a button inside the transaction of a use case",
    "opsflow/outbox/recipients.py": "asks workdays for the calendar of each recipient",
    "opsflow/prizes/payouts/requesting.py": "the use case of asking for payouts, which needs both intents and lists",
    "opsflow/prizes/payouts/telling.py": "enqueues notices inside the transaction of what they tell",
    "opsflow/prizes/payouts/overview.py": "looks at all that payouts keep, in one reading",
    "opsflow/prizes/payouts/intents.py": "reserves and gives back money inside the transaction of a use case",
    "opsflow/prizes/draws/freezing.py": "the use cases of freezing, beside those of sealing and drawing",
    "opsflow/prizes/draws/fetching.py": "asks the beacon's servers, outside of any transaction",
    "opsflow/prizes/draws/standing.py": "what the use cases of draws share",
    "opsflow/campaigns/calendars.py": "asks workdays for the calendar of an organisation",
}
"""Files of a domain that may know a session, a clock or a port, each with its reason; every other one is pure."""

OUTSIDE = (
    "sqlalchemy",
    "alembic",
    "prefect",
    "slack_sdk",
    "slack_bolt",
    "fastapi",
    "starlette",
    "httpx",
    "aiohttp",
    "smtplib",
)
INSIDE = ("opsflow.db", "opsflow.ports", "opsflow.context", "opsflow.kernel.clock")
SQL_HOMES = ("opsflow/db/*", "opsflow/*/store.py")
PREFECT_HOMES = ("flows/*", "opsflow/adapters/prefect*.py", "opsflow/rehearsal/*", "opsflow/running/*")
SLACK_HOMES = ("opsflow/adapters/*", "opsflow/inbox/*")
WEB_HOMES = ("opsflow/web/*",)
PAYOUT_HOMES = ("opsflow/adapters/payouts/*", "opsflow/adapters/figures/*", "opsflow/adapters/drand/*")
COMMIT_HOMES = ("opsflow/db/session.py", "opsflow/db/migrations/*")
CLOCK_HOMES = ("opsflow/kernel/clock.py",)
STOPWATCH_HOMES = (
    "opsflow/rehearsal/*", "opsflow/running/*", "opsflow/adapters/*", "opsflow/cli/*", "opsflow/inbox/tickets.py",
)  # fmt: skip
"""Where time that passes may be measured: waiting for a server of ours, showing progress, keeping Slack waiting."""
LATE_IMPORT_HOMES = (
    "opsflow/cli/*", "opsflow/bootstrap.py", "opsflow/rehearsal/child.py", "opsflow/adapters/apprise.py",
    "opsflow/adapters/payouts/configured.py", "opsflow/adapters/figures/configured.py",
    "opsflow/adapters/drand/configured.py",
)  # fmt: skip
"""Commands start fast: Prefect, FastAPI and what imports SQLAlchemy come in when a command needs them."""

CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.sleep", "time.localtime", "time.gmtime", "time.ctime", "asyncio.sleep",
    "sqlalchemy.func.now", "sqlalchemy.func.current_timestamp", "sqlalchemy.func.current_date",
}  # fmt: skip
STOPWATCHES = {"time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"}


def at_home(path: str, homes: tuple[str, ...]) -> bool:
    """Whether a path matches one of the patterns; `*` crosses folders."""
    return any(fnmatch(path, home) for home in homes)


def is_pure(path: str) -> bool:
    """Whether a file decides only: the kernel, and each file of a domain that is not listed as its shell."""
    parts = path.split("/")
    if parts[0] != "opsflow" or at_home(path, tuple(SHELL)):
        return False
    return parts[1] == "kernel" or parts[1] in DOMAINS


def pure_files_know_no_shell(source: Source) -> list[str]:
    """No database, motor, channel, port, clock, context, store or service in a pure file."""
    if not is_pure(source.path):
        return []
    inside = INSIDE if not source.path.startswith("opsflow/kernel/") else INSIDE[:3]
    shells = ("store", "service")
    return [
        f"{source.path}:{line} is pure and imports {name}"
        for line, name in imports(source.tree)
        if is_in(name, OUTSIDE + inside) or (name.startswith("opsflow.") and name.rpartition(".")[2] in shells)
    ]


def _only_at(homes: tuple[str, ...], *packages: str) -> Rule:
    def rule(source: Source) -> list[str]:
        if at_home(source.path, homes):
            return []
        found = {line: name for line, name in imports(source.tree) if is_in(name, packages)}
        return [f"{source.path}:{line} imports {name}; only {', '.join(homes)} may" for line, name in found.items()]

    return rule


sql_stays_in_stores = _only_at(SQL_HOMES, "sqlalchemy", "alembic")
prefect_stays_in_flows = _only_at(PREFECT_HOMES, "prefect")
slack_stays_in_adapters = _only_at(SLACK_HOMES, "slack_sdk", "slack_bolt")
fastapi_stays_in_web = _only_at(WEB_HOMES, "fastapi", "starlette")
aiohttp_stays_with_payouts = _only_at(PAYOUT_HOMES, "aiohttp")


def time_comes_from_the_clock(source: Source) -> list[str]:
    """Nobody reads the system time or sleeps but the clock; stopwatches only where they are named."""
    forbidden = set() if at_home(source.path, CLOCK_HOMES) else set(CLOCKS)
    if not at_home(source.path, CLOCK_HOMES + STOPWATCH_HOMES):
        forbidden |= STOPWATCHES
    return [f"{source.path}:{line} reads {name}" for line, name in references(source.tree) if name in forbidden]


def rehearsal_acts_through_use_cases(source: Source) -> list[str]:
    """Simulated people touch no table: neither a store nor the database's own modules."""
    if not source.path.startswith("opsflow/rehearsal/"):
        return []
    return [
        f"{source.path}:{line} imports {name}; simulated people act through use cases"
        for line, name in imports(source.tree)
        if name.rpartition(".")[2] == "store" or is_in(name, ("opsflow.db.tables", "opsflow.db.types"))
    ]


def one_place_commits(source: Source) -> list[str]:
    """`commit(` is called where transactions are made, and nowhere else."""
    if at_home(source.path, COMMIT_HOMES):
        return []
    return [
        f"{source.path}:{node.lineno} commits; `ctx.transaction()` does"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]


def late_imports_say_why(source: Source) -> list[str]:
    """An import inside a function stands in a command or in bootstrap, with its reason beside it."""
    return [
        f"{source.path}:{line} imports {name} inside a function"
        + ("" if at_home(source.path, LATE_IMPORT_HOMES) else f"; only {', '.join(LATE_IMPORT_HOMES)} may")
        for line, name in _late_imports(source.tree)
        if not (at_home(source.path, LATE_IMPORT_HOMES) and _has_reason(source.lines, line))
    ]


def _late_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for function in _functions(tree):
        for node in ast.walk(function):
            yield from list(imported(node))[:1]


def _has_reason(lines: list[str], line: int) -> bool:
    """A comment on the line, or above the run of imports that it belongs to."""
    at = line - 1
    if "#" in lines[at]:
        return True
    while at > 0 and lines[at - 1].lstrip().startswith(("import ", "from ")):
        at -= 1
        if "#" in lines[at]:
            return True
    return at > 0 and lines[at - 1].lstrip().startswith("#")


def modules_and_classes_are_described(source: Source) -> list[str]:
    """Each module says its duty in one sentence; each public class has a docstring.

    A TypedDict is a row of facts whose field names are the description.
    """
    found = [] if ast.get_docstring(source.tree) else [f"{source.path} does not say its duty"]
    classes = [node for node in source.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    return found + [
        f"{source.path}:{node.lineno} class {node.name} has no docstring"
        for node in classes
        if not ast.get_docstring(node) and not _is_typed_dict(node)
    ]


def _is_typed_dict(node: ast.ClassDef) -> bool:
    return any(
        isinstance(base, ast.Name) and (base.id == "TypedDict" or base.id.endswith("Facts")) for base in node.bases
    )


def names_mean_something(source: Source) -> list[str]:
    """Names that say nothing: `utils`, `helpers`, `Manager`, `Helper` (the SOP's campaign manager is a role, no class)."""
    stem = source.path.rpartition("/")[2].removesuffix(".py")
    found = [f"{source.path} is named for nothing"] if stem in {"utils", "util", "helpers", "helper", "common"} else []
    return found + [
        f"{source.path}:{node.lineno} class {node.name} is named for nothing"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper", "Utils"))
    ]


RULES: tuple[Rule, ...] = (
    pure_files_know_no_shell,
    sql_stays_in_stores,
    prefect_stays_in_flows,
    slack_stays_in_adapters,
    fastapi_stays_in_web,
    aiohttp_stays_with_payouts,
    time_comes_from_the_clock,
    rehearsal_acts_through_use_cases,
    one_place_commits,
    late_imports_say_why,
    modules_and_classes_are_described,
    names_mean_something,
)


def function_lengths(source: Source) -> dict[str, int]:
    """Lines of each function, its decorators left out."""
    return {
        f"{source.path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in _functions(source.tree)
    }


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def over_budget(lengths: Mapping[str, int], *, p95: int, most: int) -> list[str]:
    """What is longer than allowed: each single one above `most`, and those above `p95` when they are more than one in 20."""
    too_long = [f"{name}: {length} lines, at most {most}" for name, length in lengths.items() if length > most]
    long = sorted(((length, name) for name, length in lengths.items() if length > p95), reverse=True)
    if len(long) * 20 > len(lengths):
        share = f"{len(long)} of {len(lengths)} have more than {p95} lines, at most one in 20 may"
        too_long.append(f"{share}: {', '.join(f'{name} ({length})' for length, name in long)}")
    return too_long
