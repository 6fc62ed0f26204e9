"""Minutes and hours in an InfluxDB server, each in a retention policy of its own."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import httpx
import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.domain.points import PointTable
from plantroom.storage.series.folding import folded as merged
from plantroom.storage.series.influx import tier_choice, tier_queries
from plantroom.storage.series.influx.address import InfluxAddress
from plantroom.storage.series.influx.connection import Fault, InfluxConnection, pack
from plantroom.storage.series.influx.line_protocol import escaped
from plantroom.storage.series.influx.policies import Policies
from plantroom.storage.series.influx.queries import to_buckets
from plantroom.storage.series.influx.tier_lines import TierRows, bodies, folded
from plantroom.storage.series.influx.tier_queries import DONE, STALE
from plantroom.storage.series.port import Buckets
from plantroom.storage.series.tier_store import Progress, Stale, Work
from plantroom.storage.series.tiers import MINUTE_MS, Retention, Tier

log = logging.getLogger(__name__)

_BUCKETS_PER_QUERY: Final = 100_000
"""Minutes of points that are asked for at once: they are held in memory."""
_PASSING: Final = re.compile(r": (408|429|5\d\d) (?!retention policy not found)")
"""What a server says that cannot answer now; version 1 says so of a missing policy, too."""


class InfluxTiers:
    """A `TierStore` beside an `InfluxStore`."""

    def __init__(
        self,
        address: InfluxAddress,
        table: PointTable,
        *,
        timeout: timedelta = timedelta(seconds=60),
    ) -> None:
        self._table = table
        self._sites = [site.id for site in table.sites]
        self._raw = InfluxConnection(address, timeout=timeout)
        self._of: dict[Tier, InfluxConnection] = {
            tier: InfluxConnection(replace(address, retention_policy=tier.value), timeout=timeout)
            for tier in Tier
        }
        self._policies = Policies(self._raw, sites=self._sites)
        self._kinds: dict[str, tuple[str, ...]] | None = None
        self._refused = False

    def progress(self) -> Progress | None:
        """See `TierStore`."""
        statement = tier_queries.progress_of(self._sites)
        try:
            (rows,) = self._of[Tier.HOURS].query([statement])
        except (StoreUnavailable, StoreRejected) as error:
            self._raise_unless_missing(error)
            return None
        found = [(int(row[1]), int(row[2])) for part in rows for row in part.values if None not in row]
        if not found:
            return None
        return Progress(until=min(until for until, _ in found), raw_since=max(since for _, since in found))

    def set_progress(self, progress: Progress) -> None:
        """See `TierStore`."""
        fields = b"until=%di,raw_since=%di %d\n" % (progress.until, progress.raw_since, tier_choice.TIME)
        lines = (b"%s,site=%s %s" % (DONE.encode(), escaped(site), fields) for site in self._sites)
        self._write(Tier.HOURS, [b"".join(lines)])

    def first_sample(self, since: int) -> int | None:
        """See `TierStore`."""
        found = []
        for statements in tier_queries.first_samples(self._known_kinds(), self._sites, since=since):
            answers = self._raw.query(statements)
            found += [int(row[0]) for rows in answers for part in rows for row in part.values]
        return min(found, default=None)

    def mark(self, stale: Stale) -> None:
        """See `TierStore`."""
        lines = (
            b"%s,asset=%s,site=%s touched=%di,done=0i %d\n"
            % (STALE.encode(), escaped(asset), escaped(self._site_of(asset)), touched, hour)
            for asset, hour, touched in zip(
                stale.assets, stale.hours.tolist(), stale.touched.tolist(), strict=True
            )
        )
        try:
            self._write(Tier.HOURS, _requests(lines))
        except StoreUnavailable as error:
            self._raise_unless_missing(error)
            # Where there is no tier, nothing in it can be stale.

    def stale(self, *, limit: int) -> Stale:
        """See `TierStore`."""
        (rows,) = self._of[Tier.HOURS].query([tier_queries.stale_of(self._sites, limit=limit)])
        found = [row for part in rows for row in part.values]
        return Stale(
            assets=tuple(row[2] for row in found),
            hours=np.array([row[0] for row in found], np.int64),
            touched=np.array([row[1] for row in found], np.int64),
        )

    def stale_hours(self, *, asset: str, start: int, end: int) -> npt.NDArray[np.int64]:
        """See `TierStore`."""
        (rows,) = self._of[Tier.HOURS].query([tier_queries.stale_hours_of(asset, start=start, end=end)])
        return np.unique(np.array([row[0] for part in rows for row in part.values], np.int64))

    def settle(self, stale: Stale) -> None:
        """See `TierStore`."""
        lines = (
            b"%s,asset=%s,site=%s done=%di %d\n"
            % (STALE.encode(), escaped(asset), escaped(self._site_of(asset)), touched, hour)
            for asset, hour, touched in zip(
                stale.assets, stale.hours.tolist(), stale.touched.tolist(), strict=True
            )
        )
        self._write(Tier.HOURS, _requests(lines))

    def recompute(self, work: Work) -> int:
        """See `TierStore`."""
        return sum(
            self._recompute(measurement, points, work, assets)
            for measurement, points in self._known_kinds().items()
            for assets in self._portions(measurement, len(points), work)
        )

    def read(self, tier: Tier, *, asset: str, point: str, start: int, end: int) -> Buckets:
        """See `TierStore`."""
        (rows,) = self._of[tier].query(
            [tier_queries.buckets_of(asset=asset, point=point, start=start, end=end)]
        )
        return merged(to_buckets(rows), every=tier.width)

    def write(self, tier: Tier, *, asset: str, point: str, buckets: Buckets) -> None:
        """See `TierStore`."""
        number = self._table.asset_number[asset]
        rows = TierRows(
            points=(point,),
            assets=((asset, self._site_of(asset)),) * len(buckets),
            ts=buckets.ts,
            mean=buckets.mean[:, None],
            least=buckets.min[:, None],
            greatest=buckets.max[:, None],
            last=buckets.last[:, None],
            count=buckets.count[:, None],
        )
        self._write(tier, bodies(self._table.assets[number].asset_class, rows, rows.count > 0))

    def prepare(self, retention: Retention) -> tuple[str, ...]:
        """See `TierStore`; also writes the table by which dashboards choose."""
        complaints = self._policies.make_missing(retention)
        if not complaints:
            self._write(Tier.HOURS, [tier_choice.choice_lines(self._policies.raw_name())])
        return complaints

    def forget(self, retention: Retention, *, now: int) -> tuple[str, ...]:  # noqa: ARG002 - the server's clock
        """See `TierStore`; the server forgets by itself, by the policies' durations."""
        return self._policies.set_durations(retention)

    def close(self) -> None:
        """See `TierStore`."""
        for connection in (self._raw, *self._of.values()):
            connection.close()

    def _recompute(
        self, measurement: str, points: tuple[str, ...], work: Work, assets: tuple[str, ...] | None
    ) -> int:
        span = tier_queries.Span(start=work.start, end=work.end, assets=assets, sites=tuple(self._sites))
        if work.tier is Tier.MINUTES:
            (answer,) = self._raw.query([tier_queries.samples_of(measurement, points, span)])
            rows = tier_queries.rows_of_samples(answer, points)
        else:
            (answer,) = self._of[Tier.MINUTES].query([tier_queries.minutes_of(measurement, points, span)])
            rows = tier_queries.rows_of_minutes(answer, points)
        made = folded(rows, every=work.tier.width)
        told = made.count > 0
        if not work.is_new:
            counts = tier_queries.counts_of(measurement, points, span)
            (answer,) = self._of[work.tier].query([counts])
            told = tier_queries.told_beside(made, tier_queries.kept_counts(answer), since=work.since)
        self._write(work.tier, bodies(measurement, made, told))
        return len(made)

    def _portions(self, measurement: str, points: int, work: Work) -> Iterator[tuple[str, ...] | None]:
        """Give the assets that are asked for at once; None: all."""
        minutes = max(1, (work.end - work.start) // MINUTE_MS)
        step = max(1, _BUCKETS_PER_QUERY // (minutes * points))
        if work.assets is None and (work.tier is Tier.MINUTES or len(self._table.assets) <= step):
            yield None
            return
        names = work.assets or self._assets_of(measurement)
        for first in range(0, len(names), step):
            yield tuple(names[first : first + step])

    def _assets_of(self, measurement: str) -> Sequence[str]:
        """Return the assets of a class; all, where it is one that assets once had."""
        assets = self._table.assets
        return [each.id for each in assets if each.asset_class == measurement] or [each.id for each in assets]

    def _site_of(self, asset: str) -> str:
        return self._table.site_of[self._table.asset_number[asset]].id

    def _known_kinds(self) -> dict[str, tuple[str, ...]]:
        """Return the measurements that assets have or had, with their points."""
        if self._kinds is None:
            points: dict[str, dict[str, None]] = {}
            for asset in self._table.assets:
                points.setdefault(asset.asset_class, {}).update({each.name: None for each in asset.points})
            for measurement, names in self._fields_ever():
                points.setdefault(measurement, {}).update(dict.fromkeys(names))
            self._kinds = {name: tuple(sorted(found)) for name, found in sorted(points.items())}
        return self._kinds

    def _fields_ever(self) -> Iterable[tuple[str, list[str]]]:
        """Give the measurements of the database with the fields that points have, also those of old."""
        try:
            (rows,) = self._raw.query(["SHOW FIELD KEYS"])
        except StoreRejected as error:
            log.info("only present points are down-sampled", extra={"error": str(error)})
            return ()
        return tier_queries.point_fields(rows)

    def _raise_unless_missing(self, error: StoreUnavailable | StoreRejected) -> None:
        """Raise `error`, unless it is that there is no room for tiers: then samples are asked for as ever.

        Each version has its own words for a missing policy, bucket or mapping, and for missing rights.
        """
        if isinstance(error.__cause__, httpx.HTTPError) or _PASSING.search(str(error)):
            raise error
        self._raw.query(["SHOW MEASUREMENTS LIMIT 1"])

    def _write(self, tier: Tier, requests: Iterable[bytes]) -> None:
        for body in requests:
            refusal = self._of[tier].write(pack(body))
            if refusal is None or refusal.fault is Fault.AGE:
                continue
            lines = body.splitlines(keepends=True)
            if refusal.fault is Fault.SIZE and len(lines) > 1:
                half = len(lines) // 2
                self._write(tier, (b"".join(lines[:half]), b"".join(lines[half:])))
            elif not self._refused:
                self._refused = True
                log.warning("buckets refused", extra={"tier": tier.value, "reason": refusal.reason})


def _requests(lines: Iterator[bytes]) -> Iterator[bytes]:
    while body := b"".join(line for line, _ in zip(lines, range(5_000), strict=False)):
        yield body
