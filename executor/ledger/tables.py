"""The ledger's tables. Times are whole microseconds since 1970, UTC; sizes are text, so that no digit is lost."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

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

alerts = Table(
    "alerts",
    metadata,
    Column("receipt", String(32), primary_key=True),
    Column("sender", String(100), nullable=False),
    Column("fields", Json, nullable=False),  # without credentials
    Column("digest", String(64), nullable=False),  # of the body as it came
    Column("received_at", BigInteger, nullable=False),
    Column("config_digest", String(64), nullable=False),
)

dedupe = Table(
    "dedupe",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("receipt", String(32), ForeignKey("alerts.receipt", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

orders = Table(
    "orders",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True),
    Column("id", String(24), nullable=False, unique=True),
    Column("receipt", String(32), ForeignKey("alerts.receipt"), nullable=False, index=True),
    Column("account", String(100), nullable=False),
    Column("symbol", String(100), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("intent", Json, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("not_before", BigInteger),
    Column("position_before", Json),
    Column("position_after", Json),
    Column("plan", Json),  # the position that the last sending was to bring about
    Column("decided", Text),
    Column("config_digest", String(64), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
_IN_FLIGHT = text("state IN ('sent', 'accepted', 'in_doubt')")
_UNFINISHED = text("state IN ('queued', 'sent', 'accepted', 'in_doubt')")
# At most one order of a lane is at the exchange: the rule that everything rests on is the database's to keep.
Index(
    "one_in_flight",
    orders.c.account,
    orders.c.symbol,
    unique=True,
    sqlite_where=_IN_FLIGHT,
    postgresql_where=_IN_FLIGHT,
)
Index(
    "unfinished",
    orders.c.account,
    orders.c.symbol,
    orders.c.seq,
    sqlite_where=_UNFINISHED,
    postgresql_where=_UNFINISHED,
)

sends = Table(
    "sends",
    metadata,
    Column("order_id", String(24), ForeignKey("orders.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("client_order_id", String(32), nullable=False, unique=True),
    Column("account", String(100), nullable=False),
    Column("symbol", String(100), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("request", Json, nullable=False),
    Column("signed_at", BigInteger, nullable=False),  # the exchange's clock
    Column("at", BigInteger, nullable=False),  # ours
    Column("outcome", String(20)),
    Column("exchange_order_id", String(64)),
    Column("answered_at", BigInteger),
    Index("sends_of_lane", "account", "symbol", "at"),
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("order_id", String(24), ForeignKey("orders.id"), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

lanes = Table(
    "lanes",
    metadata,
    Column("account", String(100), primary_key=True),
    Column("symbol", String(100), primary_key=True),
    Column("owner", String(200), index=True),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("last_signal_at", BigInteger),  # the newest signal time that has had its say
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
)

halts = Table(
    "halts",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("account", String(100)),  # null: every account
    Column("symbol", String(100)),  # null: every symbol
    Column("author", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("lifted_at", BigInteger),
    Column("lifted_by", String(200)),
    Index("halts_in_force", "lifted_at", "expires_at"),
    sqlite_autoincrement=True,
)
