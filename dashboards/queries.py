"""What panels ask: InfluxQL of the readings, SQL of the records."""

from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

from grafana_foundation_sdk.cog import runtime, variants
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from plantroom.domain.text import Text

READINGS: Final = DataSourceRef(type_val="influxdb", uid="plantroom-influx")
RECORDS: Final = DataSourceRef(type_val="grafana-postgresql-datasource", uid="plantroom-records")

WHERE: Final = '"site" =~ /^${site:regex}$/ AND "asset" =~ /^${asset:regex}$/ AND $timeFilter'
"""The chosen machines in the chosen time."""
OF_SITE: Final = '"site" =~ /^${site:regex}$/ AND $timeFilter'
"""All machines of the chosen sites in the chosen time."""


class InfluxDataquery(variants.Dataquery):
    """One InfluxQL query as Grafana's InfluxDB data source stores it; the SDK has no such type."""

    def __init__(
        self, *, ref_id: str, query: str, alias: str = "", result_format: str = "time_series"
    ) -> None:
        self.ref_id = ref_id
        self.query = query
        self.alias = alias
        self.result_format = result_format

    def to_json(self) -> dict[str, object]:
        """Return what is written into the dashboard."""
        return {
            "refId": self.ref_id,
            "datasource": READINGS,
            "query": self.query,
            "rawQuery": True,
            "alias": self.alias,
            "resultFormat": self.result_format,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the query that `to_json` wrote."""
        return cls(
            ref_id=data["refId"], query=data["query"], alias=data["alias"], result_format=data["resultFormat"]
        )


class PostgresDataquery(variants.Dataquery):
    """One SQL query as Grafana's PostgreSQL data source stores it."""

    def __init__(self, *, ref_id: str, sql: str, result_format: str = "table") -> None:
        self.ref_id = ref_id
        self.sql = sql
        self.result_format = result_format

    def to_json(self) -> dict[str, object]:
        """Return what is written into the dashboard."""
        return {
            "refId": self.ref_id,
            "datasource": RECORDS,
            "editorMode": "code",
            "rawQuery": True,
            "rawSql": self.sql,
            "format": self.result_format,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the query that `to_json` wrote."""
        return cls(ref_id=data["refId"], sql=data["rawSql"], result_format=data["format"])


def register_queries() -> None:
    """Teach the SDK to read these queries back."""
    for source, kind in ((READINGS, InfluxDataquery), (RECORDS, PostgresDataquery)):
        runtime.register_dataquery_variant(
            runtime.DataqueryConfig(identifier=str(source.type_val), from_json_hook=kind.from_json)
        )


class Query(Protocol):
    """What a panel asks of one of the data sources."""

    @property
    def source(self) -> DataSourceRef:
        """The data source that answers."""

    def target(self, ref_id: str, language: str) -> variants.Dataquery:
        """Return the query as the SDK takes it, in the edition's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Influx:
    """InfluxQL; `alias` names its series, with Grafana's `$tag_asset` and `$col`."""

    influxql: str
    alias: Text = field(default_factory=Text)
    table: bool = False

    @property
    def source(self) -> DataSourceRef:
        """The data source that answers."""
        return READINGS

    def target(self, ref_id: str, language: str) -> InfluxDataquery:
        """Return the query as the SDK takes it, in the edition's language."""
        return InfluxDataquery(
            ref_id=ref_id,
            query=self.influxql,
            alias=self.alias.in_language(language),
            result_format="table" if self.table else "time_series",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """SQL on the records, in each language, for columns are named and texts chosen by it."""

    sql: Text
    time_series: bool = False

    @property
    def source(self) -> DataSourceRef:
        """The data source that answers."""
        return RECORDS

    def target(self, ref_id: str, language: str) -> PostgresDataquery:
        """Return the query as the SDK takes it, in the edition's language."""
        return PostgresDataquery(
            ref_id=ref_id,
            sql=self.sql.in_language(language),
            result_format="time_series" if self.time_series else "table",
        )


BY_ASSET: Final = Text(en="$tag_asset", zh="$tag_asset")


def over_time(
    select: str, *, of: str, where: str = WHERE, fill: str = "null", alias: Text = BY_ASSET
) -> Influx:
    """Return `select` from the measurement `of`, per interval and asset, in the tier that fits the range."""
    return Influx(
        influxql=(
            f'SELECT {select} FROM "$tier"."{of}" WHERE {where} '
            f'GROUP BY time($__interval), "asset" fill({fill})'
        ),
        alias=alias,
    )


def mean(point: str, *, of: str, where: str = WHERE, alias: Text = BY_ASSET) -> Influx:
    """Return the average of a measurement over each interval."""
    return over_time(f'mean("{point}")', of=of, where=where, alias=alias)


def highest(point: str, *, of: str, where: str = WHERE, alias: Text = BY_ASSET) -> Influx:
    """Return the greatest value in each interval, where a peak matters and an average would hide it."""
    return over_time(f'max("{point}$max")', of=of, where=where, alias=alias)


def lowest(point: str, *, of: str, where: str = WHERE, alias: Text = BY_ASSET) -> Influx:
    """Return the least value in each interval."""
    return over_time(f'min("{point}$min")', of=of, where=where, alias=alias)


def state(point: str, *, of: str, where: str = WHERE, alias: Text = BY_ASSET) -> Influx:
    """Return the last state in each interval: an average of states is none of them."""
    return over_time(f'last("{point}$last")', of=of, where=where, alias=alias)
