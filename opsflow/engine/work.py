"""What applying needs: the transaction, the snapshot that was decided on, the notices, and a list of what was done."""

from collections.abc import Mapping, Sequence

from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.notices import Notices
from opsflow.engine.snapshot import Snapshot
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write_all
from opsflow.kernel.values import Value
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.stages.model import Task


class Work:
    """One stage run's transaction."""

    def __init__(self, ctx: Context, session: Session, snapshot: Snapshot) -> None:
        self.ctx = ctx
        self.session = session
        self.snapshot = snapshot
        self.campaign = snapshot.campaign
        self.notices = Notices(snapshot.campaign, snapshot.sop)
        self.did: list[str] = []
        self._tasks: dict[str, Task] = {task.code: task for task in snapshot.tasks}

    def task(self, code: str) -> Task:
        return self._tasks[code]

    def tell(self, notices: Sequence[Notice]) -> None:
        enqueue_all(self.session, notices, now=self.snapshot.now)

    def note(self, action: str, what: str, data: dict[str, Value] | None = None) -> None:
        self.note_all(action, {what: data or {}})

    def note_all(self, action: str, objects: Mapping[str, Mapping[str, Value]]) -> None:
        self.did += [f"{action} {what}" for what in objects]
        write_all(
            self.session,
            at=self.snapshot.now,
            actor=ENGINE,
            action=action,
            campaign=self.campaign.key,
            objects=objects,
        )
