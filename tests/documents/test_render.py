"""Rendering: overrides, missing facts, hostile templates, hostile names, words of each language."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from opsflow.documents.escaping import escaped
from opsflow.documents.render import BrokenTemplate, render
from opsflow.documents.wording import Wording, after, cell
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import Language
from opsflow.settings import SHIPPED
from tests.documents.dossiers import almost_empty, complete

TUESDAY = datetime(2026, 8, 11, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai"))


def written(folder: Path, text: str, name: str = "note") -> tuple[Path, ...]:
    """A workspace's template folder that holds one English template."""
    home = folder / "documents" / "en"
    home.mkdir(parents=True, exist_ok=True)
    (home / f"{name}.md.j2").write_text(text, encoding="utf-8")
    return (folder, SHIPPED)


def test_a_workspace_template_overrides_the_shipped_one(tmp_path: Path) -> None:
    folders = written(tmp_path, "# Our own brief for {{ campaign.title }}\n", "brief")
    assert render(folders, "brief", complete("en")) == "# Our own brief for Double 11 2026\n"


def test_an_overridden_template_may_still_use_the_shipped_macros(tmp_path: Path) -> None:
    folders = written(tmp_path, '{% import "_macros.md.j2" as m with context %}{{ m.person("leader") }}')
    assert render(folders, "note", complete("en")) == "Zhao Kai\n"


def test_an_overridden_macro_changes_the_shipped_documents(tmp_path: Path) -> None:
    own = (SHIPPED / "documents" / "en" / "_macros.md.j2").read_text(encoding="utf-8")
    folders = written(tmp_path, own.replace("| Campaign | Level |", "| Project | Level |"), "_macros")
    assert "| Project | Level |" in render(folders, "brief", complete("en"))


def test_an_override_in_one_language_leaves_the_other_alone(tmp_path: Path) -> None:
    folders = written(tmp_path, "ours\n", "brief")
    assert "活动简报" in render(folders, "brief", complete("zh", task="IP09", title="活动简报", document_id="brief"))


def test_an_unknown_document_names_the_folders_that_were_searched(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"love-letter\.md\.j2.*Looked in: .*documents"):
        render((tmp_path, SHIPPED), "love-letter", complete("en"))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("{{ campagin.title }}", "campagin"),
        ("{{ campaign.tilte }}", "tilte"),
        ("{% for t in taks %}{% endfor %}", "taks"),
        ("{% if campaign.nope %}{% endif %}", "nope"),
    ],
)
def test_a_missing_variable_is_named_with_its_template_and_line(tmp_path: Path, line: str, name: str) -> None:
    """F57: a missing variable printed as blank."""
    folders = written(tmp_path, f"# Fine\n\n{line}\n")
    with pytest.raises(BrokenTemplate) as caught:
        render(folders, "note", complete("en"))
    assert f"{tmp_path}/documents/en/note.md.j2:3:" in str(caught.value)
    assert name in str(caught.value)


def test_a_missing_variable_in_a_macro_is_found_in_the_macro(tmp_path: Path) -> None:
    """F57: the place named is where the mistake is, not the document that called it."""
    written(tmp_path, "{% macro broken() %}\n{{ nowhere }}\n{% endmacro %}\n", "_own")
    folders = written(tmp_path, '{% import "_own.md.j2" as own with context %}\n{{ own.broken() }}\n')
    with pytest.raises(BrokenTemplate, match=r"_own\.md\.j2:2: .*nowhere"):
        render(folders, "note", complete("en"))


def test_broken_syntax_is_named_with_its_line_and_the_way_out(tmp_path: Path) -> None:
    folders = written(tmp_path, "fine\n{% if %}\n")
    with pytest.raises(BrokenTemplate, match=r"note\.md\.j2:2: .*Correct it, or remove the file"):
        render(folders, "note", complete("en"))


def test_a_template_that_includes_nothing_real_says_so(tmp_path: Path) -> None:
    folders = written(tmp_path, '{% include "gone.md.j2" %}')
    with pytest.raises(BrokenTemplate, match=r"includes gone\.md\.j2, which does not exist"):
        render(folders, "note", complete("en"))


HOSTILE = (
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ campaign.__class__ }}",
    "{{ campaign['__class__'] }}",
    "{{ campaign|attr('__class__') }}",
    "{{ [campaign]|map(attribute='__class__')|join }}",
    "{{ '{0.__class__}'.format(campaign) }}",
    "{{ '{x.__class__}'.format_map({'x': campaign}) }}",
    "{% set f = '{0.__class__}'.format %}{{ f(campaign) }}",
    "{{ '%s'|format(campaign) }}",
    "{{ '%0999999999d' % 1 }}",
    "{{ 'a' * 200000000 }}",
    "{{ [0] * 200000000 }}",
    "{{ 200000000 * 'a' }}",
    "{{ 9 ** 99999999 }}",
    "{% for i in range(99999999) %}{% endfor %}",
    "{{ tasks.append(1) }}",
    "{{ campaign.update({'title': 'x'}) }}",
    "{{ campaign.clear() }}",
    "{{ lipsum(n=20000) }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ now.replace(year=1) }}",
    "{{ '<b>'|safe }}",
    "{{ campaign|pprint }}",
    "{{ campaign.title.encode() }}",
    "{% include '../../../../../../etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
)


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_template_is_refused(tmp_path: Path, attack: str) -> None:
    with pytest.raises(BrokenTemplate):
        render(written(tmp_path, attack), "note", complete("en"))


def test_a_template_cannot_change_the_dossier_it_was_given(tmp_path: Path) -> None:
    dossier = complete("en")
    folders = written(tmp_path, "{% set campaign = {'title': 'other'} %}{{ campaign.title }}")
    assert render(folders, "note", dossier) == "other\n"
    assert dossier == complete("en")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a | b", r"a \| b"),
        ("*now* _here_ `x`", r"\*now\* \_here\_ \`x\`"),
        ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
        ("two\nlines", "two lines"),
        ("# head", r"\# head"),
        ("1. first", r"1\. first"),
        ("- item", r"\- item"),
        ("[here](javascript:alert(1))", r"\[here\](javascript:alert(1))"),
        ("&copy; and & alone", r"\&copy; and & alone"),
        ("stage_clearing", "stage_clearing"),
        ("1.5 million", "1.5 million"),
    ],
)
def test_what_people_write_is_text_never_markdown(name: str, shown: str) -> None:
    assert escaped(name) == shown
    assert escaped(escaped(name)) == shown


def test_texts_are_escaped_wherever_they_stand_in_the_dossier() -> None:
    assert escaped({"a": [{"b": "x*y"}], "n": 1, "d": Decimal(2), "none": None}) == {
        "a": [{"b": r"x\*y"}],
        "n": 1,
        "d": Decimal(2),
        "none": None,
    }


def test_a_fact_that_is_empty_prints_as_a_dash(tmp_path: Path) -> None:
    assert render(written(tmp_path, "{{ campaign.subtitle }}"), "note", almost_empty("en")) == "–\n"


def test_a_cell_stays_on_one_line_with_its_pipes_escaped() -> None:
    assert cell("a|b\n c") == r"a\|b c"
    assert cell(r"a\|b") == r"a\|b"
    assert cell(None) == "–"


def test_output_has_no_stray_blank_lines(tmp_path: Path) -> None:
    folders = written(tmp_path, "{% if true %}\n\n\n# A  \n{% endif %}\n\n\n\nb\n\n")
    assert render(folders, "note", complete("en")) == "# A\n\nb\n"


@pytest.mark.parametrize(
    ("language", "day", "moment", "shortday"),
    [
        ("en", "2026-08-11 Tue", "2026-08-11 Tue 09:05", "08-11 Tue"),
        ("zh", "2026年8月11日 周二", "2026年8月11日 周二 09:05", "8月11日 周二"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(
    language: Language, day: str, moment: str, shortday: str
) -> None:
    words = Wording(language)
    assert words.day(TUESDAY) == words.day(date(2026, 8, 11)) == day
    assert words.moment(TUESDAY) == moment
    assert words.shortday(TUESDAY) == shortday
    assert words.clock(after(TUESDAY, 60)) == "10:05"


@pytest.mark.parametrize(
    ("language", "amount", "expected"),
    [
        ("en", "1200000", "CNY 1,200,000"),
        ("en", "0.5", "CNY 0.50"),
        ("zh", "1200000", "¥1,200,000"),
        ("zh", "19.9", "¥19.90"),
    ],
)
def test_money_is_written_in_the_currency_of_the_budget(
    tmp_path: Path, language: Language, amount: str, expected: str
) -> None:
    home = tmp_path / "documents" / language
    home.mkdir(parents=True)
    (home / "note.md.j2").write_text("{{ campaign.budget.total|money }}", encoding="utf-8")
    dossier = complete(language)
    dossier["campaign"]["budget"]["total"] = Decimal(amount)
    assert render((tmp_path,), "note", dossier) == f"{expected}\n"


def test_numbers_percents_and_counts_follow_the_language() -> None:
    english, chinese = Wording("en"), Wording("zh")
    assert english.number(Decimal("1234567.50")) == "1,234,567.5"
    assert english.percent(Decimal("0.1234")) == "12.3%"
    assert [english.points(each) for each in (8, Decimal("7.6"), Decimal("8.25"), Decimal("7.665"))] == [
        "8.0", "7.6", "8.25", "7.67",
    ]  # fmt: skip
    assert (english.days(1), english.days(3), english.workdays(1)) == ("1 day", "3 days", "1 working day")
    assert (chinese.days(3), chinese.workdays(1)) == ("3 天", "1 个工作日")
    assert english.names(["A|B", "C"]) == r"A\|B, C"
    assert chinese.names(["甲", "乙"]) == "甲、乙"


def test_every_filter_writes_a_dash_for_what_is_empty() -> None:
    words = Wording("en")
    plain = (
        words.day,
        words.shortday,
        words.moment,
        words.clock,
        words.number,
        words.percent,
        words.points,
        words.days,
    )
    assert {write(None) for write in plain} == {"–"}
    assert words.names([]) == "–"
