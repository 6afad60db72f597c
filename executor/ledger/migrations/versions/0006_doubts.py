"""Why an order is in doubt and until when, and what a lane held before its last order."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("awaits", sa.Text(), server_default="", nullable=False))
    op.add_column("orders", sa.Column("may_run_until", sa.BigInteger()))
    op.add_column("sends", sa.Column("answered", sa.Integer()))
    op.add_column("lanes", sa.Column("position_before", sa.JSON(none_as_null=True)))
    for name in ("ended_at", "long_guarded_until", "short_guarded_until"):
        op.add_column("lanes", sa.Column(name, sa.BigInteger()))
