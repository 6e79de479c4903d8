"""What every table rests on: names of constraints, and which column a Python type is."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from opsflow.db.types import Bilingual, Instant
from opsflow.kernel.text import Text

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
JSON_LIST = sa.JSON(none_as_null=True)


class Base(DeclarativeBase):
    """The declarative base; constraints get names, so that an error can be told by them."""

    metadata = sa.MetaData(naming_convention=CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant(),
        Text: Bilingual(none_as_null=True),
        dict[str, Any]: sa.JSON(),
        list[str]: JSON_LIST,
        list[dict[str, str]]: JSON_LIST,
    }
