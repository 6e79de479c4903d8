"""Settings, read once from the environment."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

import sop_templates

SHIPPED = Path(sop_templates.__file__).parent


class Settings(BaseSettings):
    """`OPSFLOW_*` variables.

    `OPSFLOW_WORKSPACE`: the folder `opsflow init` wrote. `OPSFLOW_DATABASE_URL`: an SQLAlchemy URL; by default
    `.opsflow/opsflow.db` in the workspace. `OPSFLOW_PERSON`: who acts on the command line, unless `--by` says so.
    """

    model_config = SettingsConfigDict(env_prefix="OPSFLOW_", frozen=True)

    workspace: Path | None = None
    database_url: str = ""
    person: str = ""

    @property
    def database(self) -> str:
        """The database's URL; a workspace without one of its own keeps it in `.opsflow/opsflow.db`."""
        if self.database_url:
            return self.database_url
        folder = (self.workspace or Path.cwd()).resolve() / ".opsflow"
        return f"sqlite:///{folder / 'opsflow.db'}"

    @property
    def messages_file(self) -> Path:
        """Where the console channel keeps what it sent."""
        return (self.workspace or Path.cwd()).resolve() / ".opsflow" / "messages.jsonl"

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Where templates are looked for, the workspace's own `sop_templates/` first."""
        own = (self.workspace / "sop_templates",) if self.workspace else ()
        return (*own, SHIPPED)
