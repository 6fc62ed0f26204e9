"""Pumps, tanks, sumps and water meters."""

from plantroom.dashboards.annotations import alarm_periods
from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.readings import Readings
from plantroom.dashboards.variables import LAST, MAX, SITE, TIER, assets_of
from plantroom.domain.text import Text


def board(plant: Plant) -> Board:
    """Return the dashboard of everything that moves and holds water."""
    pumps = Readings(plant=plant, asset_class="pump")
    return Board(
        name="pumps",
        title=Text(en="Pumps and water", zh="水泵与给排水"),
        description=Text(
            en="Do the pumps run as they should, and is there water?", zh="水泵运行是否正常？供水是否充足？"
        ),
        sections=[
            Section(
                title=Text(en="Pumps", zh="水泵"),
                panels=[
                    pumps.states(
                        "running",
                        Text(en="Which pumps run, and since when?", zh="哪些水泵在运行？何时启动？"),
                    ),
                    pumps.trend(
                        "vibration",
                        Text(
                            en="Does a pump's bearing or alignment get worse?", zh="水泵轴承或对中是否恶化？"
                        ),
                        read="highest",
                    ),
                ],
            )
        ],
        variables=[SITE, assets_of("pump"), TIER, LAST, MAX],
        alarms=alarm_periods(),
    )
