"""A pipeline's figures beside the readings, in a real InfluxDB."""

from contextlib import closing

import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.storage.series.influx.address import parse_influx_url
from plantroom.storage.series.influx.figures import InfluxFigures
from plantroom_testing.influx import InfluxDatabase

NOW = 1_763_750_000_000


def test_figures_are_fields_of_one_line_by_pipeline(influx_database: InfluxDatabase) -> None:
    with closing(InfluxFigures(parse_influx_url(influx_database.url))) as figures:
        figures.put("abc", {"messages": 7, "spool_share": 0.25}, at=NOW)

    (result,) = influx_database.server.query(
        'SELECT * FROM "plantroom_pipeline"', database=influx_database.name
    )
    (series,) = result["series"]
    (row,) = series["values"]
    assert dict(zip(series["columns"], row, strict=True)) == {
        "time": NOW,
        "messages": 7,
        "pipeline": "abc",
        "spool_share": 0.25,
    }


def test_a_field_of_another_type_is_said_and_nothing_is_lost_but_the_figures(
    influx_database: InfluxDatabase,
) -> None:
    with closing(InfluxFigures(parse_influx_url(influx_database.url))) as figures:
        figures.put("abc", {"messages": 7}, at=NOW)
        influx_database.server.write(
            'plantroom_pipeline,pipeline=abc spool="full" 1763750000000', database=influx_database.name
        )

        with pytest.raises(StoreUnavailable, match=r"figures refused: .*type conflict"):
            figures.put("abc", {"spool": 1}, at=NOW + 1)
