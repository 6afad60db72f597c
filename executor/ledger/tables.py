"""The ledger's tables. Times are whole microseconds since 1970, UTC; sizes are text, so that no digit is lost.

Times that people read are on the machine's wall clock. Times that something
lasts by are on the ledger's clock (clock.py), and the column says so.

Every page that a transaction touches is written and synced while an alert
waits: hence few indexes, and on SQLite no rowids where the key is a name.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TextClause,
    text,
)

from executor.core.order import State

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON(none_as_null=True)
Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only under this name


def among(*states: State) -> TextClause:
    """The condition that an order is in one of these states.

    SQLite uses a partial index only for exactly the words that it was made with.
    """
    names = ", ".join(repr(state.value) for state in states)
    return text(f"state IN ({names})")


in_flight = among(State.SENT, State.ACCEPTED, State.IN_DOUBT)
unfinished = among(State.QUEUED, State.SENT, State.ACCEPTED, State.IN_DOUBT)

has_differed = text("differed_at IS NOT NULL")
ONE_OF_KEY = "one_in_flight_of_key"

alerts = Table(
    "alerts",
    metadata,
    Column("receipt", Text, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("fields", Json, nullable=False),  # without credentials
    Column("digest", Text, nullable=False),  # of the body as it came
    Column("received_at", BigInteger, nullable=False),
    Column("config_digest", Text, nullable=False),
    Column("differed", Integer, nullable=False, server_default="0"),  # other bodies that came under one of its keys
    Column("differed_at", BigInteger),  # the last of them
    sqlite_with_rowid=False,
)

dedupe = Table(
    "dedupe",
    metadata,
    Column("key", Text, primary_key=True),
    Column("receipt", Text, nullable=False),  # no foreign key: SQLite would read the whole table for each alert
    Column("digest", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # the ledger's clock
    sqlite_with_rowid=False,
)

orders = Table(
    "orders",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("receipt", Text, ForeignKey("alerts.receipt"), nullable=False, index=True),
    Column("account", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("intent", Json, nullable=False),
    Column("signal_at", BigInteger),  # when the sender says it was sent
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("not_before", BigInteger),  # the ledger's clock
    Column("position_before", Json),
    Column("position_after", Json),
    Column("plan", Json),  # the position that the last sending was to bring about
    Column("decided", Text),
    Column("awaits", Text, nullable=False, server_default=""),  # why it has no end yet, and what would bring one
    Column("may_run_until", BigInteger),  # of an order in doubt; the ledger's clock
    Column("config_digest", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("history", Text, nullable=False, server_default=""),  # see columns.py
    # the ledger's clock; both are null in orders older than these columns
    Column("arrived_at", BigInteger),
    Column("deadline", BigInteger),  # the end of its max_age
    Column("key_mark", Text),  # of the last sending; null: not known, and then equal to none
)
_lane = (orders.c.account, orders.c.symbol)
# The lane's lock: at most one order of a lane is at the exchange, and the
# database keeps that rule. The same holds for an account whose name has
# changed, which its key tells.
_PARTIAL = {
    Index("one_in_flight", *_lane, unique=True, sqlite_where=in_flight): in_flight,
    Index(ONE_OF_KEY, orders.c.key_mark, orders.c.symbol, unique=True, sqlite_where=in_flight): in_flight,
    Index("unfinished", *_lane, orders.c.seq, sqlite_where=unfinished): unfinished,
    Index("differing", alerts.c.differed_at, sqlite_where=has_differed): has_differed,
}

sends = Table(
    "sends",
    metadata,
    Column("order_id", Text, ForeignKey("orders.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("client_order_id", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("request", Json, nullable=False),
    Column("signed_at", BigInteger, nullable=False),  # the exchange's clock
    Column("at", BigInteger, nullable=False),  # the machine's
    Column("outcome", Text),
    Column("exchange_order_id", Text),
    Column("answered_at", BigInteger),
    Column("answered", Integer),  # 1: in doubt although the exchange has answered; null: not known
    Column("left_at", BigInteger),  # the ledger's clock
    Column("key_mark", Text, nullable=False, server_default=""),  # of the account's key; empty: not known
    Index("sends_of_lane", "account", "symbol", "left_at"),
    sqlite_with_rowid=False,
)

lanes = Table(
    "lanes",
    metadata,
    Column("account", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    # The newest signal that was decided: when its sender says it was sent, in steps of how many microseconds, and
    # when it arrived, on the ledger's clock.
    Column("last_signal_at", BigInteger),
    Column("last_signal_step", BigInteger),
    Column("last_arrived_at", BigInteger),
    Column("last_target", Text),  # what it wants
    Column("last_leaves", Text),  # which side it leaves, if its sender says so
    Column("position_before", Json),  # what was held before the last order; a read that lags may still show it
    Column("ended_at", BigInteger),  # when that order ended; the ledger's clock
    Column("long_guarded_until", BigInteger),  # a request that may still run would close what is built up until then
    Column("short_guarded_until", BigInteger),  # both on the ledger's clock
    sqlite_with_rowid=False,
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # the ledger's clock
)

watches = Table(
    "watches",
    metadata,
    Column("name", Text, primary_key=True),  # of an account at an exchange, without its key
    Column("owner", Text, nullable=False),  # the node that reads for all
    Column("lease_until", BigInteger, nullable=False),
    Column("trouble", Text),  # why it cannot read just now
)

watch_reads = Table(
    "watch_reads",
    metadata,
    Column("watch", Text, primary_key=True),
    Column("product_type", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),  # on a clock that all processes share: see watches.py
    Column("positions", Text, nullable=False),
)

halts = Table(
    "halts",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("account", Text),  # null: every account
    Column("symbol", Text),  # null: every symbol
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),  # the ledger's clock
    Column("lifted_at", BigInteger),
    Column("lifted_by", Text),
    Index("halts_in_force", "lifted_at", "expires_at"),
    sqlite_autoincrement=True,
)

secret_uses = Table(
    "secret_uses",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("mark", Text, primary_key=True),  # of the secret, which itself is never written down
    Column("way", Text, primary_key=True),
    Column("last_used_at", BigInteger, nullable=False),
)

# One row, and on SQLite only.
ledger_clock = Table(
    "ledger_clock",
    metadata,
    Column("boot", Text, primary_key=True),  # the id of the machine's start
    Column("offset", BigInteger, nullable=False),  # this clock minus the time since then
    Column("latest", BigInteger, nullable=False),  # the latest time that is known to have been
)


def prepare_for_postgresql() -> None:
    """Give its dialect the partial indexes. Only where it is used: naming a dialect loads it, which takes 3 MB."""
    for index, where in _PARTIAL.items():
        index.dialect_kwargs["postgresql_where"] = where
