"""What every table is made with."""

from collections.abc import Iterable

from sqlalchemy import Column, ColumnElement, MetaData, String, literal_column

from storage.columns import AwareDateTime

# Every constraint has a name from the start, because SQLite can only change what it can name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def state_in(column: Column[str], states: Iterable[str]) -> ColumnElement[bool]:
    """`column IN ('a', 'b')` with the words written out.

    SQLite uses a partial index only where the query repeats the index's condition word for word; a
    bound parameter would not do.
    """
    return column.in_([literal_column(f"'{state}'") for state in states])


def uuid_key() -> Column[str]:
    return Column("id", String(36), primary_key=True)


def moment(name: str, nullable: bool = False) -> Column[object]:
    return Column(name, AwareDateTime(), nullable=nullable)
