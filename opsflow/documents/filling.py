"""Fills one template with facts: a shipped one here, one of a workspace in a process of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsflow.documents.confined import confined
from opsflow.documents.escaping import escaped
from opsflow.documents.faults import FAULTS, broken, fault_of
from opsflow.documents.sandbox import environment
from opsflow.documents.templates import own_templates, sources, state_of
from opsflow.documents.wire import Form, Job
from opsflow.kernel.terms import Language


def filled(roots: tuple[Path, ...], name: str, language: Language, facts: Mapping[str, Any], form: Form) -> str:
    """The template `name` of the first folder that has it, filled; BrokenTemplate says what is wrong with it.

    As soon as a folder of somebody's own holds templates, all are rendered apart: a shipped one may include them.
    """
    if own_templates(roots):
        return confined().filled(state_of(roots), Job(name, language, form), facts)
    try:
        template = environment(roots, language, html=form == "html").get_template(name)
        return template.render(escaped(facts) if form == "markdown" else facts)
    except FAULTS as error:
        raise broken(name, fault_of(name, error), sources(state_of(roots))) from error
