"""The one place that makes Jinja environments: sandboxed, strict, holding nothing but what a document needs."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError, TemplateRuntimeError, UndefinedError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, missing

from opsflow.documents.escaping import Facts
from opsflow.documents.templates import Source
from opsflow.documents.wording import EMPTY, Wording
from opsflow.kernel.terms import Language

LONGEST_RANGE = 1000
"""A document counts topics, hours or days; more than this is a mistake or an attack."""

JINJA_FILTERS = frozenset(
    {
        "abs", "batch", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "int",
        "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace",
        "reverse", "round", "select", "selectattr", "slice", "sort", "string", "sum", "trim", "truncate", "unique",
        "upper",
    }
)  # fmt: skip
"""Of Jinja's own filters only these: `attr`, `format` and `safe` are ways out, `random` and `pprint` are no text."""

ATTRIBUTES: tuple[tuple[type, frozenset[str]], ...] = (
    (dict, frozenset({"get", "items", "keys", "values"})),
    (str, frozenset({"endswith", "lower", "split", "startswith", "strip", "upper"})),
    (date, frozenset({"date", "day", "hour", "minute", "month", "weekday", "year"})),
    (timedelta, frozenset({"days", "seconds"})),
    (tuple, frozenset({"grouper", "list"})),
)
"""What a template may ask of a value. The keys of a mapping are no attributes: they can always be read."""

OWN_NAMES = frozenset(dir(Facts))
"""What a mapping is asked for before its keys are looked at; everything else is a key."""

JINJA_OBJECTS = (BlockReference, LoopContext, Namespace, TemplateModule, TemplateReference)

OFTEN = (TemplateModule, LoopContext)
"""What templates ask most after mappings."""

SAFE = (Macro, bool, int)
"""What a module of macros or a loop gives without further questions; the names of others are looked at."""


class Missing(StrictUndefined):
    """What a template asked for and nobody knows; a mapping is called a mapping, however it is kept."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        super().__init__(hint, {} if isinstance(obj, Facts) else obj, name, exc)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox with allow-lists where it has deny-lists."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may read this attribute."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, JINJA_OBJECTS):
            return True
        return any(attr in allowed for kind, allowed in ATTRIBUTES if isinstance(obj, kind))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Keys of mappings and macros at once: Jinja looks for keys last, by way of an exception, and asks much of macros."""
        if isinstance(obj, dict) and attribute not in OWN_NAMES:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, OFTEN) and isinstance(found := getattr(obj, attribute, None), SAFE):
            return found
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse the operators where they turn a short text or number into a huge one."""
        if operator == "**" or isinstance(left, Sequence) or isinstance(right, Sequence):
            raise SecurityError(f"the operator {operator} is not for texts, lists or powers")
        return super().call_binop(context, operator, left, right)


class SourceLoader(BaseLoader):
    """Templates that have been read already: nothing else can be included."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {source.name: source for source in sources}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:
        source = self._sources.get(template)
        if source is None:
            raise TemplateNotFound(template)
        if source.fault:
            raise TemplateSyntaxError(source.fault, 1, template, source.file)
        return source.text, source.file, None


@cache
def environment(roots: tuple[Path, ...], language: Language, *, html: bool = False) -> Sandbox:
    """The shared environment over the shipped folders; in `html` every value is escaped for it."""
    return sandbox(FileSystemLoader(roots), language, html=html)


def sandbox(loader: BaseLoader, language: Language, *, html: bool) -> Sandbox:
    """A new environment over a loader."""
    made = Sandbox(
        loader=loader,
        undefined=Missing,
        autoescape=html,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    made.globals.clear()
    made.globals.update({"namespace": Namespace, "range": _range})
    kept = {name: made.filters[name] for name in JINJA_FILTERS}
    made.filters.clear()
    made.filters.update(kept | Wording(language).filters())
    return made


def _shown(value: Any) -> Any:
    """A fact that is known to be empty prints as a dash; one that does not exist is an error long before."""
    return EMPTY if value is None else value


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > LONGEST_RANGE:
        raise SecurityError(f"a range of {len(numbers)} steps is longer than {LONGEST_RANGE}")
    return numbers
