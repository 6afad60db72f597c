"""When each of a sender's secrets was last used. A secret stands here by its mark, which does not reveal it."""

from collections.abc import Collection

from sqlalchemy import select

from executor.ledger.columns import from_microseconds, to_microseconds
from executor.ledger.records import SecretUse
from executor.ledger.statements import Compiled, Statement, upsert
from executor.ledger.tables import secret_uses
from executor.ledger.transactions import Subject, Transaction, reading, writing


def _keep_newest(dialect: str) -> Statement:
    new = upsert(dialect, secret_uses)
    return new.on_conflict_do_update(
        index_elements=list(secret_uses.primary_key),
        set_={"last_used_at": new.excluded.last_used_at},
        where=secret_uses.c.last_used_at < new.excluded.last_used_at,
    )


_KEEP_NEWEST = Compiled(_keep_newest)
_ALL = select(secret_uses).order_by(secret_uses.c.last_used_at.desc())


class SecretUseStore(Subject):
    @writing
    def record(self, tx: Transaction, uses: Collection[SecretUse]) -> None:
        """Several processes may record uses of the same secret, in any order: the newest time stays."""
        for use in sorted(uses):  # every process in the same order, so that none blocks another
            row = {
                "sender": use.sender,
                "mark": use.mark,
                "way": use.way,
                "last_used_at": to_microseconds(use.last_used_at),
            }
            _KEEP_NEWEST.run(tx.connection, row)

    @reading
    def all(self, tx: Transaction) -> tuple[SecretUse, ...]:
        """Newest first."""
        rows = tx.connection.execute(_ALL)
        return tuple(SecretUse(row.sender, row.mark, row.way, from_microseconds(row.last_used_at)) for row in rows)
