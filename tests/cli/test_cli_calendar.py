"""`opsflow calendar`: a year to look at, and what a file of days would change, told and not done."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from opsflow.campaigns.neighbours import taken_keys
from opsflow.cli.calendar import calendar
from opsflow.cli.calendarview import schedule_yaml
from opsflow.cli.checking import checked
from opsflow.kernel.errors import BadInput
from opsflow.kernel.yamlfile import BadFile, parse_text
from opsflow.org.calendarfile import read_calendar_file
from opsflow.settings import SHIPPED
from opsflow.workdays.files import typed_schedule
from tests.unprivileged import bound_by_permissions

SAMPLES = SHIPPED / "samples"
YAML = """\
country: CN
year: 2027
off:
  - {first: 2027-01-01, last: 2027-01-03, name: {en: New Year's Day, zh: 元旦}}
  - {first: 2027-02-05, last: 2027-02-11, name: {en: Spring Festival, zh: 春节}}
  - {first: 2027-03-01, name: {en: Invented day, zh: 虚构日}}
worked:
  - {day: 2027-02-20, instead_of: 2027-02-11}
"""


def event(first: str, name: str, end: str = "", *more: str) -> str:
    lines = ["BEGIN:VEVENT", f"DTSTART;VALUE=DATE:{first}", *([f"DTEND;VALUE=DATE:{end}"] if end else [])]
    return "\r\n".join([*lines, f"SUMMARY:{name}", *more, "END:VEVENT", ""])


def ics(*events: str) -> str:
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(events) + "END:VCALENDAR\r\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The sample organisation with one campaign whose closing lies in a year that is not published."""
    folder = tmp_path / "workspace"
    (folder / "campaigns").mkdir(parents=True)
    for name in ("org.yaml", "campaigns/spring-game-2027.yaml"):
        (folder / name).write_text((SAMPLES / name).read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def run(workspace: Path | None, *arguments: str) -> Result:
    return CliRunner(env={"OPSFLOW_WORKSPACE": str(workspace) if workspace else None}).invoke(calendar, arguments)


def shown(workspace: Path | None, *arguments: str) -> list[str]:
    result = run(workspace, *arguments)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.output.splitlines()


def month(lines: list[str], name: str) -> Iterator[str]:
    start = next(n for n, line in enumerate(lines) if line.startswith(f"{name} "))
    for line in lines[start:]:
        if not line:
            return
        yield line


def test_a_year_shows_days_off_make_up_days_and_working_days_per_month() -> None:
    lines = shown(None, "show", "2026", "--country", "CN")
    assert lines[:2] == ["CN 2026 · official · 248 working days", "weekend: Sat, Sun"]
    assert list(month(lines, "October")) == [
        "October · 18 working days",
        "  off      Thu 2026-10-01  National Day",
        "  off      Fri 2026-10-02  National Day",
        "  off      Sat 2026-10-03  National Day",
        "  off      Mon 2026-10-05  National Day (observed)",
        "  off      Tue 2026-10-06  day off, worked on 2026-09-20 instead",
        "  off      Wed 2026-10-07  day off, worked on 2026-10-10 instead",
        "  make-up  Sat 2026-10-10  make-up working day for 2026-10-07",
    ]
    assert sum(line.split(" · ")[1] == "21 working days" for line in lines if line[:1].isalpha() and "·" in line) == 5


def test_a_workspace_shows_its_own_days_and_name_in_the_language_asked_for(workspace: Path) -> None:
    lines = shown(workspace, "show", "2026", "--language", "zh")
    assert lines[0] == "CN 2026 · 云栖生活 · 正式 · 247 个工作日"
    assert "  公司  周五 2026-05-15  放假：公司成立日" in lines
    assert "  调休  周六 2026-05-09  调休上班，补 2026-05-05" in lines


def test_another_country_is_shown_without_the_days_of_the_house(workspace: Path) -> None:
    lines = shown(workspace, "show", "2026", "--country", "ae")
    assert lines[0].startswith("AE 2026 · official")
    assert not any("Founding day" in line for line in lines)
    assert shown(None, "show", "2020", "--country", "AE")[1] == "weekend: Fri, Sat"


def test_a_year_that_is_not_published_says_so_until_the_workspace_has_its_schedule(workspace: Path) -> None:
    """F28."""
    before = shown(workspace, "show", "2028")
    assert "provisional" in before[0]
    assert "2028 is not published" in before[2]
    file = workspace / "sop_templates" / "calendars" / "cn-2028.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(YAML.replace("2027", "2028").replace("2028-02-20", "2028-02-19"), encoding="utf-8")
    after = shown(workspace, "show", "2028")
    assert "official" in after[0]
    assert "  make-up  Sat 2028-02-19  make-up working day for 2028-02-11" in after


@pytest.mark.parametrize("country", ["SG", "HK", "IN"])
def test_a_year_with_estimated_days_is_not_called_official(country: str) -> None:
    """F28."""
    lines = shown(None, "show", "2050", "--country", country)
    assert lines[0].startswith(f"{country} 2050 · provisional · ")
    assert "2050 is not published" in lines[2]


def test_an_import_shows_days_tasks_and_the_way_to_adopt_it_and_writes_nothing(workspace: Path, tmp_path: Path) -> None:
    """F28: when the schedule arrives, every plan that it touches shows what moves."""
    file = tmp_path / "notice.yaml"
    file.write_text(YAML, encoding="utf-8")
    before = contents(tmp_path)
    lines = shown(workspace, "import", str(file), "--today", "2026-09-01")
    assert contents(tmp_path) == before
    assert lines[:2] == ["CN 2027", "2027 becomes official."]
    assert "  Mon 2027-03-01  working day -> off: Invented day" in lines
    assert "  Sat 2027-02-20  weekend -> worked: make-up working day for 2027-02-11" in lines
    campaign = next(n for n, line in enumerate(lines) if "spring-game-2027.yaml: " in line)
    assert lines[campaign + 1] == "  (no longer provisional)"
    assert any(line.startswith("  CL14 ") and line.endswith("-> Tue 2027-02-23 - Tue 2027-03-02") for line in lines)
    assert not any(line.startswith("  IP01 ") for line in lines), "what is before the change does not move"
    assert lines[-1] == f"  save {file} as {workspace / 'sop_templates' / 'calendars' / 'cn-2027.yaml'}"


def test_paths_with_a_blank_are_quoted(workspace: Path, tmp_path: Path) -> None:
    """What stands there is copied into a shell."""
    file = tmp_path / "the notice.yaml"
    file.write_text(YAML, encoding="utf-8")
    own = workspace.rename(tmp_path / "our workspace")
    target = own / "sop_templates" / "calendars" / "cn-2027.yaml"
    assert shown(own, "import", str(file), "--today", "2026-09-01")[-1] == f"  save '{file}' as '{target}'"


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_days_of_the_house_are_shown_with_the_lines_for_org_yaml(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "days.yaml"
    file.write_text("days:\n  - {day: 2026-12-24, works: false, reason: {en: 'A \"party\"', zh: 聚会}}\n", "utf-8")
    lines = shown(workspace, "import", str(file), "--today", "2026-09-01")
    assert lines[:3] == ["CN 2026", "Days that change: 1", '  Thu 2026-12-24  working day -> off: A "party"']
    added = lines[-1]
    org = workspace / "org.yaml"
    org.write_text(org.read_text("utf-8").replace("\ndays:\n", f"\ndays:\n{added}\n"), encoding="utf-8")
    again = shown(workspace, "import", str(file), "--today", "2026-09-01")
    assert "No working day changes." in again
    assert any("nothing moves" in line for line in again)


@pytest.mark.parametrize(("language", "said"), [("en", "-> worked: stock count"), ("zh", "-> 上班：盘点")])
def test_a_day_that_the_house_works_is_said_to_be_worked(
    workspace: Path, tmp_path: Path, language: str, said: str
) -> None:
    file = tmp_path / "days.yaml"
    file.write_text("days:\n  - {day: 2026-10-02, works: true, reason: {en: stock count, zh: 盘点}}\n", "utf-8")
    line = shown(workspace, "import", str(file), "--today", "2026-09-01", "--language", language)[2]
    assert line.endswith(said)


def test_the_way_to_adopt_it_is_told_in_the_language_asked_for_with_paths_for_the_shell(
    workspace: Path, tmp_path: Path
) -> None:
    here = workspace.rename(tmp_path / "our workspace")
    files = {"it's.yaml": YAML, "days.yaml": "days:\n  - {day: 2026-12-24, works: false, reason: x}\n"}
    files["days.ics"] = ics(event("20280703", "Summer", "20280706"))
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = [
        line
        for name in files
        for line in shown(here, "import", str(tmp_path / name), "--as", "official", "--language", "zh")
        if " '" in line or line.startswith("未")
    ]
    calendars = here / "sop_templates" / "calendars"
    first = f"""'{tmp_path}/it'"'"'s.yaml'"""
    assert told == [
        "未写入任何文件。采用方法：",
        f"  将 {first} 保存为 '{calendars}/cn-2027.yaml'",
        "未写入任何文件。采用方法：",
        f"  将以下内容添加到 '{here}/org.yaml' 的 `days:` 之下：",
        "未写入任何文件。采用方法：",
        f"  将以下内容保存为 '{calendars}/cn-2028.yaml'：",
    ]


def test_an_ics_file_with_make_up_days_is_the_schedule_of_the_year_that_is_lacking(tmp_path: Path) -> None:
    file = tmp_path / "cn.ics"
    events = (
        event("20280125", "春节（休）", "20280201", "BEGIN:VALARM", "TRIGGER:-P1D", "END:VALARM"),
        event("20280122T000000", "春节（班）"),
        event("20271231", "元旦 第1天/共1天"),
        event("20280501", "cancelled", "", "STATUS:CANCELLED"),
    )
    file.write_text(ics(*events).replace("春节（班）", "春节\r\n （班）"), encoding="utf-8")
    found = read_calendar_file(file, country="CN")
    schedule = found.schedules[-1]
    assert (schedule.year, [one.day for one in schedule.worked]) == (2028, [date(2028, 1, 22)])
    assert len(schedule.days_off) == 7
    assert {name.zh for name in schedule.days_off.values()} == {"春节"}
    assert typed_schedule(parse_text(Path("cn-2028.yaml"), "\n".join(schedule_yaml(schedule)))) == schedule
    lines = shown(None, "import", str(file))
    assert "2028 becomes official." in lines
    assert "  save this as WORKSPACE/sop_templates/calendars/cn-2028.yaml:" in lines


def test_an_ics_file_without_make_up_days_holds_days_of_the_house_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "days.ics"
    file.write_text(ics(event("20280703", "Summer\\nbreak", "20280706")), encoding="utf-8")
    assert {one.reason.en for one in read_calendar_file(file, country="CN").days} == {"Summer break"}
    assert [one.day.day for one in read_calendar_file(file, country="CN").days] == [3, 4, 5]
    assert [one.year for one in read_calendar_file(file, country="CN", kind="official").schedules] == [2028]
    assert read_calendar_file(file, country="DE", kind="official").schedules == (), "every year of DE is known"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: there is no event in this file"),
        (ics(), "1:1: there is no event in this file"),
        ("nonsense", "1:1: this is no line of iCalendar. Expected `NAME:value`."),
        ("SUMMARY:x\n", "1:1: this stands outside of a calendar"),
        (ics(event("20270230", "x")), "4:1: DTSTART is not a day: `20270230`. Expected a whole day"),
        (ics(event("20270201T093000", "x")), "4:1: DTSTART is not a day: `20270201T093000`"),
        (ics(event("99990201", "x")), "4:1: DTSTART is not a day"),
        (ics(event("20270201", "x", "20270201")), "5:1: the event ends before it begins (2027-02-01)"),
        (ics(event("20270201", "x", "20990201")), "5:1: the event is longer than 366 days"),
        (ics(event("20270201", "x\x1b[2Jy")), "5:1: the character U+001B is not allowed"),
        (ics(event("20270201", "x\u202ey")), "5:1: the character U+202E RIGHT-TO-LEFT OVERRIDE is not allowed"),
        (ics(event("20270201", "")), "3:1: this event has no SUMMARY"),
        (ics(event("20270201", "x", "", "RRULE:FREQ=YEARLY")), "6:1: RRULE is not read here"),
        (ics("BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n"), "3:1: this event has no DTSTART"),
        (ics(event("20270201", "x")).replace("END:VEVENT", "END:VTODO"), "6:1: END:VTODO ends nothing"),
        (ics(event("20270201", "x"))[:60], "BEGIN:VEVENT has no end. The file may be cut off."),
        (ics(event("20270201", "x（班）")), "3:1: 2027-02-01 is a Monday, which is worked anyway"),
        (ics(event("20270206", "x（班）"), event("20270206", "y")), "7:1: 2027-02-06 is both off and worked"),
    ],
)
def test_a_mistake_in_an_ics_file_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "bad.ics"
    file.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(BadFile) as bad:
        read_calendar_file(file, country="CN")
    assert f"{file}:{told}" in str(bad.value) or told in str(bad.value).removeprefix(str(file)), str(bad.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("days: []\n", "the list is empty in days"),
        ("days:\n  - {day: 2027-02-30, works: false, reason: x}\n", "2:11: expected a date"),
        ("days:\n  - {day: 2027-02-03, works: maybe, reason: x}\n", "2:30: expected true or false, found `maybe`"),
        (
            "days:\n  - {day: 2027-02-03, works: true, reason: x}\n  - {day: 2027-02-03, works: true, reason: x}\n",
            "3:11: 2027-02-03 is named twice",
        ),
        ("festivals: []\n", "unknown key `festivals`"),
    ],
)
def test_a_mistake_in_a_yaml_file_of_days_is_told_with_its_position(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile) as bad:
        read_calendar_file(file, country="CN")
    assert told in str(bad.value), str(bad.value)


def test_a_campaign_that_cannot_be_read_is_told_and_holds_no_other_up(workspace: Path, tmp_path: Path) -> None:
    (workspace / "campaigns" / "a-broken.yaml").write_text("key: [\n", encoding="utf-8")
    file = tmp_path / "notice.yaml"
    file.write_text(YAML, encoding="utf-8")
    result = run(workspace, "import", str(file), "--today", "2026-09-01")
    assert "CL14 " in result.output
    assert isinstance(result.exception, BadInput)
    assert "a-broken.yaml:" in str(result.exception)


def test_campaigns_that_cannot_be_listed_are_told_and_not_left_out(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "notice.yaml"
    file.write_text(YAML, encoding="utf-8")
    campaigns = workspace / "campaigns"
    campaigns.chmod(0)
    try:
        with bound_by_permissions():
            result = run(workspace, "import", str(file), "--today", "2026-09-01")
    finally:
        campaigns.chmod(0o755)
    assert "To adopt it:" in result.output
    assert isinstance(result.exception, BadInput)
    assert f"The campaigns in {campaigns} cannot be listed: Permission denied" in str(result.exception)


def test_a_campaign_in_a_yml_file_counts_as_well(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "notice.yaml"
    file.write_text(YAML, encoding="utf-8")
    campaigns = workspace / "campaigns"
    (campaigns / "spring-game-2027.yaml").rename(campaigns / "spring-game-2027.yml")
    lines = shown(workspace, "import", str(file), "--today", "2026-09-01")
    assert any("spring-game-2027.yml: " in line for line in lines)
    assert taken_keys(campaigns) == {"spring-game-2027"}


def test_a_campaign_that_would_no_longer_fit_is_told_with_its_earliest_launch(workspace: Path, tmp_path: Path) -> None:
    days = "".join(f"  - {{day: 2027-01-{n:02}, works: false, reason: Move}}\n" for n in range(4, 23))
    file = tmp_path / "days.yaml"
    file.write_text(f"days:\n{days}", encoding="utf-8")
    lines = shown(workspace, "import", str(file), "--today", "2026-12-09")
    assert any("would no longer fit, by " in line and "the earliest launch would be" in line for line in lines)
    late = shown(workspace, "import", str(file), "--today", "2027-01-20")
    assert any("does not fit from today on" in line for line in late)


def test_an_earliest_launch_in_a_year_that_is_not_published_says_so(workspace: Path, tmp_path: Path) -> None:
    """F28."""
    for path in (workspace / "org.yaml", workspace / "campaigns" / "spring-game-2027.yaml"):
        text = path.read_text(encoding="utf-8").replace("2027", "2050").replace("2026", "2049")
        path.write_text(text, encoding="utf-8")
    file = tmp_path / "days.yaml"
    days = "".join(f"  - {{day: 2050-01-{n:02}, works: false, reason: Move}}\n" for n in range(4, 23))
    file.write_text(f"days:\n{days}", encoding="utf-8")
    lines = shown(workspace, "import", str(file), "--today", "2049-12-09", "--language", "en")
    at = next(n for n, line in enumerate(lines) if "the earliest launch would be" in line)
    assert "  The official calendar of 2050 is not published: dates in it are provisional." in lines[at + 1 : at + 3]


def test_a_country_or_year_that_nobody_plans_is_refused() -> None:
    assert "give an ISO 3166 code" in str(run(None, "show", "2026", "--country", "XX").exception)
    assert "outside 1990-2100" in str(run(None, "show", "202").exception)


def test_a_published_year_is_checked_like_every_other_file(tmp_path: Path) -> None:
    file = tmp_path / "cn-2027.yaml"
    file.write_text(YAML, encoding="utf-8")
    assert checked(file, ()) == ([f"{file}: ok, calendar CN 2027, 11 days off"], [])
    file.write_text(YAML.replace("2027-03-01", "2026-03-01"), encoding="utf-8")
    (problem,) = checked(file, ())[1]
    assert problem.startswith(f"{file}:6:13: 2026-03-01 is not in 2027")
