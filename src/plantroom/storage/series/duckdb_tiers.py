"""Minutes and hours in the embedded file."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import FIRST_BAD
from plantroom.storage.series.duckdb_store import DuckDbStore, transaction
from plantroom.storage.series.port import Buckets
from plantroom.storage.series.tier_store import Progress, Stale, Work
from plantroom.storage.series.tiers import Retention, Tier

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS minutes
    (series INTEGER, ts BIGINT, mean DOUBLE, min DOUBLE, max DOUBLE, last DOUBLE, count BIGINT);
CREATE TABLE IF NOT EXISTS hours
    (series INTEGER, ts BIGINT, mean DOUBLE, min DOUBLE, max DOUBLE, last DOUBLE, count BIGINT);
CREATE TABLE IF NOT EXISTS down_sampled (until BIGINT, raw_since BIGINT);
CREATE TABLE IF NOT EXISTS stale (asset VARCHAR, hour BIGINT, touched BIGINT);
"""
_COLUMNS: Final = "series, ts, mean, min, max, last, count"
_OF_ASSETS: Final = "AND series IN (SELECT id FROM series WHERE list_contains($assets, asset))"
_FROM_SAMPLES: Final = f"""
SELECT series, ts - (ts % $width + $width) % $width AS ts, avg(value) FILTER (good) AS mean,
    min(value) FILTER (good) AS min, max(value) FILTER (good) AS max,
    arg_max(value, ts) FILTER (good) AS last, count(*) FILTER (good) AS count
FROM (
    SELECT series, ts, arg_max(value, arrival) AS value,
        arg_max(quality, arrival) < {FIRST_BAD} AND NOT isnan(arg_max(value, arrival)) AS good
    FROM (FROM settled UNION ALL FROM recent)
    WHERE ts >= $start AND ts < $end {{assets}}
    GROUP BY series, ts
)
GROUP BY ALL
"""  # noqa: S608 - made of constants
_FROM_MINUTES: Final = """
SELECT series, minute - (minute % $width + $width) % $width AS ts, sum(mean * count) / sum(count) AS mean,
    min(min) AS min, max(max) AS max, arg_max(last, minute) AS last, sum(count)::BIGINT AS count
FROM (SELECT *, ts AS minute FROM minutes WHERE ts >= $start AND ts < $end {assets})
GROUP BY ALL
"""
_MAKE_ROOM: Final = """
DELETE FROM {tier} WHERE ts >= $start AND ts < $end {assets} AND EXISTS (
    FROM fresh WHERE fresh.series = {tier}.series AND fresh.ts = {tier}.ts
        AND (fresh.ts >= $since OR fresh.count >= {tier}.count)
)
"""
_FILL: Final = f"""
INSERT INTO {{tier}} SELECT {_COLUMNS} FROM fresh WHERE NOT EXISTS (
    FROM {{tier}} AS kept WHERE kept.series = fresh.series AND kept.ts = fresh.ts
) ORDER BY series, ts
"""  # noqa: S608 - made of constants
# A bucket that has become empty stays, with a count of 0: what is made of it must be made anew. One whose
# source is gone, because it is too old, stays as it is.


class DuckDbTiers:
    """A `TierStore` in the file of a `DuckDbStore`."""

    def __init__(self, store: DuckDbStore) -> None:
        self._store = store
        self._is_made = False

    def progress(self) -> Progress | None:
        """See `TierStore`."""
        rows = self._rows("SELECT until, raw_since FROM down_sampled", {})
        return None if not rows else Progress(until=rows[0][0], raw_since=rows[0][1])

    def set_progress(self, progress: Progress) -> None:
        """See `TierStore`."""
        self._make()
        with self._store.cursor() as cursor, transaction(cursor):
            cursor.execute("DELETE FROM down_sampled")
            cursor.execute("INSERT INTO down_sampled VALUES (?, ?)", [progress.until, progress.raw_since])

    def first_sample(self, since: int) -> int | None:
        """See `TierStore`."""
        ((first,),) = self._rows(
            "SELECT min(ts) FROM (FROM settled UNION ALL FROM recent) WHERE ts >= $since", {"since": since}
        )
        return None if first is None else int(first)

    def mark(self, stale: Stale) -> None:
        """See `TierStore`."""
        self._make()
        with self._store.cursor() as cursor:
            cursor.execute(
                "INSERT INTO stale SELECT unnest($assets), unnest($hours), unnest($touched)",
                {
                    "assets": list(stale.assets),
                    "hours": stale.hours.tolist(),
                    "touched": stale.touched.tolist(),
                },
            )

    def stale(self, *, limit: int) -> Stale:
        """See `TierStore`."""
        rows = self._rows(
            "SELECT asset, hour, max(touched) FROM stale GROUP BY ALL ORDER BY hour, asset LIMIT $limit",
            {"limit": limit},
        )
        return Stale(
            assets=tuple(asset for asset, _, _ in rows),
            hours=np.array([hour for _, hour, _ in rows], np.int64),
            touched=np.array([touched for _, _, touched in rows], np.int64),
        )

    def stale_hours(self, *, asset: str, start: int, end: int) -> npt.NDArray[np.int64]:
        """See `TierStore`."""
        rows = self._rows(
            "SELECT DISTINCT hour FROM stale WHERE asset = $asset AND hour >= $start AND hour < $end "
            "ORDER BY hour",
            {"asset": asset, "start": start, "end": end},
        )
        return np.array([hour for (hour,) in rows], np.int64)

    def settle(self, stale: Stale) -> None:
        """See `TierStore`."""
        with self._store.cursor() as cursor:
            cursor.execute(
                "DELETE FROM stale USING (SELECT unnest($assets) AS asset, unnest($hours) AS hour, "
                "unnest($touched) AS touched) AS done "
                "WHERE stale.asset = done.asset AND stale.hour = done.hour AND stale.touched <= done.touched",
                {
                    "assets": list(stale.assets),
                    "hours": stale.hours.tolist(),
                    "touched": stale.touched.tolist(),
                },
            )

    def recompute(self, work: Work) -> int:
        """See `TierStore`."""
        self._make()
        tier, assets = work.tier.value, "" if work.assets is None else _OF_ASSETS
        chosen: dict[str, Any] = {} if work.assets is None else {"assets": list(work.assets)}
        span = {"start": work.start, "end": work.end}
        source = _FROM_SAMPLES if work.tier is Tier.MINUTES else _FROM_MINUTES
        with self._store.cursor() as cursor, transaction(cursor):
            cursor.execute(
                f"CREATE TEMP TABLE fresh AS {source.format(assets=assets)}",
                {**span, **chosen, "width": work.tier.width},
            )
            cursor.execute(
                _MAKE_ROOM.format(tier=tier, assets=assets), {**span, **chosen, "since": work.since}
            )
            cursor.execute(_FILL.format(tier=tier))
            ((made,),) = cursor.execute("SELECT count(*) FROM fresh").fetchall()
            cursor.execute("DROP TABLE fresh")
        return int(made)

    def read(self, tier: Tier, *, asset: str, point: str, start: int, end: int) -> Buckets:
        """See `TierStore`."""
        with self._store.cursor() as cursor:
            columns = cursor.execute(
                f"SELECT ts, mean, min, max, last, count FROM {tier.value} "  # noqa: S608 - ours
                "WHERE series = $series AND ts >= $start AND ts < $end AND count > 0 ORDER BY ts",
                {"series": self._store.series_of(asset, point), "start": start, "end": end},
            ).fetchnumpy()
        return Buckets(**columns)

    def write(self, tier: Tier, *, asset: str, point: str, buckets: Buckets) -> None:
        """See `TierStore`."""
        self._make()
        series = self._store.series_made(asset, point)
        columns = {name: getattr(buckets, name) for name in ("ts", "mean", "min", "max", "last", "count")}
        with self._store.cursor() as cursor, transaction(cursor):
            cursor.register("given", columns)
            cursor.execute(
                f"DELETE FROM {tier.value} WHERE series = $series AND ts IN (SELECT ts FROM given)",  # noqa: S608 - ours
                {"series": series},
            )
            cursor.execute(
                f"INSERT INTO {tier.value} SELECT $series, ts, mean, min, max, last, count FROM given",  # noqa: S608 - ours
                {"series": series},
            )

    def prepare(self, retention: Retention) -> tuple[str, ...]:  # noqa: ARG002 - there is room for any
        """See `TierStore`."""
        self._make()
        return ()

    def forget(self, retention: Retention, *, now: int) -> tuple[str, ...]:
        """See `TierStore`."""
        if retention.raw is not None:
            self._store.drop_before(now - retention.raw)
        with self._store.cursor() as cursor:
            for tier in Tier:
                age = retention.of(tier)
                if age is not None:
                    cursor.execute(f"DELETE FROM {tier.value} WHERE ts < ?", [now - age])  # noqa: S608 - ours
        return ()

    def close(self) -> None:
        """See `TierStore`; the file is the store's."""

    def _rows(self, query: str, parameters: dict[str, Any]) -> list[Any]:
        self._make()
        with self._store.cursor() as cursor:
            return cursor.execute(query, parameters).fetchall()

    def _make(self) -> None:
        """Make the tables once."""
        if not self._is_made:
            with self._store.cursor() as cursor:
                cursor.execute(_SCHEMA)
            self._is_made = True
