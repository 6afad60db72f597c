"""What lasts goes by the ledger's clock: a place for it on SQLite, and for the times on it that were missing.

With them, signals are compared by when they arrived as well.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_clock",
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("boot", name=op.f("pk_ledger_clock")),
    )
    op.add_column("orders", sa.Column("arrived_at", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("deadline", sa.BigInteger(), nullable=True))
    op.add_column("lanes", sa.Column("last_signal_step", sa.BigInteger(), nullable=True))
    op.add_column("lanes", sa.Column("last_arrived_at", sa.BigInteger(), nullable=True))
    op.add_column("sends", sa.Column("left_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE sends SET left_at = at")
    op.drop_index("sends_of_lane", table_name="sends")
    op.create_index("sends_of_lane", "sends", ["account", "symbol", "left_at"], unique=False)
