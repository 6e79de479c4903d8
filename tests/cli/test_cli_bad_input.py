"""Whatever is wrong with what people write: a clear error on stderr, a non-zero exit, no traceback, nothing half-written."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsflow.cli.commands import run
from opsflow.settings import EXPECTED, SHIPPED, Settings
from tests.unprivileged import bound_by_permissions

SAMPLES = SHIPPED / "samples"
SURVEYED = SAMPLES / "campaigns" / "double-eleven-2026.yaml"
CAMPAIGN = (SAMPLES / "campaigns" / "double-eleven-2026.yaml").read_text(encoding="utf-8")
ORGANISATION = (SAMPLES / "org.yaml").read_text(encoding="utf-8")
SOP = (SHIPPED / "sop" / "campaign" / "v1.yaml").read_text(encoding="utf-8")

Told = pytest.CaptureFixture[str]
Workspace = Callable[..., Path]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Writes an organisation, a campaign and, if one is given, an SOP; answers the campaign's file."""

    def write(campaign: str | bytes = CAMPAIGN, organisation: str = ORGANISATION, sop: str | None = None) -> Path:
        (tmp_path / "org.yaml").write_text(organisation, encoding="utf-8")
        file = tmp_path / "c.yaml"
        file.write_bytes(campaign if isinstance(campaign, bytes) else campaign.encode())
        if sop is not None:
            (tmp_path / "sop_templates" / "sop" / "campaign").mkdir(parents=True)
            (tmp_path / "sop_templates" / "sop" / "campaign" / "v1.yaml").write_text(sop, encoding="utf-8")
        return file

    return write


def refused(capsys: Told, *arguments: object, code: int = 2) -> str:
    """The errors of a command line that must end with this code, and say nothing but its errors."""
    assert run([str(argument) for argument in arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.strip()
    assert "Traceback" not in err
    return err


def changed(text: str, old: str, new: str) -> str:
    """A file with one place in it changed, which must be there."""
    assert old in text, old
    return text.replace(old, new, 1)


MISTAKES = {
    "unknown key": ("level: S", "level: S\ncolour: red", "unknown key `colour`"),
    "key that is nearly right": ("background:", "backgruond:", "Did you mean `background`?"),
    "wrong date": ("start: 2026-10-20T00:00", "start: 2026-02-30T00:00", "expected a local date and time"),
    "date that is none": ("start: 2026-10-20T00:00", "start: soon", "found `soon`"),
    "date with an offset": ("start: 2026-10-20T00:00", "start: 2026-10-20T00:00+08:00", "leave the offset out"),
    "seconds since 1970": ("start: 2026-10-20T00:00", "start: 1792454400", "expected a local date and time"),
    "year of another age": ("start: 2026-10-20T00:00", "start: 0206-10-20T00:00", "between 2000 and 2099"),
    "unknown role": ("people:", "people:\n  wizard: lin-xiaotang", "unknown key `wizard`"),
    "unknown person": ("planner: ", "planner: nobody-", "there is no person `nobody-"),
    "level that does not exist": ("level: S", "level: D", "expected one of S, A, B, C, found `D`"),
    "level in small letters": ("level: S", "level: s", "Did you mean `S`?"),
    "goal that does not exist": ("goal: ", "goal: un", "expected one of acquisition"),
    "zone that does not exist": ("zone: Asia/Shanghai", "zone: Asia/Shangai", "expected an IANA time zone"),
    "zone that is a file": ("zone: Asia/Shanghai", "zone: ../../../../etc/passwd", "expected an IANA time zone"),
    **{
        f"zone of this machine alone: {zone}": ("zone: Asia/Shanghai", f"zone: {zone}", "expected an IANA time zone")
        for zone in (
            "localtime",
            "posixrules",
            "Factory",
            "right/America/New_York",
            "posix/Asia/Shanghai",
            "asia/shanghai",
        )
    },
    "SOP that does not exist": ("level: S", "level: S\nsop: wedding", "No SOP wedding"),
    "SOP outside of its folder": ("level: S", "level: S\nsop: ../../x", "No SOP ../../x"),
    "broken YAML": ("level: S", "level: [S", "broken YAML"),
    "tab for indentation": ("live:\n", "live:\n\t", "broken YAML"),
    "key written twice": ("level: S", "level: S\nlevel: A", "the key `level` is written twice"),
    "key written twice, composed otherwise": (
        "level: S",
        'level: S\n"caf\u00e9": 1\n"cafe\u0301": 2',
        "the key `caf\u00e9` is written twice",
    ),
    "tag": ("level: S", "level: !!python/object:os.system S", "the tag"),
    "anchor": ("level: S", "level: &l S", "the anchor `&l` is not allowed"),
    "control character": ("level: S", 'level: "S\\e[31m"', "the character U+001B is not allowed"),
    "name that turns round": ("level: S", 'level: S\ncarrier: "\\u202Eabc"', "U+202E RIGHT-TO-LEFT OVERRIDE"),
    "half a character": ("level: S", 'level: "\\uD83D"', "not allow"),
    "second document": ("level: S", "level: S\n---\nlevel: A", "a second document begins here"),
    "nothing where something is needed": ("level: S", "level:", "found nothing"),
    "list where a text is needed": ("level: S", "level: [S, A]", "found a list"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_mistake_in_a_campaign_file_is_told_with_its_place(
    capsys: Told, workspace: Workspace, mistake: str, command: str
) -> None:
    old, new, part = MISTAKES[mistake]
    file = workspace(changed(CAMPAIGN, old, new))
    err = refused(capsys, command, file)
    assert part in err
    assert err.startswith(f"{file}:")


NUMBERS = [
    "NO",
    "0x10",
    "0o17",
    "1_000",
    "1,000",
    "12:30:00",
    "1e308",
    "1e3",
    "NaN",
    "Infinity",
    "-inf",
    "+5",
    "٣",
    "",
    "1.2.3",
]


@pytest.mark.parametrize("number", [*NUMBERS, "9" * 40, "-1", "0.1234567"])
def test_an_amount_that_is_no_number_is_refused(capsys: Told, workspace: Workspace, number: str) -> None:
    line = next(line for line in CAMPAIGN.splitlines() if "line: reserve" in line)
    amount = line.partition("amount: ")[2].partition(",")[0].partition("}")[0]
    file = workspace(changed(CAMPAIGN, line, line.replace(f"amount: {amount}", f'amount: "{number}"')))
    assert "amount" in refused(capsys, "check", file)


@pytest.mark.parametrize("number", [*NUMBERS, "1.0", "1.5", "9" * 10, "0"])
def test_a_count_that_is_no_whole_number_is_refused(capsys: Told, workspace: Workspace, number: str) -> None:
    file = workspace(
        organisation=f'messages_per_day: "{number}"\n' + ORGANISATION.replace("messages_per_day: 10\n", "")
    )
    assert "messages_per_day" in refused(capsys, "check", file.parent / "org.yaml")


@pytest.mark.parametrize("word", ["NO", "1.10", "12:30:00", "0x10", "1e308", "NaN", "null", "true", "~x"])
def test_a_text_that_looks_like_something_else_stays_a_text(capsys: Told, workspace: Workspace, word: str) -> None:
    """The Norway problem: what is typed is decided by the field, never by its look."""
    title = next(line for line in CAMPAIGN.splitlines() if line.startswith("title:"))
    file = workspace(changed(CAMPAIGN, title, f"title: {word}"))
    assert run(["plan", str(file), "--today", "2026-06-01", "--format", "json"]) == 0
    assert capsys.readouterr().out


def test_a_window_that_ends_before_it_starts_is_told_at_its_end(capsys: Told, workspace: Workspace) -> None:
    err = refused(capsys, "plan", workspace(changed(CAMPAIGN, "start: 2026-10-20T00:00", "start: 2026-12-20T00:00")))
    assert "the live window ends before it starts (2026-12-20T00:00)" in err


def test_a_window_of_years_is_told(capsys: Told, workspace: Workspace) -> None:
    err = refused(capsys, "plan", workspace(changed(CAMPAIGN, "start: 2026-10-20T00:00", "start: 2016-10-20T00:00")))
    assert "the live window is longer than 400 days" in err


ORGANISATION_MISTAKES = {
    "two departments with one id": ("departments:\n", "departments:\n  design: {head: song-ci}\n", "`design` is written twice"),
    "two people with one key": ("people:\n", "people:\n  song-ci: {name: x, department: design}\n", "`song-ci` is written twice"),
    "person without a department": ("people:\n", "people:\n  nn: {name: x, department: cooking}\n", "no department `cooking`"),
    "person in no zone": ("people:\n", "people:\n  nn: {name: x, department: design, zone: Mars/X}\n", "an IANA time zone"),
    "person in the zone of a machine": (
        "people:\n",
        "people:\n  nn: {name: x, department: design, zone: localtime}\n",
        "an IANA time zone",
    ),
    "person named like a path": ("people:\n", "people:\n  ../x: {name: x, department: design}\n", "cannot be a key of people"),
    "address on two lines": (
        "people:\n",
        'people:\n  nn: {name: x, department: design, email: "a@b\\nBcc: c@d"}\n',
        "Write it on one line",
    ),
    "country that does not exist": ("calendar: CN", "calendar: XX", "XX"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", ORGANISATION_MISTAKES)
def test_a_mistake_in_an_organisation_is_told(capsys: Told, workspace: Workspace, mistake: str) -> None:
    old, new, part = ORGANISATION_MISTAKES[mistake]
    file = workspace(organisation=changed(ORGANISATION, old, new))
    assert part in refused(capsys, "plan", file)
    assert part in refused(capsys, "check", file.parent / "org.yaml")


def test_tasks_that_wait_for_each_other_are_named_in_full(capsys: Told, workspace: Workspace) -> None:
    block = SOP[SOP.index("id: IP01") :]
    line = block.splitlines()[0]
    sop = changed(
        SOP, line, line.replace("id: IP01", "id: IP01, after: [IP10]") if "{" in line else f"{line}\n    after: [IP10]"
    )
    file = workspace(sop=sop)
    for arguments in (("plan", file), ("check", file.parent / "sop_templates" / "sop" / "campaign" / "v1.yaml")):
        err = refused(capsys, *arguments)
        circle = err.partition("these tasks wait for each other: ")[2].partition(".")[0].split(" after ")
        assert circle[0] == circle[-1]
        assert {"IP01", "IP09", "IP10"} <= set(circle)


def test_a_level_that_the_sop_does_not_have_is_told(capsys: Told, workspace: Workspace) -> None:
    lines = SOP.splitlines()
    start = next(n for n, line in enumerate(lines) if line == "  C:")
    end = next(n for n in range(start + 1, len(lines)) if not lines[n].startswith("   "))
    file = workspace(changed(CAMPAIGN, "level: S", "level: C"), sop="\n".join(lines[:start] + lines[end:]))
    assert "the levels C are missing" in refused(capsys, "plan", file)


def test_an_alias_bomb_is_refused_at_once(capsys: Told, workspace: Workspace) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{this}: &{this} [{', '.join([f'*{last}'] * 9)}]\n" for last, this in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "the alias `*a` is not allowed" in refused(capsys, "check", workspace(bomb))


@pytest.mark.parametrize("text", ["[" * 5000, "[" * 5000 + "]" * 5000, "{a: " * 5000, "- " * 5000 + "x"])
def test_nesting_of_5000_is_refused(capsys: Told, workspace: Workspace, text: str) -> None:
    assert "nested more than 32 deep" in refused(capsys, "check", workspace(f"key: {text}" if text[0] != "-" else text))


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "the file is empty"),
        (b"\n\n# only a comment\n", "the file is empty"),
        (b"- a\n- b\n", "the file is not a mapping"),
        (b"hello", "the file is not a mapping"),
        (b"key: \xff\xfe", ":1:6: the file is not UTF-8"),
        (CAMPAIGN.encode("utf-16"), "the file is not UTF-8"),
        ("\u6d3b\u52a8: \u540d".encode("gbk"), "the file is not UTF-8"),
        (b"a: \x00", "a character that YAML does not allow"),
        (b"PK\x03\x04" + bytes(range(1, 128)), "a character that YAML does not allow"),
        (b"a: " + b"x" * (1 << 20), "the file is larger than 1 MiB"),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan"])
def test_what_is_no_text_of_ours_is_told(
    capsys: Told, workspace: Workspace, command: str, content: bytes, part: str
) -> None:
    assert part in refused(capsys, command, workspace(content))


def test_a_folder_a_pipe_and_what_cannot_be_read_are_told(capsys: Told, workspace: Workspace, tmp_path: Path) -> None:
    workspace()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    for path, part in (
        (tmp_path, "this is a folder"),
        (tmp_path / "pipe.yaml", "this is no regular file"),
        (Path("/dev/zero"), "this is no regular file"),
        (Path("/proc/self/mem"), "the file cannot be read"),
        (tmp_path / "none.yaml", "there is no such file"),
        (tmp_path / "org.yaml" / "c.yaml", "the file cannot be read"),
        (tmp_path / ("x" * 300), "the file cannot be read"),
        (tmp_path / "loop.yaml", "the file cannot be read"),
    ):
        for command in ("check", "plan"):
            assert part in refused(capsys, command, path), path


def test_a_file_that_this_user_may_not_read_is_told(capsys: Told, workspace: Workspace) -> None:
    file = workspace()
    file.chmod(0)
    with bound_by_permissions():
        assert "the file cannot be read: Permission denied" in refused(capsys, "check", file)


OWN_FOLDERS = [
    ("calendars", ("calendar", "show", "2027")),
    ("calendars", ("plan", str(SURVEYED), "--today", "2026-06-01")),
    ("documents", ("sop", "show")),
    ("documents/en", ("sop", "show")),
    ("surveys", ("check", str(SURVEYED))),
]


@pytest.mark.parametrize(("name", "arguments"), OWN_FOLDERS)
def test_an_own_folder_that_this_user_may_not_read_is_no_empty_one(
    capsys: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, arguments: tuple[str, ...]
) -> None:
    """The dates and texts of the shipped files would stand in for its own."""
    folder = tmp_path / "sop_templates" / name
    folder.mkdir(parents=True)
    (tmp_path / "org.yaml").write_text(ORGANISATION, encoding="utf-8")
    monkeypatch.setenv("OPSFLOW_WORKSPACE", str(tmp_path))
    folder.chmod(0)
    try:
        with bound_by_permissions():
            assert run(list(arguments)) == 2
    finally:
        folder.chmod(0o755)
    err = capsys.readouterr().err
    assert err.startswith(f"The folder {folder}")
    assert " cannot be read: Permission denied. Check its permissions" in err


def test_a_file_with_a_deceiving_name_is_shown_as_it_is(capsys: Told, tmp_path: Path) -> None:
    name = "a\x1b[2J\u202eb.yaml"
    (tmp_path / name).write_text(ORGANISATION, encoding="utf-8")
    assert run(["check", str(tmp_path / name)]) == 0
    assert r"a\x1b[2J\u202eb.yaml: ok" in capsys.readouterr().out
    assert r"c\x1b[2J: the file" in refused(capsys, "check", tmp_path / "c\x1b[2J").replace(
        ":1:1: there is no such", ": the"
    )


def test_errors_come_on_stderr_alone_in_a_process_of_its_own(workspace: Workspace) -> None:
    file = workspace(changed(CAMPAIGN, "level: S", "level: D"))
    done = in_process("plan", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}:" in done.stderr
    assert "Traceback" not in done.stderr


SMALL_FILES = (
    "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    "sys.dont_write_bytecode = True; resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200));"
    "from opsflow.cli.main import main; main()"
)


def in_process(
    *arguments: object, script: str = "from opsflow.cli.main import main; main()", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command line in a process of its own."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=110, env=env)


OUTPUTS: dict[str, tuple[str, ...]] = {
    "init": ("init", "{out}/w"),
    "plan as csv": ("plan", "{file}", "--today", "2026-06-01", "--format", "csv", "-o", "{out}/p.csv"),
    "plan as xlsx": ("plan", "{file}", "--today", "2026-06-01", "--format", "xlsx", "-o", "{out}/p.xlsx"),
    "plan as ics": ("plan", "{file}", "--today", "2026-06-01", "--format", "ics", "-o", "{out}/p.ics"),
    "schema": ("schema", "campaign", "-o", "{out}/s.json"),
    "sop show": ("sop", "show", "-o", "{out}/s.md"),
    "copy": ("copy", "{file}", "{out}/n.yaml", "--launch", "2027-10-20", "--key", "next-one", "--replace", "2026=2027"),
}


@pytest.mark.parametrize("what", OUTPUTS)
def test_a_disk_that_takes_no_more_leaves_nothing_half_written(workspace: Workspace, tmp_path: Path, what: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "org.yaml").write_text(ORGANISATION, encoding="utf-8")
    file = workspace()
    done = in_process(*(part.format(out=out, file=file) for part in OUTPUTS[what]), script=SMALL_FILES)
    assert done.returncode in {2, 3, 6}, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
    assert [path.name for path in out.iterdir()] == ["org.yaml"]


@pytest.mark.parametrize("what", OUTPUTS)
def test_a_folder_that_cannot_be_written_is_told(workspace: Workspace, what: str) -> None:
    done = in_process(*(part.format(out="/proc/self/nowhere", file=workspace()) for part in OUTPUTS[what]))
    assert done.returncode in {2, 3, 4, 6}, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


TEMPLATES = {
    "missing variable": ("# {{ nothing_of_that_name }}", "'nothing_of_that_name' is undefined"),
    "hostile code": ("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
    "broken syntax": ("{% if %}", "Expected an expression"),
    "no end": ("{% for a in range(1000) %}" * 5 + "{% set b = a %}" + "{% endfor %}" * 5, "2 s of processor time"),
    "no end of output": ("{% for a in range(1000) %}{% for b in range(1000) %}abc{% endfor %}{% endfor %}", "1 MiB"),
}


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_of_the_workspace_that_cannot_be_rendered_is_named(
    capsys: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """F57, C1: through the command line, with nothing written."""
    text, part = TEMPLATES[kind]
    template = tmp_path / "sop_templates" / "documents" / "en" / "sop.md.j2"
    template.parent.mkdir(parents=True)
    template.write_text(text, encoding="utf-8")
    monkeypatch.setenv("OPSFLOW_WORKSPACE", str(tmp_path))
    err = refused(capsys, "sop", "show", "-o", tmp_path / "sop.md")
    assert str(template) in err
    assert part in err
    assert not (tmp_path / "sop.md").exists()


@pytest.mark.parametrize("given", ["abc", "", "-3", "0", "nan", "inf", "1e99", "PT60S"])
@pytest.mark.parametrize("command", ["status", "up", "tick"])
def test_a_variable_that_cannot_be_used_is_named_with_what_it_may_be(
    capsys: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, given: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPSFLOW_SILENT_SECONDS", given)
    told = refused(capsys, command)
    assert f"OPSFLOW_SILENT_SECONDS is `{given}`: expected a number of seconds from 1 to 86400." in told
    assert "unset it for 90.0" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("smtp://ops:s3cret@mail.example.com", "expected smtp://"),
        ("smtp://ops:s3cret@h?from=a@b.c&tls=none", "over TLS"),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_named_without_its_password(
    capsys: Told, monkeypatch: pytest.MonkeyPatch, given: str, why: str
) -> None:
    monkeypatch.setenv("OPSFLOW_MAIL_URL", given)
    told = refused(capsys, "status")
    assert "OPSFLOW_MAIL_URL cannot be used" in told
    assert why in told
    assert "s3cret" not in told


def test_the_doctor_finds_it_as_well(capsys: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSFLOW_SLACK_API_URL", "slack.com")
    assert run(["doctor"]) == 1
    assert "wrong  settings      OPSFLOW_SLACK_API_URL is `slack.com`: expected an address" in capsys.readouterr().out


def test_every_variable_that_may_be_unusable_says_what_it_may_be() -> None:
    free = {str, SecretStr, Path | None}
    assert {name for name, field in Settings.model_fields.items() if field.annotation not in free} <= set(EXPECTED)


@pytest.mark.slow
def test_a_rehearsal_with_a_broken_template_says_so_without_a_traceback(workspace: Workspace, tmp_path: Path) -> None:
    workspace()
    (tmp_path / "c.yaml").write_text((SAMPLES / "campaigns" / "member-day-2026.yaml").read_text("utf-8"), "utf-8")
    template = tmp_path / "sop_templates" / "documents" / "en" / "plan.md.j2"
    template.parent.mkdir(parents=True)
    template.write_text("{{ nothing_of_that_name }}", encoding="utf-8")
    place = os.environ | {"OPSFLOW_WORKSPACE": str(tmp_path)}
    done = in_process("rehearse", tmp_path / "c.yaml", "--out", tmp_path / "out", env=place)
    assert done.returncode == 2, done.stderr
    assert f"{template}:1: the template of plan cannot be rendered" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [("schema", "campaign"), ("check", str(SAMPLES / "org.yaml")), ("--help",)])
def test_an_output_that_takes_nothing_is_told(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "opsflow.cli.main", *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 6
    assert done.stderr.startswith("The output cannot be read or written: No space left on device.")
    assert "Traceback" not in done.stderr


def test_a_reader_who_has_seen_enough_is_no_error_with_a_traceback() -> None:
    command = f"{shlex.quote(sys.executable)} -m opsflow.cli.main schema campaign | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert len(done.stdout) == 10
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
