"""Energy: how much, where, when, and against before."""

from datetime import timedelta
from typing import Final

from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.links import to_asset, to_console
from plantroom.dashboards.panel import Override, Panel
from plantroom.dashboards.panels import Stat, TimeSeries
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.queries import Influx
from plantroom.dashboards.variables import SITE, TIER, assets_of
from plantroom.domain.site import Asset
from plantroom.domain.text import Text

_CLASS: Final = "electricity_meter"
_OF_SITES: Final = '"site" =~ /^${site:regex}$/'
_CHOSEN: Final = f'{_OF_SITES} AND "asset" =~ /^${{asset:regex}}$/'
_WEEK: Final = "7d"
_YEAR: Final = "364d"
"""52 weeks: the same days of the week."""
_USED: Final = f'SELECT non_negative_difference(last("energy_LAST")) AS used FROM "hours"."{_CLASS}"'
"""What a counter counted in each bucket; what it counted before it fell in a reset is left out."""
# An hour that begins at the end is none of the time's.
# A difference reads one bucket more, unless a time outside narrows the times within: then both begin earlier.
_HOUR_BEFORE: Final = "time >= ${__from}ms - 1h AND time < ${__to}ms"
_DAY_BEFORE: Final = "time >= ${__from}ms - 1d AND time < ${__to}ms"
_BY_ASSET: Final = Text(en="$tag_asset", zh="$tag_asset")


def board(plant: Plant) -> Board:
    """Return the dashboard of energy; days and nights are those of the first site's clock."""
    energy = _Energy(plant)
    return Board(
        name="energy",
        title=Text(en="Energy", zh="能源"),
        description=Text(
            en="How much electricity, where, by day and by night, and against before?",
            zh="用电多少？用在哪里？昼夜如何？与以往相比？",
        ),
        sections=[
            Section(panels=energy.totals()),
            Section(
                title=Text(en="By day", zh="每日"), panels=[energy.by_day(), energy.nights(), energy.peaks()]
            ),
            Section(
                title=Text(en="Power, and the same time before", zh="功率与同期对比"),
                panels=[
                    energy.power(Text(en="Power", zh="功率")),
                    energy.power(Text(en="Power a week before", zh="上周同期功率"), back=_WEEK),
                    energy.power(Text(en="Power 52 weeks before", zh="去年同期功率（52 周前）"), back=_YEAR),
                ],
            ),
        ],
        variables=[SITE, assets_of(_CLASS), TIER],
        span="7d",
        refresh="5m",
    )


class _Energy:
    """The meters of an installation, of which the outermost count all that the others do."""

    def __init__(self, plant: Plant) -> None:
        assets = plant.installation.table.assets
        self._zone = str(plant.installation.table.sites[0].timezone)
        self._meters = [asset for asset in assets if asset.asset_class == _CLASS]
        self._outer = _outermost(self._meters, {asset.id: asset for asset in assets})

    def totals(self) -> list[Panel]:
        """Return the kWh of the chosen time beside those of the same time before."""
        spans = (
            ("0s", Text(en="This time", zh="本期")),
            (_WEEK, Text(en="A week before", zh="上周同期")),
            (_YEAR, Text(en="52 weeks before", zh="去年同期")),
        )
        return [
            Stat(
                title=Text(en="Whole site, against before", zh="全站用电与同期对比"),
                question=Text(
                    en="Is more used than a week and 52 weeks before? Whole hours of the outermost meters.",
                    zh="与上周、去年同期相比用电是否增加？按总表整小时统计。",
                ),
                queries=[self._total(back, alias) for back, alias in spans],
                unit="kWh",
                decimals=0,
                named=True,
                width=12,
                height=5,
            ),
            Stat(
                title=Text(en="Power now", zh="当前功率"),
                question=Text(en="How much does each meter read?", zh="各表当前功率？"),
                queries=[
                    Influx(
                        influxql=f'SELECT last("power") FROM "$tier"."{_CLASS}" WHERE {_CHOSEN} '
                        'AND $timeFilter GROUP BY "asset"',
                        alias=_BY_ASSET,
                    )
                ],
                unit="kW",
                named=True,
                overrides=self._names(),
                links=[to_asset(_CLASS), to_console()],
                width=12,
                height=5,
            ),
        ]

    def by_day(self) -> Panel:
        """Return the kWh of each day of each meter behind the outermost ones."""
        ids = "|".join(self._ids(inner=True))
        hourly = (
            f'{_USED} WHERE {_CHOSEN} AND "asset" =~ /^({ids})$/ AND {_HOUR_BEFORE} '
            'GROUP BY time(1h), "asset"'
        )
        return TimeSeries(
            title=Text(en="Energy by system and day", zh="各系统每日用电"),
            question=Text(
                en="Which system uses how much, day by day? The main meter is left out: it counts them all.",
                zh="各系统每日用电多少？总表已含各分表，不计入。",
            ),
            queries=[
                Influx(
                    influxql=f'SELECT sum("used") FROM ({hourly}) WHERE {_HOUR_BEFORE} '
                    f"GROUP BY time(1d), \"asset\" fill(none) tz('{self._zone}')",
                    alias=_BY_ASSET,
                )
            ],
            unit="kWh",
            decimals=0,
            bars=True,
            stacked=True,
            series=self._ids(inner=True),
            legend=("sum",),
            overrides=self._names(),
            holds=timedelta(days=1),
            width=24,
            height=9,
        )

    def nights(self) -> Panel:
        """Return the mean power of each night; a night belongs to the day on which it begins."""
        nightly = f'{_USED} WHERE {_CHOSEN} AND {_DAY_BEFORE} GROUP BY time(8h, 6h), "asset"'
        return TimeSeries(
            title=Text(en="Night load, 22:00 to 6:00", zh="夜间负荷（22:00 至 6:00）"),
            question=Text(
                en="What runs while nobody is there? Mean power of each night, when it begins.",
                zh="夜间无人时有哪些设备在用电？每夜平均功率（计入开始时刻）。",
            ),
            # Of the three buckets of a day from 22:00 the night is the first; the day before the chosen time
            # may lack it, and is not to be seen.
            queries=[
                Influx(
                    influxql=f'SELECT first("used") / 8 FROM ({nightly}) WHERE {_DAY_BEFORE} '
                    f"GROUP BY time(1d, 22h), \"asset\" fill(none) tz('{self._zone}')",
                    alias=_BY_ASSET,
                )
            ],
            unit="kW",
            bars=True,
            series=self._ids(),
            legend=(),
            overrides=self._names(),
            holds=timedelta(days=1),
            width=12,
        )

    def peaks(self) -> Panel:
        """Return the greatest quarter-hour mean of each day."""
        quarters = (
            f'SELECT mean("power") AS demand FROM "minutes"."{_CLASS}" '
            f'WHERE {_CHOSEN} AND $timeFilter GROUP BY time(15m), "asset"'
        )
        return TimeSeries(
            title=Text(en="Peak demand by day", zh="每日最大需量"),
            question=Text(
                en="Which quarter-hour of the day drew most? That is what a demand tariff charges.",
                zh="每日哪一刻钟平均功率最大？即需量电费计费依据。",
            ),
            queries=[
                Influx(
                    influxql=f'SELECT max("demand") FROM ({quarters}) WHERE $timeFilter '
                    f"GROUP BY time(1d), \"asset\" fill(none) tz('{self._zone}')",
                    alias=_BY_ASSET,
                )
            ],
            unit="kW",
            bars=True,
            series=self._ids(),
            legend=("max",),
            overrides=self._names(),
            holds=timedelta(days=1),
            width=12,
        )

    def power(self, title: Text, *, back: str = "") -> Panel:
        """Return the power of each meter over the chosen time, or over that time so long before."""
        tier = '"hours"' if back else '"$tier"'
        return TimeSeries(
            title=title,
            question=Text(
                en="When is most used, and by what? Hourly means where it is before.",
                zh="何时用电最多？由谁使用？同期数据为小时均值。",
            ),
            queries=[
                Influx(
                    influxql=f'SELECT mean("power") FROM {tier}."{_CLASS}" WHERE {_CHOSEN} AND $timeFilter '
                    f'GROUP BY time($__interval), "asset" fill({"none" if back else "null"})',
                    alias=_BY_ASSET,
                )
            ],
            unit="kW",
            series=self._ids(),
            overrides=self._names(),
            every=timedelta(hours=1) if back else timedelta(minutes=1),
            holds=timedelta(hours=2) if back else timedelta(minutes=5),
            time_shift=back,
            width=8,
        )

    def _total(self, back: str, alias: Text) -> Influx:
        """Return the kWh of the outermost meters over the chosen time moved `back`."""
        ids = "|".join(asset.id for asset in self._outer)
        within = f"time >= ${{__from}}ms - {back} AND time < ${{__to}}ms - {back}"
        return Influx(
            influxql=f'SELECT sum("used") FROM ({_USED} WHERE {_OF_SITES} '
            f'AND "asset" =~ /^({ids})$/ AND {within} '
            f'GROUP BY time(1h), "asset")',
            alias=alias,
        )

    def _ids(self, *, inner: bool = False) -> tuple[str, ...]:
        outer = (
            {asset.id for asset in self._outer} if inner and len(self._outer) < len(self._meters) else set()
        )
        return tuple(asset.id for asset in self._meters if asset.id not in outer)

    def _names(self) -> list[Override]:
        """Return that meters are shown by their names."""
        return [
            Override(
                pattern=Text(en=f"/^{asset.id}$/", zh=f"/^{asset.id}$/"),
                properties=[("displayName", _short(asset))],
            )
            for asset in self._meters
        ]


def _short(asset: Asset) -> Text:
    """Return a meter's name without saying that it is a meter, which all of them are."""
    en = asset.name.en.partition(", ")[2] or asset.name.en or asset.id
    return Text(en=en[:1].upper() + en[1:], zh=asset.name.zh.removesuffix("电能表") or asset.id)


def _outermost(meters: list[Asset], assets: dict[str, Asset]) -> list[Asset]:
    """Return the meters that no other meter measures as well."""
    behind = {id_: _ancestors(asset, assets) for id_, asset in assets.items()}
    measured = {meter.parent: meter.id for meter in meters if meter.parent}
    return [
        meter
        for meter in meters
        if not any(other in measured and measured[other] != meter.id for other in behind[meter.id])
    ]


def _ancestors(asset: Asset, assets: dict[str, Asset]) -> set[str]:
    """Return what feeds an asset, directly or not, and what it is part of."""
    found: set[str] = set()
    left = [asset]
    while left:
        each = left.pop()
        for above in (*each.fed_by, *((each.parent,) if each.parent else ())):
            if above in assets and above not in found:
                found.add(above)
                left.append(assets[above])
    return found
