"""Statements of the hot verbs: written with SQLAlchemy, compiled once, and then run by the driver itself.

SQLAlchemy's own execution costs some 40 µs more for each; an order needs
twenty of them.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Dialect, Insert, Select, Table, Update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

Statement = Insert | Update | Select[Any]
# The SQL, the order of its parameters (None: they go by name), and those that are part of the statement
Form = tuple[str, list[str] | None, dict[str, Any]]


class Compiled:
    """A statement, or a function that makes it for a dialect of that name. Always run with the same set of values.

    JSON columns take text: see `as_json` in columns.py.
    """

    def __init__(self, statement: Statement | Callable[[str], Statement]) -> None:
        self._statement = statement
        self._forms: dict[str, Form] = {}

    def run(self, connection: Connection, values: dict[str, Any]) -> int:
        """How many rows it changed."""
        return self._execute(connection, values).rowcount

    def first(self, connection: Connection, values: dict[str, Any]) -> Any:
        """The first row as a tuple, or None."""
        return self._execute(connection, values).fetchone()

    def rows(self, connection: Connection, values: dict[str, Any]) -> Sequence[Any]:
        """All rows, as tuples."""
        return self._execute(connection, values).fetchall()

    def _execute(self, connection: Connection, values: dict[str, Any]) -> DBAPICursor:
        form = self._forms.get(connection.dialect.name)
        if form is None:
            form = self._forms[connection.dialect.name] = self._compile(connection.dialect, list(values))
        sql, order, constants = form
        given = constants | values if constants else values
        if order is None:
            return execute(connection, sql, given)
        return execute(connection, sql, tuple([given[name] for name in order]))

    def _compile(self, dialect: Dialect, names: list[str]) -> Form:
        statement = self._statement(dialect.name) if callable(self._statement) else self._statement
        if isinstance(statement, Insert):
            compiled = statement.inline().compile(dialect=dialect, column_keys=names)
        else:
            compiled = statement.compile(dialect=dialect)
        constants = {name: value for name, value in compiled.params.items() if name not in names}
        return str(compiled), compiled.positiontup, constants


def upsert(dialect: str, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """The dialect's own insert, which knows ON CONFLICT. Only the module of that dialect is loaded."""
    module = import_module(f"sqlalchemy.dialects.{dialect}")
    statement: sqlite.Insert | postgresql.Insert = module.insert(table)
    return statement


def execute(connection: Connection, sql: str, parameters: Any) -> DBAPICursor:
    """Raises what SQLAlchemy would raise."""
    errors = connection.dialect.loaded_dbapi.Error
    try:
        # not DB API 2.0, but both drivers have it
        cursor: DBAPICursor = connection.connection.dbapi_connection.execute(sql, parameters)  # type: ignore[union-attr]
    except errors as error:
        raise DBAPIError.instance(sql, parameters, error, errors, dialect=connection.dialect) from error
    return cursor
