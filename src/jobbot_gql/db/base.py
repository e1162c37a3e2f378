"""Declarative base of all tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import MetaData, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, object_session, relationship

from jobbot_gql.db.sql.column_types import StrictBoolean

if TYPE_CHECKING:
    from jobbot_gql.history.models import Change

NEVER_REUSE_IDS = {"sqlite_autoincrement": True}
"""Table arguments of every table, so that SQLite never reuses the id of a deleted row."""


class Base(DeclarativeBase):
    """Base of all models. Constraints have fixed names, so that migrations can refer to them."""

    type_annotation_map: ClassVar = {bool: StrictBoolean}

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Editable:
    """Mixin of models that clients edit. Each update increments `version`, for optimistic locking."""

    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    @declared_attr
    def history(cls) -> Mapped[list[Change]]:  # noqa: N805 - SQLAlchemy's idea of a class method
        """The row's changes in the change log."""
        name = cls.__name__  # type: ignore[attr-defined] # a class
        return relationship(
            "Change",
            primaryjoin=f"and_(foreign(Change.entity_id) == {name}.id, Change.entity == '{name}')",
            viewonly=True,
            lazy="raise",
        )


@event.listens_for(Editable, "before_update", propagate=True)
def _raise_version(mapper: Any, connection: Any, row: Any) -> None:
    session = object_session(row)
    if session and session.is_modified(row, include_collections=False):
        row.version += 1
