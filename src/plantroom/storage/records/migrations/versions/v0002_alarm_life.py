"""What people set aside, floods, and who is told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _extend_alarms()
    _extend_activations()
    _create_set_asides()
    _create_floods()
    _create_outbox()


def _extend_alarms() -> None:
    for name in ("latch", "life_safety", "latched", "test"):
        op.add_column("alarms", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alarms", sa.Column("chattering_since", sa.BigInteger()))
    op.add_column("alarms", sa.Column("grouped_under", sa.String(length=20)))
    op.add_column("alarms", sa.Column("re_alarms", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("alarms_by_chattering", "alarms", ["chattering_since"])


def _extend_activations() -> None:
    op.add_column("activations", sa.Column("heard_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("activations", sa.Column("aside", sa.String(length=16), nullable=False, server_default=""))
    op.execute("UPDATE activations SET heard_at = activated_at")
    op.create_index("ix_activations_heard_at", "activations", ["heard_at"])
    op.create_index("activations_by_time", "activations", ["activated_at"])


def _create_set_asides() -> None:
    op.create_table(
        "set_asides",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("asset", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("one_shot", sa.Boolean(), nullable=False),
        sa.Column("life_safety", sa.Boolean(), nullable=False),
        sa.Column("remind_at", sa.BigInteger()),
        sa.Column("work_order", Number),
        sa.ForeignKeyConstraint(["work_order"], ["work_orders.number"]),
        sa.PrimaryKeyConstraint("kind", "site", "asset", "rule"),
    )
    for column in ("until", "remind_at", "work_order"):
        op.create_index(f"ix_set_asides_{column}", "set_asides", [column])
    op.execute(
        "INSERT INTO set_asides (kind, site, asset, rule, until, reason, who, at, one_shot, life_safety)"
        " SELECT 'shelved', site, asset, rule, until, reason, who, at, false, true FROM shelves"
    )
    op.drop_index("ix_shelves_until", "shelves")
    op.drop_table("shelves")


def _create_floods() -> None:
    op.create_table(
        "floods",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("alarms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )


def _create_outbox() -> None:
    op.create_table(
        "notices",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("life_safety", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deliveries",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_by_channel", "deliveries", ["channel", "number"])
    op.create_index("ix_deliveries_ended_at", "deliveries", ["ended_at"])
