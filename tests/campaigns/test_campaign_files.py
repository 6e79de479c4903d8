"""A campaign file is checked together with its organisation and its SOP, and every contradiction is told at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from opsflow.campaigns.files import Loaded, NoOrganisation, load, load_organisation
from opsflow.kernel.yamlfile import BadFile
from opsflow.settings import SHIPPED

SAMPLES = SHIPPED / "samples"
CAMPAIGN = (SAMPLES / "campaigns" / "double-eleven-2026.yaml").read_text(encoding="utf-8")
ORGANISATION = (SAMPLES / "org.yaml").read_text(encoding="utf-8")

Change = tuple[str, str]
Write = Callable[..., Path]


def replaced(text: str, changes: tuple[Change, ...]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an organisation and a campaign, with some of their texts replaced; answers the campaign's path."""

    def write(*changes: Change, org: tuple[Change, ...] = ()) -> Path:
        (tmp_path / "org.yaml").write_text(replaced(ORGANISATION, org), encoding="utf-8")
        path = tmp_path / "campaigns" / "autumn" / "c.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(replaced(CAMPAIGN, changes), encoding="utf-8")
        return path

    return write


def problems(path: Path) -> list[str]:
    with pytest.raises(BadFile) as caught:
        load(path, [SHIPPED])
    return [f"{Path(p.file).name}:{p.line}: {p.message}. {p.hint}" for p in caught.value.problems]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_organisation_is_the_one_in_the_nearest_folder_above(write: Write) -> None:
    path = write()
    loaded = load(path, [SHIPPED])
    assert isinstance(loaded, Loaded)
    assert (loaded.organisation.name.en, loaded.sop.name, loaded.warnings) == ("Yunqi Living", "campaign", ())
    nearer = ORGANISATION.replace("Yunqi Living", "A Daughter Company")
    (path.parent / "org.yaml").write_text(nearer, encoding="utf-8")
    assert load(path, [SHIPPED]).organisation.name.en == "A Daughter Company"


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("end: 2026-11-12T00:00\n  phases", "end: 2026-10-12T00:00\n  phases", "the live window ends before it starts"),
        ("start: 2026-11-11T00:00\n      end: 2026-11-12T00:00\n      peak", "start: 2026-11-11T00:00\n      end: 2026-11-13T00:00\n      peak", "`Peak` is not inside the live window"),
        ("start: 2026-10-31T20:00", "start: 2026-10-30T20:00", "the phase `first-wave` starts before `presale` ends"),
        ("end: 2026-11-04T00:00", "end: 2026-10-31T20:00", "`First wave` ends before it starts"),
        ("end: 2026-11-01T00:00", "end: 2026-12-01T00:00", "is not inside the live window"),
        ("id: first-wave", "id: presale", "the phase `presale` is named twice"),
        ("    primary: true\n", "", "no KPI is the primary one"),
        ("    target: 210000\n", "    target: 210000\n    primary: true\n", "`paid-sales` is the primary KPI already"),
        ("id: paying-buyers", "id: paid-sales", "the id `paid-sales` is used twice in kpis"),
        ("id: robot-vacuum", "id: phone", "the id `phone` is used twice in prizes"),
        ("unit_value: 2999", "unit_value: 2999.995", "2999.995 is finer than CNY allows: the smallest amount is 0.01"),
        ("unit_value: 2999", "unit_value: 99999999999999999", "many digits"),
        ("quantity: 20, unit_value: 2999", "quantity: 2000, unit_value: 999999999999999", "more than can be stored"),
        ("currency: CNY", "currency: CNX", "there is no currency `CNX`"),
        ("partner: {en: Qingjie Home Cleaning,", "partner: {en: Qingjie Home,", "Did you mean `Qingjie Home Cleaning`?"),
        ("at: 2026-11-11T21:00", "at: 2026-11-12T00:00", "the node comes after the end of the live window"),
        ("planner: he-jia", "planner: he-jai", "there is no person `he-jai`. Did you mean `he-jia`?"),
        ("EX10: {owner: yin-hang}", "EX10: {owner: nobody-at-all}", "there is no person `nobody-at-all`. Add them"),
        ("  EX10: {owner", "  EX1O: {owner", "there is no task `EX1O` in the SOP. Did you mean `EX1"),
        ("departments: [merchandising]", "departments: [merchandizing]", "Did you mean `merchandising`?"),
        ("departments: [merchandising]\n", "", "the department `merchandising` has tasks in this campaign (XA03)"),
        ("department: merchandising", "department: merch", "there is no department `merch` in org.yaml"),
        ("seen_by: engineering", "seen_by: enginering", "Did you mean `engineering`?"),
        ("department: design}", "department: desing}", "Did you mean `design`?"),
        ("campaign_manager: lin-yue", "campaign_manager: gu-ping", "gu-ping is campaign manager and coordination post"),
        ("zone: Asia/Shanghai\n", "zone: Asia/Shanghai\nslack_channel: '#double-eleven'\n", "expected the id of a Slack channel (C0123ABCD"),
        ("zone: Asia/Shanghai\n", "zone: Asia/Shanghai\nsop: campagn\n", "No SOP campagn. There is campaign v1."),
    ],
)  # fmt: skip
def test_a_contradiction_is_told(write: Write, old: str, new: str, part: str) -> None:
    assert part in "\n".join(problems(write((old, new))))


NEW_YORK = ("zone: Asia/Shanghai\n", "zone: America/New_York\n")
NIGHT = "does not exist in America/New_York: the clocks go from 2027-03-14 02:00 to 2027-03-14 03:00"
WAY_OUT = "Write 2027-03-14T03:00, or a time before 2027-03-14 02:00."


@pytest.mark.parametrize(
    "time",
    [
        "start: 2026-10-20T00:00",
        "end: 2026-11-12T00:00",
        "start: 2026-11-11T00:00",
        "at: 2026-11-11T21:00",
        "starts: 2026-11-01T00:00",
        "number_at: 2026-11-10T15:30",
        "opens: 2026-11-01T10:30",
    ],
)
def test_a_time_that_the_clocks_skip_is_a_mistake_with_the_way_out(write: Write, time: str) -> None:
    """F19: it would count as 03:00, and nobody who reads the file would know."""
    key, _ = time.split(": ")
    line = line_of(CAMPAIGN, time)
    assert f"c.yaml:{line}: 2027-03-14T02:30 {NIGHT}. {WAY_OUT}" in problems(
        write(NEW_YORK, (time, f"{key}: 2027-03-14T02:30"))
    )


@pytest.mark.parametrize("at", ["2026-11-01T01:30", "2026-11-01T02:00"])
def test_a_time_that_exists_twice_is_no_mistake(write: Write, at: str) -> None:
    """F18."""
    loaded = load(write(NEW_YORK, ("end: 2026-11-01T00:00", f"end: {at}")), [SHIPPED])
    assert loaded.campaign.zone == "America/New_York"


def test_all_contradictions_of_both_files_come_at_once_with_their_lines(write: Write) -> None:
    path = write(
        ("planner: he-jia", "planner: he-jai"),
        ("    primary: true\n", ""),
        org=(("{head: chen-li,", "{head: chen-lee,"),),
    )
    text = path.read_text(encoding="utf-8")
    assert problems(path) == [
        f"c.yaml:{line_of(text, 'kpis:')}: no KPI is the primary one. Write `primary: true` at exactly one.",
        f"c.yaml:{line_of(text, 'he-jai')}: there is no person `he-jai`. Did you mean `he-jia`?",
        f"org.yaml:{line_of(ORGANISATION, 'head: chen-li')}: there is no person `chen-lee`. Did you mean `chen-li`?",
    ]


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("deputy: sun-qian}", "deputy: chen-li}", "chen-li is head and deputy of operations"),
        ("leader: zhou-mingyuan", "leader: zhou", "there is no person `zhou`"),
        ("department: legal", "department: lega", "there is no department `lega`. Did you mean `legal`?"),
        ("last: 2026-09-25", "last: 2026-08-09", "the absence of xu-an ends before it begins"),
        ("calendar: CN\n", 'calendar: CN\nworking_hours: [{opens: "12:00", closes: "09:00"}]\n', "are not in order"),
        ("calendar: CN\n", "calendar: CN\nworking_hours: []\n", "there are no working hours"),
        ("days:\n", "days:\n  - {day: 2026-05-15, works: true, reason: x}\n", "2026-05-15 is named twice"),
    ],
)
def test_a_mistake_of_the_organisation_is_told(tmp_path: Path, old: str, new: str, part: str) -> None:
    path = tmp_path / "org.yaml"
    path.write_text(replaced(ORGANISATION, ((old, new),)), encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        load_organisation(path)
    assert part in str(caught.value)


def test_a_department_with_tasks_that_the_organisation_lacks_is_told(write: Write) -> None:
    org = (("  procurement: {head: feng-gang, deputy: bai-lu}\n", ""),)
    found = "\n".join(problems(write(org=org)))
    assert "the department `procurement` is missing: the campaign has tasks for it" in found


def test_an_optional_department_is_needed_only_by_the_campaign_that_has_its_tasks(write: Write) -> None:
    org = (("  content: {head: song-ci}\n", ""), ("department: content", "department: product"))
    assert load(write(org=org), [SHIPPED]).campaign.key == "double-eleven-2026"


WITH_TAX = (
    "The prizes are worth CNY 1,110,975.00, with the tax on them CNY 1,134,718.75, the budget line for rewards holds"
)


@pytest.mark.parametrize(
    ("amount", "who", "told"),
    [
        ("1134718.75", "organiser", []),
        ("1134718.74", "organiser", [f"{WITH_TAX} CNY 1,134,718.74."]),
        ("1110975", "winner", []),
        (
            "1110974",
            "winner",
            ["The prizes are worth CNY 1,110,975.00, the budget line for rewards holds CNY 1,110,974.00."],
        ),
    ],
)
def test_prizes_that_cost_more_than_their_budget_line_are_a_warning(
    write: Write, amount: str, who: str, told: list[str]
) -> None:
    """Tax that the organiser pays is part of the cost: it is confirmed with it when a draw is sealed."""
    changes = (
        ("{line: rewards, amount: 1150000", f"{{line: rewards, amount: {amount}"),
        ("tax_paid_by: organiser", f"tax_paid_by: {who}"),
    )
    found = load(write(*changes), [SHIPPED]).warnings
    assert [each.en for each in found] == told
    assert all("1,110,975" in each.zh and ("个税" in each.zh) is (who == "organiser") for each in found)


def test_a_campaign_outside_any_organisation_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(CAMPAIGN, encoding="utf-8")
    with pytest.raises(NoOrganisation, match="opsflow init"):
        load(path, [SHIPPED])


def test_a_file_that_is_not_there_is_told_before_a_missing_organisation(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        load(tmp_path / "none.yaml", [SHIPPED])


def test_the_sop_of_the_workspace_counts_wherever_the_command_is_called_from(write: Write) -> None:
    path = write()
    home = path.parents[2] / "sop_templates" / "sop" / "campaign"
    home.mkdir(parents=True)
    shipped = (SHIPPED / "sop" / "campaign" / "v1.yaml").read_text(encoding="utf-8")
    (home / "v2.yaml").write_text(shipped.replace("version: 1\n", "version: 2\n", 1), encoding="utf-8")
    assert load(path, [SHIPPED]).sop.version == 2
