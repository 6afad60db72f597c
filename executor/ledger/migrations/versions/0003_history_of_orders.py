"""An order's history moves into its own row."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LINES = {
    "sqlite": "SELECT group_concat(json_array(state, at, reason) || char(10), '') "
    "FROM (SELECT * FROM transitions WHERE order_id = orders.id ORDER BY id)",
    "postgresql": "SELECT string_agg(json_build_array(state, at, reason)::text || chr(10), '' ORDER BY id) "
    "FROM transitions WHERE order_id = orders.id",
}


def upgrade() -> None:
    op.add_column("orders", sa.Column("history", sa.Text(), server_default="", nullable=False))
    op.execute(f"UPDATE orders SET history = coalesce(({_LINES[op.get_bind().dialect.name]}), '')")  # noqa: S608 - ours
    op.drop_table("transitions")
