"""The declarative base of every table."""

from sqlalchemy import MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NEVER_REUSE_IDS = {"sqlite_autoincrement": True}
"""Table arguments of every table: an id that was given out once never names another row."""


class Base(DeclarativeBase):
    """Every table's base. Constraint names are fixed, so that migrations can name what they change."""

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
    """Mixin of the rows that clients edit: `version` rises by one with each change, so that a stale edit is seen."""

    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
