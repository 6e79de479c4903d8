"""What is told about a template that cannot be rendered: where, why, and what to do about it (F57)."""

from collections.abc import Sequence
from dataclasses import dataclass
from traceback import walk_tb

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from opsflow.documents.templates import Source
from opsflow.kernel.errors import BadInput

FAULTS = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    MemoryError,
)
"""What a broken template can raise; whoever wrote it is told, nothing else is caught."""


class BrokenTemplate(BadInput):
    """A template cannot be read, asks for something that does not exist, or does not end."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong, and the file and line of the innermost template that took part (line 0: none is known)."""

    told: str
    file: str
    line: int


def fault_of(name: str, error: Exception) -> Fault:
    """An exception as a fault of the template that was rendered."""
    told = error.message if isinstance(error, TemplateError) and error.message else str(error) or type(error).__name__
    if isinstance(error, TemplateNotFound):
        told = f"it includes {error.name}, which does not exist"
    return Fault(told, *_place(name, error))


def broken(name: str, fault: Fault, sources: Sequence[Source]) -> BrokenTemplate:
    """The error for whoever wrote the template. Only a line of a known template is quoted."""
    text = next((source.text for source in sources if source.file == fault.file), "")
    lines = text.splitlines()
    quoted = lines[fault.line - 1].strip() if 0 < fault.line <= len(lines) else ""
    place = f"{fault.file}:{fault.line}" if fault.line else fault.file
    return BrokenTemplate(
        f"{place}: the template of {name.removesuffix('.md.j2')} cannot be rendered: {fault.told}."
        + (f" The line reads: {quoted}" if quoted else "")
        + " Correct it, or remove the file from the workspace to use the shipped one."
    )


def _place(name: str, error: Exception) -> tuple[str, int]:
    if isinstance(error, TemplateSyntaxError):
        return error.filename or error.name or name, error.lineno
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    return next(((file, line) for file, line in reversed(lines) if file.endswith(".j2")), (name, 0))
