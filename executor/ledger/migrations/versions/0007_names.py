"""Orders and sends know the account at the exchange by a mark of its key, not by its name alone; and alerts know of
others that were taken for their repetitions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_IN_FLIGHT = sa.text("state IN ('sent', 'accepted', 'in_doubt')")
_HAS_DIFFERED = sa.text("differed_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("sends", sa.Column("key_mark", sa.Text(), server_default="", nullable=False))
    op.add_column("orders", sa.Column("key_mark", sa.Text(), nullable=True))
    op.create_index(
        "one_in_flight_of_key",
        "orders",
        ["key_mark", "symbol"],
        unique=True,
        sqlite_where=_IN_FLIGHT,
        postgresql_where=_IN_FLIGHT,
    )
    op.add_column("alerts", sa.Column("differed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("alerts", sa.Column("differed_at", sa.BigInteger(), nullable=True))
    op.create_index("differing", "alerts", ["differed_at"], sqlite_where=_HAS_DIFFERED, postgresql_where=_HAS_DIFFERED)
