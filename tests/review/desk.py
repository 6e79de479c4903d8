"""A workspace whose SOP may be changed: the small SOP, an organisation, and a campaign under way."""

import json
from pathlib import Path
from typing import Any

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import Settings
from tests.campaigns.planning import organisation
from tests.engine.small import content, in_workspace


def workspace(database: Database, clock: VirtualClock, folder: Path, sop: dict[str, Any] | None = None) -> Context:
    """A context with the small SOP (or another) in a workspace with an org.yaml."""
    settings = Settings(workspace=None, database_url=database.url)
    ctx = in_workspace(Context(settings, database, clock, MemoryLauncher(), {"memory": MemoryChannel()}), folder, sop)
    written = organisation().model_dump(mode="json", exclude_defaults=True)
    (folder / "org.yaml").write_text(json.dumps(written, indent=1), encoding="utf-8")
    return ctx


def edited(folder: Path, *, name: str = "edited.yaml", **changes: Any) -> Path:
    """A copy of the first version, with other lengths of a task: `E1={"S": 5, ...}`; other parts by their name."""
    parts = content()
    for code, days in changes.items():
        if code in parts:
            parts[code] = days
        else:
            parts["tasks"] = [task | {"days": days} if task["id"] == code else task for task in parts["tasks"]]
    file = folder / name
    # As a person keeps it: each part on a line of its own. JSON is YAML, but for `null`.
    lines = (f"{part}: {json.dumps(value)}".replace(": null", ": ") for part, value in parts.items())
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


FIVE = {"S": 5, "A": 3, "B": 1, "C": 1}
