"""What people found where work was over."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("work_orders", sa.Column("verdict", sa.String(length=16)))
    op.add_column("work_orders", sa.Column("verdict_at", sa.BigInteger()))
    for name in ("verdict_cause", "verdict_by"):
        op.add_column("work_orders", sa.Column(name, sa.Text(), nullable=False, server_default=""))
