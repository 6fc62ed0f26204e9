"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_work_orders()
    _create_alarms()
    _create_what_belongs_to_alarms()
    _create_what_happened()
    _create_access()
    _create_intake()


def _create_work_orders() -> None:
    op.create_table(
        "work_orders",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("asset", sa.String(length=64), nullable=False),
        sa.Column("grp", sa.String(length=64)),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.String(length=16)),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text()),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("completed_at", sa.BigInteger()),
        sa.Column("verified_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "one_open_work_order",
        "work_orders",
        ["site", "asset", "grp"],
        unique=True,
        sqlite_where=sa.text("grp IS NOT NULL AND status NOT IN ('closed', 'cancelled')"),
        postgresql_where=sa.text("grp IS NOT NULL AND status NOT IN ('closed', 'cancelled')"),
    )
    op.create_index("work_orders_by_asset", "work_orders", ["asset", "number"])


def _create_alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("asset", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("grp", sa.String(length=64), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("order_priority", sa.String(length=16)),
        sa.Column("order_skill", sa.Text()),
        sa.Column("re_alarm_ms", sa.BigInteger(), nullable=False),
        sa.Column("reopen_within_ms", sa.BigInteger(), nullable=False),
        sa.Column("active_since", sa.BigInteger(), nullable=False),
        sa.Column("activated_at", sa.BigInteger(), nullable=False),
        sa.Column("activations", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_by", sa.Text()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("cleared_at", sa.BigInteger()),
        sa.Column("unknown_since", sa.BigInteger()),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("value", sa.Float()),
        sa.Column("point", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("work_order", Number),
        sa.Column("order_closed_at", sa.BigInteger()),
        sa.Column("re_alarm_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["work_order"], ["work_orders.number"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("alarms_by_asset", "alarms", ["asset", "number"])
    op.create_index("alarms_by_re_alarm", "alarms", ["re_alarm_at"])
    op.create_index(
        "one_open_alarm",
        "alarms",
        ["site", "asset", "rule"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _create_what_belongs_to_alarms() -> None:
    op.create_table(
        "activations",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("asset", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("activated_at", sa.BigInteger(), nullable=False),
        sa.Column("alarm_id", sa.String(length=20)),
        sa.Column("ended_by", sa.String(length=16)),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("site", "asset", "rule", "activated_at", name="one_activation"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shelves",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("asset", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "asset", "rule"),
    )
    op.create_index("ix_shelves_until", "shelves", ["until"])
    op.create_table(
        "work_order_alarms",
        sa.Column("work_order", Number, nullable=False),
        sa.Column("alarm_id", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarms.id"]),
        sa.ForeignKeyConstraint(["work_order"], ["work_orders.number"]),
        sa.PrimaryKeyConstraint("work_order", "alarm_id"),
    )
    op.create_index("ix_work_order_alarms_alarm_id", "work_order_alarms", ["alarm_id"])


def _create_what_happened() -> None:
    op.create_table(
        "notes",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notes_subject", "notes", ["subject"])
    op.create_table(
        "audit",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "events",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_access() -> None:
    op.create_table(
        "tokens",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", Number),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["token"], ["tokens.number"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "sign_in_codes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", Number),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["token"], ["tokens.number"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_sign_in_codes_expires_at", "sign_in_codes", ["expires_at"])


def _create_intake() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("pipeline", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("pipeline", "topic", "reason", name="one_dead_letters_group"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dead_letters_last", "dead_letters", ["last"])
    op.create_table(
        "unknown_devices",
        sa.Column("number", Number, sa.Identity(), nullable=False),
        sa.Column("pipeline", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("pipeline", "topic", name="one_unknown_devices_group"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_unknown_devices_last", "unknown_devices", ["last"])
    op.create_table(
        "idempotency_keys",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("who", "key"),
    )
    op.create_index("ix_idempotency_keys_at", "idempotency_keys", ["at"])
