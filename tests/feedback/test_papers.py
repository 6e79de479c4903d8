"""What papers and archive say of feedback: counts where there was a survey, nothing where there was none, nobody's words."""

import json
from pathlib import Path

from opsflow.context import Context
from opsflow.documents.render import render
from opsflow.engine.archiving.contents import contents
from opsflow.engine.archiving.service import gathered
from opsflow.feedback.answers.service import import_answers
from opsflow.feedback.visits.service import list_visits
from opsflow.kernel.terms import LANGUAGES
from opsflow.settings import SHIPPED
from tests.engine.small import KEY, MANAGER, begin, in_workspace
from tests.feedback.asked import asked, rows

CANARY = "canary 奖品很好, call me on 13900000001"


def test_papers_and_archive_count_what_was_answered_and_hold_nobodys_words(sqlite_ctx: Context, tmp_path: Path) -> None:
    here = asked(sqlite_ctx, tmp_path / "ws")
    answers = rows(
        {"account": "u0", "satisfaction": "5", "recommend": "10", "difficulties": "rules;page", "words": CANARY},
        {"answer": "1", "satisfaction": "4", "recommend": "6"},
    )
    import_answers(here, KEY, answers, tool="forms", by=MANAGER)
    list_visits(here, KEY, 2, by=MANAGER)
    found = gathered(here, KEY)
    files = contents(found, here.settings.template_folders)
    kept = json.loads(files["feedback.json"])
    assert (kept["elsewhere"], kept["visits"]["listed"], kept["questions"][0]["mean"]) == ({"forms": 2}, 2, 4.5)
    assert "`feedback.json`" in files["README.md"].decode()
    shown = {}
    for language in LANGUAGES:
        dossier = found.record.dossiers[language]
        shown[language] = [render((SHIPPED,), each, dossier) for each in ("closing-summary", "hot-debrief")]
    assert all("2 answers. **The survey is open until 2026-09-01 Tue 10:00" in text for text in shown["en"])
    assert all("| 4.5 of 5 · *few answers* |" in text for text in shown["en"])
    assert all("In their own words (1 texts) they speak of prizes 100%." in text for text in shown["en"])
    assert all("共收到 2 份答卷。" in text for text in shown["zh"])
    told = [event["what"] for event in found.record.dossiers["en"]["events"]]
    assert told[-2:] == ["answers from forms: 2 new", "return visits: 2 listed"]
    everything = b"".join(files.values()) + "".join(shown["en"] + shown["zh"]).encode()
    for word in ("canary", "13900000001", "u0@example.com"):
        assert word.encode() not in everything


def test_where_nobody_was_asked_nothing_is_said_of_it(sqlite_ctx: Context, tmp_path: Path) -> None:
    here = in_workspace(sqlite_ctx, tmp_path / "ws")
    begin(here)
    found = gathered(here, KEY)
    files = contents(found, here.settings.template_folders)
    assert "feedback.json" not in files
    assert "feedback" not in files["README.md"].decode()
    assert "think" not in render((SHIPPED,), "hot-debrief", found.record.dossiers["en"])
