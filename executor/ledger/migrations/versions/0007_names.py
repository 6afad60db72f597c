"""Orders and sends know the account at the exchange by a mark of its key, not by its name alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_IN_FLIGHT = sa.text("state IN ('sent', 'accepted', 'in_doubt')")


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
