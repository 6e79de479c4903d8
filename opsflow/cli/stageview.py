"""What a rehearsal shows in the terminal: progress while it works, then stages, attention points, counts, where to look."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shlex import quote
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from opsflow.campaigns.files import Loaded
from opsflow.campaigns.plan import Plan
from opsflow.documents.index import Highlight
from opsflow.documents.model import StageFacts
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text
from opsflow.rehearsal.driver import Progress
from opsflow.rehearsal.giveaway import CROWD
from opsflow.rehearsal.output import DRAWS as PROOFS
from opsflow.rehearsal.output import Output, transcript_file

WIDTH = 150
"""Columns where the output is no terminal: wide enough that no title is cut."""
HEADS = {
    "en": ("Stage", "State", "Planned", "Took place", "Meeting"),
    "zh": ("阶段", "状态", "计划", "实际", "会议"),
}
ATTENTION = Text("What went otherwise than planned", "与计划不同之处")
COUNTS = Text(
    "{runs} Prefect runs, {messages} messages, {documents} documents in two languages, {tasks} tasks; seed {seed}.",
    "{runs} Prefect runs（流程运行），{messages} 条消息，{documents} 份文档（中英文各一），{tasks} 项任务；随机种子 {seed}。",
)
DRAWS = Text(
    "{draws} draws, played with {crowd} participants and a hundredth of the prizes; the number is the rehearsal's own. Check the first:\n"
    "  python3 {folder}/verify.py {folder} {commitment} {number}",
    "{draws} 轮抽奖，以 {crowd} 名参与者和百分之一的奖品演练，开奖数由彩排生成。验证第一轮：\n"
    "  python3 {folder}/verify.py {folder} {commitment} {number}",
)
LOOK = Text(
    "Open {index} in a browser; the story day by day is in {transcript}.",
    "用浏览器打开 {index}；逐日记录见 {transcript}。",
)
PAST = Text(
    "The launch on {day} is in the past: a rehearsal may play it, `start` would refuse it.",
    "上线日 {day} 已过：可以彩排，但 `start` 会拒绝。",
)
STARTING = Text("starting Prefect's API", "正在启动 Prefect API")


class Stageview:
    """The terminal's side of one rehearsal. Progress goes to stderr, the result to stdout."""

    def __init__(self, loaded: Loaded, plan: Plan, *, language: Language, out: Path) -> None:
        self.plan, self.language, self.out = plan, language, out
        self.zone = ZoneInfo(loaded.campaign.zone)
        self.stages = {spec.id.value: spec.title[language] for spec in loaded.sop.stages}
        self._warnings = (*loaded.warnings, *plan.warnings)

    def warn(self, *, today: datetime) -> None:
        """Say what the plan warns of, and that a launch is in the past."""
        for warning in self._warnings:
            print(warning[self.language], file=sys.stderr)
        if self.plan.launch < today:
            print(PAST[self.language].format(day=self._day(self.plan.launch)), file=sys.stderr)

    @contextmanager
    def progress(self) -> Iterator[Callable[[Progress], None]]:
        """A line that moves on a terminal; elsewhere a line for each new state of a stage."""
        console = Console(stderr=True)
        if not console.is_terminal:
            print(f"{STARTING[self.language]} ...", file=sys.stderr, flush=True)
            yield self._plain()
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        # Four looks a second are enough: the two cores have other work.
        with Bar(*columns, console=console, transient=True, refresh_per_second=4) as bar:
            line = bar.add_task(STARTING[self.language])
            yield lambda moment: bar.update(line, description=self._line(moment))

    def _plain(self) -> Callable[[Progress], None]:
        shown: dict[str, str] = {}

        def show(moment: Progress) -> None:
            if moment.what in self.stages and shown.get(moment.what) != moment.state:
                shown[moment.what] = moment.state
                print(self._line(moment), file=sys.stderr, flush=True)

        return show

    def _line(self, moment: Progress) -> str:
        what = self.stages.get(moment.what, moment.what)
        return f"{moment.at.astimezone(self.zone):%Y-%m-%d %H:%M}  {what}: {moment.state}"

    def report(self, output: Output) -> None:
        """Stages with their dates, what went otherwise than planned, counts, and where to look."""
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = WIDTH
        record = output.rehearsed.record
        held = {meeting.id: meeting.held_at for meeting in record.snapshot.meetings}
        console.print(self._table(record.dossiers[self.language]["stages"], held))
        console.print(f"\n{ATTENTION[self.language]}:")
        for highlight in output.highlights(self.language):
            console.print(_point(highlight), markup=False, soft_wrap=True)
        counts = COUNTS[self.language].format(
            runs=output.rehearsed.runs,
            messages=len(record.messages),
            documents=len({document.id for document in record.documents}),
            tasks=len(record.snapshot.tasks),
            seed=output.rehearsed.cast.seed,
        )
        console.print(f"\n{counts}", markup=False, soft_wrap=True)
        self._draws(output, console)
        index = "index.html" if self.language == "en" else f"index.{self.language}.html"
        places = {"index": self.out / index, "transcript": self.out / transcript_file(self.language)}
        console.print(LOOK[self.language].format(**places), markup=False, soft_wrap=True)

    def _draws(self, output: Output, console: Console) -> None:
        """How anybody checks the first draw that has a number."""
        proofs = output.rehearsed.proofs
        first = next((each for each in proofs if each.draw.number), None)
        if first is not None:
            place = {"folder": quote(str(self.out / PROOFS / first.id)), "draws": len(proofs), "crowd": CROWD}
            said = DRAWS[self.language].format(commitment=first.draw.commitment, number=first.draw.number, **place)
            console.print(said, markup=False, soft_wrap=True)

    def _table(self, stages: list[StageFacts], held: Mapping[str, datetime]) -> Table:
        """A line per stage; its meeting on the day it was held, or is to be held."""
        table = Table(*HEADS[self.language], box=None, pad_edge=False)
        meetings = {stage.name.value: stage.meeting for stage in self.plan.stages}
        for stage in stages:
            meeting = meetings[stage["id"]]
            table.add_row(
                stage["title"],
                stage["status_title"],
                self._span(stage["opens"], stage["closes"]),
                self._span(stage["opened_at"], stage["closed_at"]),
                self._day(held.get(meeting.id) or meeting.at) if meeting else "",
            )
        return table

    def _span(self, first: datetime | None, last: datetime | None) -> str:
        if first is None:
            return ""
        return f"{self._day(first)} - {self._day(last) if last else ''}".rstrip(" -")

    def _day(self, at: datetime) -> str:
        return at.astimezone(self.zone).date().isoformat()


def _point(highlight: Highlight) -> str:
    return f"  {highlight['at']:%Y-%m-%d %H:%M}  {highlight['title']}\n{' ' * 20}{highlight['text']}".rstrip()
