"""The page of a document: self-contained, escaped, in its language."""

import re
from pathlib import Path

import pytest

from opsflow.documents.html import body, page
from opsflow.documents.render import BrokenTemplate
from opsflow.kernel.terms import Language
from opsflow.settings import SHIPPED


def test_raw_html_is_shown_as_text() -> None:
    assert body("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "JavaScript:x", "vbscript:x", "data:text/html,x", "file:///etc"]
)
def test_a_link_that_would_run_something_is_no_link(target: str) -> None:
    assert "<a" not in body(f"[x]({target})")


def test_a_plain_link_and_a_table_work() -> None:
    html = body("[x](brief.html)\n\n| a | b |\n|---|---:|\n| 1 | 2 |\n")
    assert '<a href="brief.html">x</a>' in html
    assert '<div class="table"><table>' in html
    assert html.count("<td") == 2


def test_a_bare_address_is_not_made_a_link() -> None:
    assert "<a" not in body("see https://example.com")


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh", "zh-Hans")])
def test_a_page_says_its_language_and_title(language: Language, tag: str) -> None:
    html = page((SHIPPED,), "# T\n", language=language, title="A & B <i>")
    assert html.startswith("<!doctype html>")
    assert f'<html lang="{tag}">' in html
    assert "<title>A &amp; B &lt;i&gt;</title>" in html
    assert "<h1>T</h1>" in html


def test_a_page_loads_nothing_from_elsewhere() -> None:
    html = page((SHIPPED,), "# T\n", language="en", title="T")
    assert not re.search(r"https?:|//|<link|<script|@import|url\(|src=", html)
    assert "@media print" in html
    assert "prefers-color-scheme: dark" in html


def test_a_workspace_may_bring_its_own_page(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "page.html.j2").write_text("<i>{{ title }}</i>{{ body }}", encoding="utf-8")
    assert page((tmp_path, SHIPPED), "x", language="en", title="<") == "<i>&lt;</i><p>x</p>\n"


def test_a_broken_page_is_named(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "page.html.j2").write_text("\n{{ titel }}", encoding="utf-8")
    with pytest.raises(BrokenTemplate, match=r"page\.html\.j2:2: .*titel"):
        page((tmp_path, SHIPPED), "x", language="en", title="T")
