"""Which side the newest signal of a lane leaves: that orders two alerts of one moment."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lanes", sa.Column("last_leaves", sa.Text(), nullable=True))
