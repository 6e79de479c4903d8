"""The process that renders a workspace's templates: it has the templates and the facts of a job, and nothing else.

`confined.py` starts it as `python -m opsflow.documents.confined_child`. One job per line of stdin, one answer per line of
stdout; it ends with its stdin, so it never outlives who started it.
"""

import resource
import signal
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import jinja2.debug  # noqa: F401 - Jinja imports it at the first error, when no file can be opened any more

from opsflow.documents.escaping import escaped
from opsflow.documents.faults import fault_of
from opsflow.documents.sandbox import Sandbox, SourceLoader, sandbox
from opsflow.documents.templates import Source
from opsflow.documents.wire import MEMORY, OUTPUT, PROCESSOR_SECONDS, Job, dumped, loaded
from opsflow.documents.wording import Wording
from opsflow.kernel.terms import LANGUAGES


def main() -> None:
    """Answer jobs until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it closes stdin
    _warm_up()
    _confine()
    environments: dict[tuple[str, str], Sandbox] = {}
    for line in sys.stdin.buffer:
        request = loaded(line)
        job = Job(*request["job"])
        if request["sources"] is not None:
            loader = SourceLoader(Source(*fields) for fields in request["sources"])
            environments[job.language, job.form] = sandbox(loader, job.language, html=job.form == "html")
        answer = _answer(environments[job.language, job.form], job, request["facts"])
        sys.stdout.buffer.write(dumped(answer).encode(errors="replace") + b"\n")
        sys.stdout.buffer.flush()


def _answer(environment: Sandbox, job: Job, facts: dict[str, Any]) -> dict[str, Any]:
    if job.form == "markdown":
        facts = escaped(facts)
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)  # who uses it up is ended by the signal
    try:
        return _filled(environment, job, facts)
    except MemoryError:
        return {"limit": f"it needs more than {MEMORY >> 20} MiB of memory"}
    except Exception as error:  # noqa: BLE001 - whatever a hostile template raises is told, not obeyed
        fault = fault_of(job.name, error)
        return {"told": fault.told[:OUTPUT], "file": fault.file, "line": fault.line}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _filled(environment: Sandbox, job: Job, facts: dict[str, Any]) -> dict[str, Any]:
    parts, size = list[str](), 0
    for part in environment.get_template(job.name).generate(facts):
        size += len(part.encode(errors="replace"))
        if size > OUTPUT:
            return {"limit": f"it writes more than {OUTPUT >> 20} MiB"}
        parts.append(part)
    return {"text": "".join(parts)}


def _warm_up() -> None:
    """Whatever is loaded at first use is loaded now."""
    loader = SourceLoader([Source("all", "all", "{{ 1|money('CNY') }}{{ [1]|sort }}{{ missing }}")])
    for language in LANGUAGES:
        words = Wording(language)
        words.moment(datetime.fromtimestamp(0, UTC))
        words.number(Decimal("1234.5"))
        words.percent(Decimal("0.5"))
        words.points(1)
        try:
            sandbox(loader, language, html=True).get_template("all").render(campaign={})
        except Exception as error:  # noqa: BLE001 - it is there to fail, so that failing is warm as well
            fault_of("all", error)


def _confine() -> None:
    """No file or socket can be opened from here on, no process started, and memory has an end."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_DATA: MEMORY,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    main()
