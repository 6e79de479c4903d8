"""Facts are escaped when they are asked for, and there is no way to ask that gets them otherwise."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsflow.documents.escaping import Facts, escaped
from opsflow.documents.render import BrokenTemplate, render
from opsflow.settings import SHIPPED
from tests.documents.dossiers import complete

RAW, SAFE = "*bold*", r"\*bold\*"


@pytest.mark.parametrize(
    "ask",
    [
        lambda facts: facts["name"],
        lambda facts: facts.get("name"),
        lambda facts: next(iter(facts.values())),
        lambda facts: dict(facts.items())["name"],
        lambda facts: dict(facts)["name"],
        lambda facts: {**facts}["name"],
        lambda facts: escaped(facts)["name"],
        lambda facts: next(facts[name] for name in facts),
        lambda facts: facts["deep"][0]["name"],
        lambda facts: dict(reversed(list(facts["deep"][0].items())))["name"],
    ],
)
def test_every_way_to_a_text_escapes_it(ask: Callable[[Facts], Any]) -> None:
    """F58: a name that is Markdown is read as Markdown."""
    assert ask(Facts({"name": RAW, "deep": [{"name": RAW}]})) == SAFE


def test_facts_count_compare_and_print_as_the_mapping_they_stand_for() -> None:
    facts = Facts({"b": RAW, "a": 1})
    assert (len(facts), list(facts), "a" in facts, "c" in facts, bool(Facts({}))) == (2, ["b", "a"], True, False, False)
    assert facts == {"b": SAFE, "a": 1}
    assert repr(facts) == repr({"b": SAFE, "a": 1})
    assert [facts.get("c"), facts.get("c", 0)] == [None, 0]


@pytest.mark.parametrize("line", ["{{ campaign.nothing }}", "{{ campaign['nothing'] }}"])
def test_what_is_missing_is_missed_in_a_mapping_not_in_a_class_of_ours(tmp_path: Path, line: str) -> None:
    own = tmp_path / "documents" / "en"
    own.mkdir(parents=True)
    (own / "brief.md.j2").write_text(line, encoding="utf-8")
    with pytest.raises(BrokenTemplate, match="'dict object' has no attribute 'nothing'"):
        render((tmp_path, SHIPPED), "brief", complete("en"))
