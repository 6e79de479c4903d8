"""Settings, read once from the environment."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

import sop_templates
from opsflow.kernel.errors import BadInput
from opsflow.kernel.mailing import EXPECTED as MAIL_SERVER
from opsflow.kernel.mailing import mail_server

SHIPPED = Path(sop_templates.__file__).parent
SILENT = timedelta(seconds=90)


PREFIX = "OPSFLOW_"
EXPECTED = {
    "mail_url": f"an address such as {MAIL_SERVER}",
    "silent_seconds": "a number of seconds from 1 to 86400",
    "slack_api_url": "an address such as https://slack.com/api/",
}
"""What those variables may be that not every text is good for."""


class Settings(BaseSettings):
    """`OPSFLOW_*` variables.

    `OPSFLOW_WORKSPACE`: the folder `opsflow init` wrote. `OPSFLOW_DATABASE_URL`: an SQLAlchemy URL; by default
    `.opsflow/opsflow.db` in the workspace. `OPSFLOW_PERSON`: who acts on the command line, unless `--by` says so.
    `OPSFLOW_SLACK_BOT_TOKEN`: people are told in Slack, and may press buttons there when one of the two is set:
    `OPSFLOW_SLACK_APP_TOKEN` (Socket Mode) or `OPSFLOW_SLACK_SIGNING_SECRET` (HTTP); see docs/slack.md.
    `OPSFLOW_MAIL_URL`: the mail server that takes letters to participants, such as
    `smtp://user:password@mail.example.com:587?from=campaigns@example.com` (docs/feedback.md); without it somebody sends
    them from files.
    `OPSFLOW_PUBLIC_URL`: where people's browsers find the pages, such as `https://opsflow.example.com`; without it the
    pages answer this machine alone, and messages carry no links. `OPSFLOW_SECRET`: what links are signed with; by default a
    random one in the workspace's `.opsflow/secret`. Machines that share a database share the secret.
    `OPSFLOW_CHECKPOINTS`: the file to which signed checkpoints of the journal are appended, best where the database's
    administrator may not change it; by default `.opsflow/checkpoints.jsonl` in the workspace. `OPSFLOW_CHECKPOINT_KEY`: the
    secret their signatures are made with; by default a random one in `.opsflow/checkpoint_key`.
    `OPSFLOW_SILENT_SECONDS`: how long a launched run may leave its wake unanswered before it is taken for lost and the next
    attempt is launched.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    workspace: Path | None = None
    database_url: str = ""
    person: str = ""
    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    mail_url: SecretStr = SecretStr("")
    public_url: str = ""
    secret: SecretStr = SecretStr("")
    checkpoints: Path | None = None
    checkpoint_key: SecretStr = SecretStr("")
    silent_seconds: float = Field(default=SILENT.total_seconds(), ge=1, le=86_400, allow_inf_nan=False)

    @field_validator("slack_api_url")
    @classmethod
    def _slack_is_on_the_web(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError(EXPECTED["slack_api_url"])
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail_has_a_server(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            try:
                mail_server(value.get_secret_value())
            except BadInput as error:
                raise ValueError(str(error)) from None
        return value

    def __init__(self, **values: Any) -> None:
        """Read the environment; what is given takes precedence. BadInput: a variable cannot be read."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise BadInput(" ".join(_unreadable(each) for each in error.errors())) from None

    @property
    def silent(self) -> timedelta:
        """How long a run may be silent before it is taken for lost."""
        return timedelta(seconds=self.silent_seconds)

    @property
    def database(self) -> str:
        """The database's URL; a workspace without one of its own keeps it in `.opsflow/opsflow.db`."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{self._folder / 'opsflow.db'}"

    @property
    def secret_file(self) -> Path:
        """Where the secret of signed links is kept, unless the environment names one."""
        return self._folder / "secret"

    @property
    def messages_file(self) -> Path:
        """Where the console channel keeps what it sent."""
        return self._folder / "messages.jsonl"

    @property
    def checkpoints_file(self) -> Path:
        """Where checkpoints of the journal are kept."""
        return self.checkpoints or self._folder / "checkpoints.jsonl"

    @property
    def checkpoint_key_file(self) -> Path:
        """Where the key of checkpoints is kept, unless the environment names one."""
        return self._folder / "checkpoint_key"

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Where templates are looked for, the workspace's own `sop_templates/` first."""
        own = (self.workspace / "sop_templates",) if self.workspace else ()
        return (*own, SHIPPED)

    @property
    def _folder(self) -> Path:
        return (self.workspace or Path.cwd()).resolve() / ".opsflow"


def _unreadable(error: ErrorDetails) -> str:
    field = str(error["loc"][0])
    if Settings.model_fields[field].annotation is SecretStr:
        why = str(error.get("ctx", {}).get("error", f"expected {EXPECTED[field]}"))
        return f"{PREFIX}{field.upper()} cannot be used (it is secret and not shown): {why}. Correct it, or unset it."
    return (
        f"{PREFIX}{field.upper()} is `{error['input']}`: expected {EXPECTED[field]}. Correct it, or unset it for "
        f"{Settings.model_fields[field].default}."
    )
