"""What the newest signal of a lane wants: an exit counts only for the side that is wanted."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lanes", sa.Column("last_target", sa.Text(), nullable=True))
