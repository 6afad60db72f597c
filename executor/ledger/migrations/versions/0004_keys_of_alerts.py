"""The keys that alerts are known by refer to no table: SQLite read all of them whenever an alert was stored."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_dedupe_receipt", "dedupe", type_="foreignkey")
        return
    op.execute("CREATE TABLE kept AS SELECT * FROM dedupe")
    op.drop_table("dedupe")
    op.create_table(
        "dedupe",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_dedupe")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO dedupe SELECT key, receipt, digest, expires_at FROM kept")
    op.drop_table("kept")
