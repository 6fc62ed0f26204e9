"""Retention policies of a database on a server of version 1; on others their operator makes them."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.storage.series.influx.connection import InfluxConnection, identifier, literal
from plantroom.storage.series.tiers import DAY_MS, Retention, Tier

log = logging.getLogger(__name__)

_HOURS_MINUTES_SECONDS: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_SHARDS_MS: Final = {Tier.MINUTES: 30 * DAY_MS, Tier.HOURS: 365 * DAY_MS, None: 7 * DAY_MS}
"""How long a shard is: long enough that a dashboard opens few."""
_OURS: Final = "plantroom_"
_MADE_BY_WRITERS: Final = "autogen"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    name: str
    duration: int
    """ms; 0: for ever."""
    is_default: bool


class Policies:
    """The retention policies of one database, as far as we may see and set them."""

    def __init__(self, connection: InfluxConnection, *, sites: Sequence[str]) -> None:
        """Use `connection`, whose address names the samples' policy if it is not the default one."""
        self._connection = connection
        self._sites = sites
        self._database = identifier(connection.address.database)

    def raw_name(self) -> str:
        """Return the name of the samples' policy."""
        named = self._connection.address.retention_policy
        default = [each.name for each in self._found() or () if each.is_default]
        return named or (default[0] if default else _MADE_BY_WRITERS)

    def make_missing(self, retention: Retention) -> tuple[str, ...]:
        """Make the tiers' policies; return why those that are missing cannot be made."""
        found = self._found()
        if found is None:
            return ()
        names = {each.name for each in found}
        complaints = []
        for tier in Tier:
            if tier.value in names:
                continue
            error = self._ask("CREATE", tier.value, duration=retention.of(tier), shards=_SHARDS_MS[tier])
            if error:
                complaints.append(
                    f"retention policy {tier.value!r} is missing, see `plantroom influx setup`: {error}"
                )
        return tuple(complaints)

    def set_durations(self, retention: Retention) -> tuple[str, ...]:
        """Let each policy keep at least as long as is asked; return what is kept otherwise.

        What somebody has set is never shortened, for that deletes. What keeps for ever because the database
        was made by a writer, `autogen`, is given its duration where nobody else uses it.
        """
        found = {each.name: each for each in self._found() or ()}
        raw = self.raw_name()
        wanted = {tier.value: (retention.of(tier), _SHARDS_MS[tier]) for tier in Tier}
        wanted[raw] = (retention.raw, _SHARDS_MS[None])
        complaints = []
        for name, (duration, shards) in wanted.items():
            has = found[name].duration if name in found else 0
            if has and (duration is None or duration > has):
                self._alter(name, duration, shards)
            elif has and duration != has:
                complaints.append(
                    f"retention policy {name!r} keeps {has // DAY_MS} days: `plantroom influx setup "
                    "--apply-retention` shortens it"
                )
        if raw == _MADE_BY_WRITERS and raw in found and not found[raw].duration and retention.raw:
            complaints += self._limit(raw, retention.raw)
        return tuple(complaints)

    def _limit(self, name: str, duration: int) -> list[str]:
        """Let a policy that keeps for ever keep so long (ms), unless others use it, which is returned."""
        others = self._others()
        if others:
            return [f"retention policy {name!r} keeps what is not ours, such as {others}: its duration stays"]
        if others is not None:
            self._alter(name, duration, _SHARDS_MS[None])
        return []

    def _alter(self, name: str, duration: int | None, shards: int) -> None:
        error = self._ask("ALTER", name, duration=duration, shards=shards)
        if error:
            log.info("retention policy keeps its duration", extra={"policy": name, "error": error})

    def _ask(self, verb: str, name: str, *, duration: int | None, shards: int) -> str:
        """Create or alter a policy; return why the server does not."""
        replication = " REPLICATION 1" if verb == "CREATE" else ""
        kept = "INF" if duration is None else f"{duration // 3_600_000}h"
        shard = shards if duration is None else min(shards, duration)
        try:
            self._connection.query(
                [
                    f"{verb} RETENTION POLICY {identifier(name)} ON {self._database} DURATION {kept}"
                    f"{replication} SHARD DURATION {shard // 3_600_000}h"
                ]
            )
        except (StoreUnavailable, StoreRejected) as error:
            return str(error)
        return ""

    def _found(self) -> list[_Policy] | None:
        """Return the database's policies; None where the server does not tell."""
        try:
            (rows,) = self._connection.query([f"SHOW RETENTION POLICIES ON {self._database}"])
        except (StoreUnavailable, StoreRejected):
            return None  # not every version tells, and what is away will be missed by others
        return [
            _Policy(name=row["name"], duration=_ms(row["duration"]), is_default=row["default"])
            for part in rows
            for row in (dict(zip(part.columns, values, strict=True)) for values in part.values)
        ]

    def _others(self) -> str | None:
        """Return a series that is not ours; empty if there is none, None if the server does not tell."""
        ours = " AND ".join(f"site != {literal(site)}" for site in self._sites)
        try:
            (rows,) = self._connection.query([f"SHOW SERIES WHERE {ours} LIMIT 100"])
        except (StoreUnavailable, StoreRejected):
            return None
        keys = [str(key) for part in rows for (key,) in part.values]
        return next((key for key in keys if not key.startswith(_OURS)), "")


def _ms(duration: str) -> int:
    """Return what a duration such as `2160h0m0s` is in ms."""
    matched = _HOURS_MINUTES_SECONDS.fullmatch(duration)
    hours, minutes, seconds = (int(part or 0) for part in matched.groups()) if matched else (0, 0, 0)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000
