"""Alarms that the rules suppress, and of what they are consequences."""

import sqlalchemy as sa
from alembic import op

from plantroom.domain.alarm import alarm_id

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("suppressed", "unseen"):
        op.add_column("alarms", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("suppressed_at", "released_at"):
        op.add_column("alarms", sa.Column(name, sa.BigInteger()))
    op.add_column("alarms", sa.Column("suppressed_reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("alarms", sa.Column("root_alarm", sa.String(length=20)))
    op.create_index("alarms_by_root", "alarms", ["root_alarm"])
    op.add_column("activations", sa.Column("name", sa.String(length=20), nullable=False, server_default=""))
    op.create_index("activations_by_name", "activations", ["name"])
    _name_open_activations()


def _name_open_activations() -> None:
    """Name what may be a root: only the activations of open alarms."""
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT activations.number, activations.site, activations.asset, activations.rule,"
            " activations.activated_at FROM activations JOIN alarms ON alarms.id = activations.alarm_id"
            " WHERE alarms.closed_at IS NULL"
        )
    ).all()
    for number, site, asset, rule, activated_at in found:
        name = alarm_id(site=site, asset=asset, rule=rule, activated_at=activated_at)
        values = {"name": name, "number": number}
        connection.execute(sa.text("UPDATE activations SET name = :name WHERE number = :number"), values)
