"""Templates of a workspace: rendered apart, within limits, and the next one always works (reliability.md C1, d6)."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from opsflow.documents import confined as confined_module
from opsflow.documents import wire
from opsflow.documents.confined import confined
from opsflow.documents.html import page
from opsflow.documents.render import BrokenTemplate, render
from opsflow.kernel.terms import LANGUAGES, Language
from opsflow.outbox.texts import render as render_message
from opsflow.settings import SHIPPED
from tests.documents.dossiers import complete
from tests.documents.test_render import HOSTILE, written

WELL = "{{ campaign.title }}"

EXHAUSTING = {
    "nested ranges": ("{% for a in range(1000) %}" * 5 + "x" + "{% endfor %}" * 5, "processor time|writes more"),
    "nested ranges in silence": (
        "{% for a in range(1000) %}" * 5 + "{% set b = a %}" + "{% endfor %}" * 5,
        "more than 2 s of processor time",
    ),
    "a number that squares itself": (
        "{% set n = namespace(v=9) %}{% for i in range(60) %}{% set n.v = n.v * n.v %}{% endfor %}",
        "more than 2 s of processor time|MiB of memory",
    ),
    "a text that doubles itself": (
        "{% set n = namespace(v='aaaaaaaa') %}{% for i in range(40) %}{% set n.v = n.v ~ n.v %}{% endfor %}",
        "more than 256 MiB of memory",
    ),
    "a text of 200 MB": (
        "{% set n = namespace(v='aaaaaaaa') %}{% for i in range(25) %}{% set n.v = n.v ~ n.v %}{% endfor %}{{ n.v }}",
        "memory|writes more than 1 MiB",
    ),
    "a huge pad": ("{{ [1]|batch(200000000, 'x')|list }}", "memory|processor"),
    "a huge number of slices": ("{{ [1]|slice(99999999)|list|length }}", "memory|processor"),
    "two mebibytes of output": (
        "{% for a in range(1000) %}{% for b in range(1000) %}ab{% endfor %}{% endfor %}",
        "writes more than 1 MiB",
    ),
    "a list joined with itself": (
        "{% set n = namespace(v=['a']) %}{% for i in range(40) %}{% set n.v = n.v + n.v %}{% endfor %}",
        "memory|processor",
    ),
    "a text replaced into itself": (
        "{% set n = namespace(v='aa') %}{% for i in range(9) %}{% set n.v = n.v|replace('a', n.v) %}{% endfor %}",
        "memory|processor",
    ),
}

FURTHER = (
    "{{ environ }}",
    "{{ settings.database_url }}",
    "{{ config }}",
    "{{ request.application }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ range.__self__ }}",
    "{{ ().__class__.__base__ }}",
    "{{ (1).__class__ }}",
    "{{ campaign.budget.total.__class__ }}",
    "{{ campaign.launch.tzinfo }}",
    "{{ campaign.launch.strftime('%s') }}",
    "{% set campaign.title = 'x' %}",
    "{% set n = namespace() %}{{ n.__class__ }}",
    "{{ loop.__init__ }}",
    "{% for x in [1] %}{{ loop._iterator }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% include 'file:///etc/passwd' %}",
    "{% extends '../zh/brief.md.j2' %}",
    "{% import '..\\\\..\\\\labels.yaml' as l %}",
    "{% include ['x', '/etc/hosts'] %}",
    "{% if true %}",
    "{{ 1 / 0 }}",
    "{{ 'a'|center(99999999) }}",
    "{{ campaign|xmlattr }}",
    "{{ campaign.title|forceescape }}",
    "{{ campaign|tojson }}",
    "{{ tasks|map('attr', '__class__')|list }}",
    "{{ [campaign]|selectattr('__class__')|list }}",
    "{{ [campaign]|sum(attribute='__class__') }}",
    "{{ [campaign]|sort(attribute='__class__.__name__') }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "[" * 300 + "]" * 300 + " }}",
    "{% macro a() %}{{ caller() }}{% endmacro %}{% call a() %}{% call a() %}{{ a() }}{% endcall %}{% endcall %}",
    "{{ 10|round(-99999999) / 0 }}",
    "{{ undefined_name.x.y }}",
    "{% debug %}",
    "{% do tasks.clear() %}",
    "\x00{{ nothing }}",
)

HARMLESS = (
    "{{ campaign.title.format(campaign) }}",
    "{% raw %}{{ campaign.__class__ }}",
    "{{ [campaign]|groupby('__class__')|map('first')|list }}",
    "{{ '{:>9}'.format(1) }}",
    "{% set tasks = [] %}{{ tasks|length }}",
    "{{ campaign.title|replace('D', '\x1b[31m') }}",
)
"""Strange, and neither refused nor of any use."""


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left() -> Iterator[None]:
    yield
    confined().close()


@pytest.mark.parametrize("attack", EXHAUSTING)
def test_a_template_that_exhausts_the_machine_is_stopped_by_name_and_the_next_one_works(
    tmp_path: Path, attack: str
) -> None:
    text, limit = EXHAUSTING[attack]
    folders = written(tmp_path, text)
    with pytest.raises(BrokenTemplate, match=limit) as caught:
        render(folders, "note", complete("en"))
    assert f"{tmp_path}/documents/en/note.md.j2" in str(caught.value)
    assert render(written(tmp_path, WELL), "note", complete("en")) == "Double 11 2026\n"


@pytest.mark.parametrize("attack", [*HOSTILE, *FURTHER], ids=range(len(HOSTILE) + len(FURTHER)))
def test_a_hostile_template_is_refused_and_the_next_one_works(tmp_path: Path, attack: str) -> None:
    with pytest.raises(BrokenTemplate):
        render(written(tmp_path, attack), "note", complete("en"))
    assert render(written(tmp_path, WELL), "note", complete("en")) == "Double 11 2026\n"


@pytest.mark.parametrize("strange", HARMLESS)
def test_what_is_not_refused_tells_nothing(tmp_path: Path, strange: str) -> None:
    try:
        text = render(written(tmp_path, strange), "note", complete("en"))
    except BrokenTemplate:
        return
    assert "<class" not in text.replace("campaign.__class__", "")
    assert "object at 0x" not in text


@pytest.mark.parametrize("attack", ["{{ ''.__class__ }}", "{{ secret }}", EXHAUSTING["nested ranges in silence"][0]])
def test_a_hostile_message_is_refused_too(tmp_path: Path, attack: str) -> None:
    (tmp_path / "messages" / "en").mkdir(parents=True)
    (tmp_path / "messages" / "en" / "task_reminder.j2").write_text(attack, encoding="utf-8")
    with pytest.raises(BrokenTemplate):
        render_message(
            (tmp_path, SHIPPED),
            "task_reminder",
            {},
            language="en",
            zone=ZoneInfo("UTC"),
            now=datetime(2026, 8, 17, tzinfo=UTC),
        )


def test_a_template_of_a_mebibyte_is_refused_with_its_size(tmp_path: Path) -> None:
    folders = written(tmp_path, "x" * (1 << 20))
    with pytest.raises(BrokenTemplate, match="it is larger than 256 KiB"):
        render(folders, "note", complete("en"))
    assert "Double 11" in render(folders, "brief", complete("en"))


def test_a_template_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    folders = written(tmp_path, "")
    (tmp_path / "documents" / "en" / "note.md.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenTemplate, match="it is not UTF-8"):
        render(folders, "note", complete("en"))


def test_a_link_out_of_the_templates_is_no_way_to_read_files(tmp_path: Path) -> None:
    folders = written(tmp_path / "own", "{% include 'leak.md.j2' %}")
    (tmp_path / "secret.txt").write_text("password", encoding="utf-8")
    (tmp_path / "own" / "documents" / "en" / "leak.md.j2").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(BrokenTemplate, match="a link that leads out") as caught:
        render(folders, "note", complete("en"))
    assert "password" not in str(caught.value)


def test_a_changed_template_counts_at_once(tmp_path: Path) -> None:
    assert render(written(tmp_path, "one"), "note", complete("en")) == "one\n"
    assert render(written(tmp_path, "another"), "note", complete("en")) == "another\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_document_reads_the_same_from_a_workspace(tmp_path: Path, language: Language) -> None:
    """What the child is handed as plain values says the same as the dossier here: nothing is lost on the way."""
    shutil.copytree(SHIPPED / "documents", tmp_path / "documents")
    names = sorted(path.name for path in (SHIPPED / "documents" / language).glob("[!_]*.md.j2"))
    names.remove("sop.md.j2")  # of no campaign: tests/campaigns/test_sopbook.py
    assert len(names) > 20
    dossier = complete(language)
    for name in (name.removesuffix(".md.j2") for name in names):
        assert render((tmp_path,), name, dossier) == render((SHIPPED,), name, dossier)
    heading = {"language": language, "title": "<T>", "subtitle": "s"}
    assert page((tmp_path,), "# a *b*", **heading) == page((SHIPPED,), "# a *b*", **heading)  # type: ignore[arg-type]


def test_the_child_sees_no_file_no_socket_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSFLOW_DATABASE_URL", "postgresql://x:secret@host/x")
    confined().close()
    render(written(tmp_path, WELL), "note", complete("en"))
    home = Path("/proc") / str(confined().process_id)
    if not home.is_dir():
        pytest.skip("this machine has no /proc")
    assert b"secret" not in (home / "environ").read_bytes()
    limits = (home / "limits").read_text()
    assert [line.split()[-3:-1] for line in limits.splitlines() if line.startswith("Max open files")] == [["0", "0"]]
    assert [line.split()[3] for line in limits.splitlines() if line.startswith("Max address")] == [str(256 << 20)]


def test_one_child_serves_many_renderings(tmp_path: Path) -> None:
    folders = written(tmp_path, WELL)
    render(folders, "note", complete("en"))
    first = confined().process_id
    render(folders, "note", complete("en"))
    assert confined().process_id == first


def test_a_child_that_somebody_ended_is_replaced(tmp_path: Path) -> None:
    folders = written(tmp_path, WELL)
    render(folders, "note", complete("en"))
    ended = confined().process_id
    assert ended is not None
    os.kill(ended, 9)
    while Path(f"/proc/{ended}/stat").exists() and " Z " not in Path(f"/proc/{ended}/stat").read_text():
        time.sleep(0.01)
    assert render(folders, "note", complete("en")) == "Double 11 2026\n"


PARENT = """
import sys, time
from pathlib import Path
from opsflow.documents.confined import confined
from opsflow.documents.render import render
from tests.documents.dossiers import complete
render((Path(sys.argv[1]),), "note", complete("en"))
print(confined().process_id, flush=True)
time.sleep(60)
"""


def test_a_child_never_outlives_its_parent(tmp_path: Path) -> None:
    written(tmp_path, WELL)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(500):
        if not _runs(child):
            return
        time.sleep(0.01)
    pytest.fail("the child still runs five seconds after its parent was killed")


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_plain_values_come_back_as_they_went() -> None:
    value = {
        "when": datetime(2026, 10, 20, 9, tzinfo=UTC),
        "day": date(2026, 10, 20),
        "money": Decimal("1.10"),
        "safe": Markup("<b>"),
        "many": [None, True, 1, 0.5, "text\n", {"a": []}],
    }
    back = wire.loaded(wire.dumped(value))
    assert back == value
    assert [type(part) for part in back.values()] == [type(part) for part in value.values()]


@pytest.mark.parametrize("value", [object(), {1: "a"}, {"\0datetime": "x"}, open, {"a": [Path()]}])
def test_what_is_no_plain_value_does_not_cross(value: object) -> None:
    with pytest.raises(TypeError):
        wire.dumped(value)


def test_facts_that_do_not_cross_leave_the_child_usable(tmp_path: Path) -> None:
    folders = written(tmp_path, WELL)
    confined_module.confined().close()
    with pytest.raises(TypeError):
        render(folders, "note", {**complete("en"), "seed": object()})  # type: ignore[typeddict-unknown-key]
    assert render(folders, "note", complete("en")) == "Double 11 2026\n"
