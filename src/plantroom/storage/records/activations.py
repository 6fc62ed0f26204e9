"""Every activation that was ever heard of, in the database."""

from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from plantroom.domain.alarm import TransitionKind, alarm_id
from plantroom.domain.occurrence import Activation
from plantroom.storage.records.key import Key, key_values, matches
from plantroom.storage.records.schema import activations


def count_within(connection: Connection, key: Key, *, after: int, until: int) -> int:
    """Return how many activations of (site, asset, rule) began after one time until another (ms)."""
    values = {"after": after, "until": until, **key_values(key)}
    return connection.execute(_COUNT_WITHIN, values).scalar_one()


def find(connection: Connection, key: Key, activated_at: int) -> Activation | None:
    """Return what was heard of the activation at `activated_at`."""
    values = {"same_time": activated_at, **key_values(key)}
    row = connection.execute(_FIND_ACTIVATION, values).mappings().first()
    return _activation(row) if row else None


def last(connection: Connection, key: Key) -> Activation | None:
    """Return the activation of (site, asset, rule) that was heard of last."""
    row = connection.execute(_LAST_ACTIVATION, key_values(key)).mappings().first()
    return _activation(row) if row else None


def alarm_named(connection: Connection, name: str) -> str | None:
    """Return the id of the alarm that the activation of that name (`alarm_id`) belongs to."""
    return connection.execute(_ALARM_NAMED, {"same_name": name}).scalar()


def insert(connection: Connection, key: Key, activation: Activation, alarm: str | None) -> None:
    """Record that an activation was heard of, and to which alarm it belongs."""
    site, asset, rule = key
    values = {"site": site, "asset": asset, "rule": rule, "activated_at": activation.activated_at}
    name = alarm_id(site=site, asset=asset, rule=rule, activated_at=activation.activated_at)
    unseen = {"heard_at": 0, "aside": "", "name": name}
    connection.execute(_INSERT_ACTIVATION, values | unseen | _end_columns(activation, alarm))


def update(connection: Connection, key: Key, activation: Activation, alarm: str | None) -> None:
    """Replace what is recorded of an activation."""
    values = {"same_time": activation.activated_at, **key_values(key)}
    connection.execute(_UPDATE_ACTIVATION, values | _end_columns(activation, alarm))


def mark(connection: Connection, key: Key, activated_at: int, *, heard_at: int, aside: str) -> None:
    """Record when an activation was heard to begin, and as what it was set aside; "": it was shown."""
    values = {"same_time": activated_at, "heard_at": heard_at, "aside": aside, **key_values(key)}
    connection.execute(_MARK_ACTIVATION, values)


def _end_columns(activation: Activation, alarm: str | None) -> dict[str, Any]:
    return {
        "alarm_id": alarm if activation.began else None,
        "ended_by": activation.end.value if activation.end else None,
        "ended_at": activation.ended_at,
        "end_reason": activation.end_reason,
    }


def _activation(row: RowMapping) -> Activation:
    return Activation(
        activated_at=row["activated_at"],
        began=row["alarm_id"] is not None,
        end=TransitionKind(row["ended_by"]) if row["ended_by"] else None,
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
    )


# Built once: building a statement takes longer than running it.
_INSERT_ACTIVATION: Final = activations.insert()
_UPDATE_ACTIVATION: Final = (
    activations.update()
    .where(matches(activations), activations.c.activated_at == bindparam("same_time"))
    .values({name: bindparam(name) for name in ("alarm_id", "ended_by", "ended_at", "end_reason")})
)
_MARK_ACTIVATION: Final = (
    activations.update()
    .where(matches(activations), activations.c.activated_at == bindparam("same_time"))
    .values({name: bindparam(name) for name in ("heard_at", "aside")})
)
_COUNT_WITHIN: Final = select(func.count()).where(
    matches(activations),
    activations.c.activated_at > bindparam("after"),
    activations.c.activated_at <= bindparam("until"),
)
_ALARM_NAMED: Final = select(activations.c.alarm_id).where(
    activations.c.name == bindparam("same_name"), activations.c.alarm_id.is_not(None)
)
_FIND_ACTIVATION: Final = select(activations).where(
    matches(activations), activations.c.activated_at == bindparam("same_time")
)
_LAST_ACTIVATION: Final = (
    select(activations).where(matches(activations)).order_by(activations.c.number.desc()).limit(1)
)
