"""Which facts a template asks for: read from its text, without running any of it."""

from jinja2 import Environment, TemplateSyntaxError, meta

from opsflow.documents.wording import Wording
from opsflow.kernel.errors import BadInput


def names_asked(text: str) -> frozenset[str]:
    """The names that a template neither sets nor imports. BadInput: it cannot be read."""
    # Not optimised: folding what is constant would already run what somebody has written.
    reader = Environment(optimized=False, autoescape=True)
    # What a language's filters are called is the same in all.
    reader.filters.update(Wording("en").filters())
    try:
        return frozenset(meta.find_undeclared_variables(reader.parse(text)))
    except TemplateSyntaxError as error:
        raise BadInput(f"line {error.lineno}: {error.message}") from error
