"""The base of every model that is read from a file: frozen, and an unknown key is an error."""

from pydantic import BaseModel, ConfigDict


class FileModel(BaseModel):
    """A part of a YAML file. Values arrive as text and are typed by the field."""

    model_config = ConfigDict(extra="forbid", frozen=True)
