"""The tables of the records; the same on SQLite and PostgreSQL. Times are ms since the epoch, UTC."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata: Final = MetaData()

Number: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only columns of the very type INTEGER."""


def _counted(name: str) -> Column[int]:
    return Column(name, Number, Identity(always=False), primary_key=True)


alarms: Final = Table(
    "alarms",
    metadata,
    _counted("number"),
    Column("id", String(20), nullable=False, unique=True),
    Column("site", String(64), nullable=False),
    Column("asset", String(64), nullable=False),
    Column("rule", String(64), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("grp", String(64), nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("order_priority", String(16)),
    Column("order_skill", Text),
    Column("re_alarm_ms", BigInteger, nullable=False),
    Column("reopen_within_ms", BigInteger, nullable=False),
    Column("active_since", BigInteger, nullable=False),
    Column("activated_at", BigInteger, nullable=False),
    Column("activations", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("acknowledged", Boolean, nullable=False),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", BigInteger),
    Column("cleared_at", BigInteger),
    Column("unknown_since", BigInteger),
    Column("told_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("value", Float),
    Column("point", String(64), nullable=False),
    Column("unit", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("work_order", Number, ForeignKey("work_orders.number")),
    Column("order_closed_at", BigInteger),
    Column("re_alarm_at", BigInteger),
    Column("latch", Boolean, nullable=False, server_default=false()),
    Column("life_safety", Boolean, nullable=False, server_default=false()),
    Column("latched", Boolean, nullable=False, server_default=false()),
    Column("chattering_since", BigInteger),
    Column("test", Boolean, nullable=False, server_default=false()),
    Column("grouped_under", String(20)),
    Column("re_alarms", Integer, nullable=False, server_default="0"),
    Column("suppressed", Boolean, nullable=False, server_default=false()),
    Column("suppressed_reason", Text, nullable=False, server_default=""),
    Column("root_alarm", String(20)),
    Column("suppressed_at", BigInteger),
    Column("released_at", BigInteger),
    Column("unseen", Boolean, nullable=False, server_default=false()),
    Index(
        "one_open_alarm",
        "site",
        "asset",
        "rule",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("alarms_by_asset", "asset", "number"),
    Index("alarms_by_re_alarm", "re_alarm_at"),
    Index("alarms_by_chattering", "chattering_since"),
    Index("alarms_by_root", "root_alarm"),
    sqlite_autoincrement=True,
)

activations: Final = Table(
    "activations",
    metadata,
    _counted("number"),
    Column("site", String(64), nullable=False),
    Column("asset", String(64), nullable=False),
    Column("rule", String(64), nullable=False),
    Column("activated_at", BigInteger, nullable=False),
    Column("alarm_id", String(20)),
    Column("ended_by", String(16)),
    Column("ended_at", BigInteger),
    Column("end_reason", Text, nullable=False),
    Column("heard_at", BigInteger, nullable=False, server_default="0", index=True),
    Column("aside", String(16), nullable=False, server_default=""),
    Column("name", String(20), nullable=False, server_default=""),
    UniqueConstraint("site", "asset", "rule", "activated_at", name="one_activation"),
    Index("activations_by_time", "activated_at"),
    Index("activations_by_name", "name"),
    sqlite_autoincrement=True,
)

set_asides: Final = Table(
    "set_asides",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("asset", String(64), primary_key=True),
    Column("rule", String(64), primary_key=True),
    Column("until", BigInteger, index=True),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("one_shot", Boolean, nullable=False),
    Column("life_safety", Boolean, nullable=False),
    Column("remind_at", BigInteger, index=True),
    Column("work_order", Number, ForeignKey("work_orders.number"), index=True),
)

floods: Final = Table(
    "floods",
    metadata,
    _counted("number"),
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("alarms", Integer, nullable=False),
    sqlite_autoincrement=True,
)

notices: Final = Table(
    "notices",
    metadata,
    _counted("number"),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("life_safety", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    sqlite_autoincrement=True,
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    _counted("number"),
    Column("channel", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, index=True),
    Column("delivered", Boolean, nullable=False),
    Column("error", Text, nullable=False),
    Index("deliveries_by_channel", "channel", "number"),
    sqlite_autoincrement=True,
)

OPEN_ORDER: Final = "grp IS NOT NULL AND status NOT IN ('closed', 'cancelled')"

work_orders: Final = Table(
    "work_orders",
    metadata,
    _counted("number"),
    Column("site", String(64), nullable=False),
    Column("asset", String(64), nullable=False),
    Column("grp", String(64)),
    Column("priority", String(16), nullable=False),
    Column("severity", String(16)),
    Column("status", String(16), nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("skill", Text, nullable=False),
    Column("assignee", Text),
    Column("due_at", BigInteger),
    Column("remedy", Text, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("completed_at", BigInteger),
    Column("verified_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("verdict", String(16)),
    Column("verdict_cause", Text, nullable=False, server_default=""),
    Column("verdict_at", BigInteger),
    Column("verdict_by", Text, nullable=False, server_default=""),
    Index(
        "one_open_work_order",
        "site",
        "asset",
        "grp",
        unique=True,
        sqlite_where=text(OPEN_ORDER),
        postgresql_where=text(OPEN_ORDER),
    ),
    Index("work_orders_by_asset", "asset", "number"),
    sqlite_autoincrement=True,
)

work_order_alarms: Final = Table(
    "work_order_alarms",
    metadata,
    Column("work_order", Number, ForeignKey("work_orders.number"), primary_key=True),
    Column("alarm_id", String(20), ForeignKey("alarms.id"), primary_key=True, index=True),
    Column("at", BigInteger, nullable=False),
)

rule_overrides: Final = Table(
    "rule_overrides",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("asset", String(64), primary_key=True),
    Column("rule", String(64), primary_key=True),
    Column("enabled", Boolean),
    Column("params", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, index=True),
)

notes: Final = Table(
    "notes",
    metadata,
    _counted("number"),
    Column("subject", String(64), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_autoincrement=True,
)

audit: Final = Table(
    "audit",
    metadata,
    _counted("number"),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)

events: Final = Table(
    "events",
    metadata,
    _counted("number"),
    Column("at", BigInteger, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("document", Text, nullable=False),
    sqlite_autoincrement=True,
)

marks: Final = Table(
    "marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

tokens: Final = Table(
    "tokens",
    metadata,
    _counted("number"),
    Column("digest", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("revoked_at", BigInteger),
    sqlite_autoincrement=True,
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("token", Number, ForeignKey("tokens.number")),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

sign_in_codes: Final = Table(
    "sign_in_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("token", Number, ForeignKey("tokens.number")),
    Column("expires_at", BigInteger, nullable=False, index=True),
)


def _grouped_log(name: str, *keys: str) -> Table:
    return Table(
        name,
        metadata,
        _counted("number"),
        Column("pipeline", String(64), nullable=False),
        *(Column(key, Text, nullable=False) for key in keys),
        Column("excerpt", Text, nullable=False),
        Column("count", BigInteger, nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False, index=True),
        UniqueConstraint("pipeline", *keys, name=f"one_{name}_group"),
        sqlite_autoincrement=True,
    )


dead_letters: Final = _grouped_log("dead_letters", "topic", "reason")
unknown_devices: Final = _grouped_log("unknown_devices", "topic")

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("who", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)
