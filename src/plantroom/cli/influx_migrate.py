"""`plantroom influx migrate`: the embedded history into an InfluxDB server."""

import itertools
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from plantroom.cli import options
from plantroom.cli.history_place import Where
from plantroom.cli.history_report import bar
from plantroom.cli.lock import owned_by_all
from plantroom.cli.options import together
from plantroom.cli.wiring import open_store
from plantroom.domain.points import PointTable
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.durable import replacing
from plantroom.storage.files import load_installation
from plantroom.storage.series.copying import (
    Comparison,
    Held,
    batch_of,
    compare,
    copy_buckets,
    held_by,
    tier_held_by,
    windows,
)
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.duckdb_tiers import DuckDbTiers
from plantroom.storage.series.port import EARLIEST
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import Retention, Tier


@click.command()
@together(options.sites, options.data, options.influx)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def migrate(sites: tuple[Path, ...], *, data: Path, influx: str | None, as_json: bool) -> None:
    """Bring the history in --data into --influx, then compare both, series by series.

    The file stays as it is. Stopped half way, the same command goes on where it was.
    """
    if influx is None:
        raise click.UsageError("migrate needs --influx")
    path = data / "samples.duckdb"
    if not path.is_file():
        raise click.ClickException(f"no samples in {data}")
    installation = load_installation(sites=sites or (SITE_FILE,))
    target = str(Where(data=data, influx=influx, api=None, api_token=None))
    with (
        owned_by_all(data),
        closing(DuckDbStore(path, installation.table)) as source,
        open_store(influx, data=data, installation=installation) as store,
    ):
        for complaint in store.tiers.prepare(Retention()):
            raise click.ClickException(complaint)
        work = _Migration(source, store, installation.table, _Progress.of(data, target, source.count_rows()))
        document = {"from": str(path), "into": target, **work.run()}
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else _text(document))
    sys.exit(0 if document["complete"] else 1)


@dataclass(slots=True, kw_only=True)
class _Progress:
    """How far it is, kept in the data directory: assets are moved one after another, by name."""

    path: Path
    identity: list[Any]
    asset: str = ""
    """All before it are there."""
    until: int = EARLIEST
    """Its samples before this time (ms) are there."""

    @classmethod
    def of(cls, data: Path, target: str, rows: int) -> "_Progress":
        """Return what is kept of a migration of the same file into the same target."""
        path, identity = data / "migration.json", [target, rows]
        try:
            kept = json.loads(path.read_text("utf-8"))
            if kept["identity"] == identity:
                return cls(path=path, identity=identity, asset=kept["asset"], until=kept["until"])
        except (FileNotFoundError, ValueError, KeyError):
            pass
        return cls(path=path, identity=identity)

    def note(self, asset: str, until: int) -> None:
        """Keep that an asset's samples before a time (ms) are there."""
        self.asset, self.until = asset, until
        with replacing(self.path) as file:
            file.write(json.dumps({"identity": self.identity, "asset": asset, "until": until}).encode())


class _Migration:
    """One course of work from one store to another."""

    def __init__(
        self, source: DuckDbStore, store: TieredStore, table: PointTable, progress: _Progress
    ) -> None:
        self._source = source
        self._store = store
        self._table = table
        self._progress = progress
        self._refused: dict[str, int] = {}

    def run(self) -> dict[str, Any]:
        """Move what there is, look for it, and return what came of it."""
        everything = held_by(self._source)
        held = [each for each in everything if (each.asset, each.point) in self._table.number]
        resumed = bool(self._progress.asset)
        with bar("samples", sum(each.rows for each in held)) as show:
            self._move(held, show)
        counts: list[Comparison] = []
        with bar("comparing series", len(held)) as show:
            for number, each in enumerate(held, start=1):
                counts.append(compare(self._source, self._store, each))
                show(number)
        tiers = {tier.value: self._move_tier(tier) for tier in Tier}
        samples, same = sum(each.samples for each in counts), sum(each.same for each in counts)
        complete = all(each.samples == each.same for each in itertools.chain(counts, *tiers.values()))
        # What is not complete is to be moved anew, not gone on with.
        self._progress.path.unlink(missing_ok=True)
        return {
            "samples": samples,
            "same": same,
            "complete": complete,
            "resumed": resumed,
            "tiers": {tier: _total(found) for tier, found in tiers.items()},
            "refused": self._refused,
            "left_out": [f"{each.asset}/{each.point}" for each in everything if each not in held],
            "series": [asdict(each) for each in counts],
        }

    def _move(self, held: Sequence[Held], show: Callable[[int], None]) -> None:
        moved = sum(each.rows for each in held if each.asset < self._progress.asset)
        begun = self._progress.asset
        for asset in sorted({each.asset for each in held if each.asset >= begun}):
            series = [each for each in held if each.asset == asset]
            end = max(each.last for each in series) + 1
            start = min(each.first for each in series)
            if asset == begun:
                start = max(start, self._progress.until)
            points = [each.point for each in series]
            for until, found in windows(self._source, asset=asset, points=points, start=start, end=end):
                samples = batch_of(self._table, asset, found)
                for each in self._store.write(samples) if len(samples) else ():
                    self._refused[each.reason] = self._refused.get(each.reason, 0) + len(each.rows)
                self._progress.note(asset, until)
                moved += len(samples)
                show(moved)

    def _move_tier(self, tier: Tier) -> list[Comparison]:
        """Copy the buckets whose samples may be forgotten: the others are made anew of the samples."""
        tiers = DuckDbTiers(self._source)
        progress = tiers.progress()
        if progress is None:
            return []
        held = tier_held_by(self._source, tier, before=progress.raw_since)
        known = [each for each in held if (each.asset, each.point) in self._table.number]
        with bar(tier.value, len(known)) as show:
            counts = []
            for number, each in enumerate(known, start=1):
                counts.append(copy_buckets(tiers, self._store.tiers, tier, each))
                show(number)
        return counts


def _total(counts: Sequence[Comparison]) -> dict[str, int]:
    return {"buckets": sum(each.samples for each in counts), "same": sum(each.same for each in counts)}


def _text(document: dict[str, Any]) -> str:
    lines = [
        f"{document['same']:,} of {document['samples']:,} samples of {len(document['series'])} points are in "
        f"{document['into']} as they are in {document['from']}"
    ]
    lines += [
        f"  {each['asset']}/{each['point']}: {each['same']:,} of {each['samples']:,}"
        for each in document["series"]
        if each["same"] != each["samples"]
    ]
    lines += [
        f"{found['same']:,} of {found['buckets']:,} {tier} whose samples are forgotten"
        for tier, found in document["tiers"].items()
        if found["buckets"]
    ]
    lines += [f"refused: {count:,} samples: {reason}" for reason, count in document["refused"].items()]
    if document["left_out"]:
        lines.append(f"left out, for no site file has them: {', '.join(document['left_out'])}")
    return "\n".join(lines)
