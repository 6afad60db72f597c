"""When each of a sender's secrets was last of use. A secret stands here by its mark, which does not give it away."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from executor.ledger.prepared import Prepared, Statement, upsert
from executor.ledger.rows import SecretUse, from_microseconds, to_microseconds
from executor.ledger.tables import secret_uses


def _keep_newest(dialect: str) -> Statement:
    new = upsert(dialect, secret_uses)
    return new.on_conflict_do_update(
        index_elements=list(secret_uses.primary_key),
        set_={"last_used_at": new.excluded.last_used_at},
        where=secret_uses.c.last_used_at < new.excluded.last_used_at,
    )


_NOTE = Prepared(_keep_newest)


def note_secret_uses(connection: Connection, uses: Iterable[SecretUse]) -> None:
    """Several processes may tell of the same secret, in any order: the newest time stays."""
    rows = [
        {"sender": use.sender, "mark": use.mark, "way": use.way, "last_used_at": to_microseconds(use.last_used_at)}
        for use in sorted(uses)  # in one order for everybody, so that none block each other
    ]
    for row in rows:
        _NOTE.run(connection, row)


def all_secret_uses(connection: Connection) -> tuple[SecretUse, ...]:
    """Newest first."""
    rows = connection.execute(select(secret_uses).order_by(secret_uses.c.last_used_at.desc()))
    return tuple(SecretUse(row.sender, row.mark, row.way, from_microseconds(row.last_used_at)) for row in rows)
