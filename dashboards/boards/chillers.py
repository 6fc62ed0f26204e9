"""The chiller plant: chillers and cooling towers."""

from collections.abc import Iterator

from plantroom.dashboards.annotations import alarm_periods
from plantroom.dashboards.bilingual import said
from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.panel import Panel
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.readings import Readings
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.variables import LAST, MAX, MIN, SITE, TIER, assets_of

_COLD = 'mean("chw_flow") * (mean("chw_return_temp") - mean("chw_supply_temp")) * 1.163'
"""kW: 1.163 kWh warm a cubic metre of water by one kelvin."""


def board(plant: Plant) -> Board:
    """Return the dashboard of everything that makes cold."""
    chillers, towers = (Readings(plant=plant, asset_class=name) for name in ("chiller", "cooling_tower"))
    return Board(
        name="chillers",
        title=said("Chiller plant", "冷站"),
        description=said("Is there cold, and what does it cost?", "冷量是否充足？能耗如何？"),
        sections=[
            Section(title=said("Cold made and spent", "制冷量与能耗"), panels=list(_cold(chillers))),
            Section(title=said("Refrigerant circuit", "制冷剂回路"), panels=list(_circuit(chillers))),
            Section(title=said("Cooling towers", "冷却塔"), panels=list(_towers(towers))),
        ],
        variables=[SITE, assets_of("chiller", "cooling_tower"), TIER, LAST, MAX, MIN],
        alarms=alarm_periods(),
        span="24h",
        refresh="1m",
    )


def _cold(chillers: Readings) -> Iterator[Panel]:
    yield chillers.states(
        "running", said("Which chillers run, and since when?", "哪些冷机在运行？何时启动？"), width=8
    )
    yield chillers.states("fault", said("Has one failed?", "是否故障？"), width=8)
    yield chillers.trend("load", said("How much of its cold does each give?", "各机负荷率？"), width=8)
    yield chillers.trends(
        {
            "chw_supply_temp": said("supply", "供水"),
            "chw_return_temp": said("return", "回水"),
            "chw_setpoint": said("set-point", "设定"),
        },
        said("Is the chilled water as cold as it should be?", "冷冻水温是否达标？"),
        title=said("Chilled water", "冷冻水温度"),
        width=12,
    )
    yield chillers.computed(
        'mean("chw_return_temp") - mean("chw_supply_temp")',
        said(
            "Is the water warmed enough on its way? A low difference wastes pump power.",
            "供回水温差是否过小？温差小则浪费水泵电耗。",
        ),
        title=said("Temperature difference of chilled water", "冷冻水供回水温差"),
        unit="K",
        width=12,
    )
    yield chillers.computed(
        _COLD,
        said("How much cold is made?", "制冷量多少？"),
        title=said("Cold made", "制冷量"),
        unit="kW",
        width=8,
    )
    yield chillers.trend("power", said("What do the chillers take?", "冷机耗电功率？"), width=8)
    yield chillers.computed(
        f'{_COLD} / mean("power")',
        said(
            "How much cold comes of a kilowatt-hour? Falls with fouling and lack of refrigerant.",
            "单位电耗制冷量？结垢或缺冷媒时下降。",
        ),
        title=said("Efficiency (COP)", "性能系数（COP）"),
        unit="",
        decimals=2,
        scale=Scale(low=0, high=12),
        width=8,
    )
    yield chillers.trend("chw_flow", said("Does chilled water flow?", "冷冻水流量是否正常？"), width=12)
    yield chillers.trend("cw_flow", said("Does condenser water flow?", "冷却水流量是否正常？"), width=12)


def _circuit(chillers: Readings) -> Iterator[Panel]:
    yield chillers.trend(
        "condenser_pressure",
        said("Does the condenser foul, or air get in?", "冷凝器是否结垢或含不凝气体？"),
        read="highest",
        width=8,
    )
    yield chillers.trend("evaporator_pressure", said("Is refrigerant missing?", "是否缺制冷剂？"), width=8)
    yield chillers.trend(
        "subcooling", said("Is the refrigerant charge right?", "制冷剂充注量是否合适？"), width=8
    )
    yield chillers.computed(
        'mean("condenser_temp") - mean("cw_leaving_temp")',
        said("Do the condenser's tubes foul? Grows by the month.", "冷凝器换热管是否结垢？逐月增大。"),
        title=said("Condenser approach", "冷凝器趋近温差"),
        unit="K",
        width=8,
    )
    yield chillers.computed(
        'mean("chw_supply_temp") - mean("evaporator_temp")',
        said("Do the evaporator's tubes foul?", "蒸发器换热管是否结垢？"),
        title=said("Evaporator approach", "蒸发器趋近温差"),
        unit="K",
        width=8,
    )
    yield chillers.trend(
        "discharge_temp", said("Does a compressor run hot?", "压缩机排气是否过热？"), read="highest", width=8
    )
    yield chillers.trend(
        "oil_pressure", said("Is the compressor oiled?", "油压是否正常？"), read="lowest", width=8
    )
    yield chillers.trend("oil_temp", said("Is the oil cooled?", "油温是否正常？"), read="highest", width=8)
    yield chillers.trend(
        "evaporator_temp",
        said("Is the evaporator near freezing?", "蒸发器是否接近结冰？"),
        read="lowest",
        width=8,
    )


def _towers(towers: Readings) -> Iterator[Panel]:
    yield towers.states("running", said("Which towers run?", "哪些冷却塔在运行？"), width=8)
    yield towers.trends(
        {
            "entering_temp": said("in", "进水"),
            "leaving_temp": said("out", "出水"),
            "wet_bulb_temp": said("wet bulb", "湿球"),
        },
        said("How far is the water cooled?", "冷却效果如何？"),
        title=said("Condenser water and outdoor air", "冷却水与室外湿球温度"),
        width=8,
    )
    yield towers.computed(
        'mean("leaving_temp") - mean("wet_bulb_temp")',
        said("Does a tower get worse? Fill, nozzles, fan.", "冷却塔是否恶化？填料、喷嘴、风机。"),
        title=said("Approach to the wet bulb", "趋近温差"),
        unit="K",
        width=8,
    )
    yield towers.trend("fan_speed", said("How hard do the fans work?", "风机负荷？"), width=6)
    yield towers.trend(
        "vibration", said("Does fan or gear get worse?", "风机或减速箱是否恶化？"), read="highest", width=6
    )
    yield towers.trend("basin_level", said("Is there water in the basin?", "集水盘水位是否正常？"), width=6)
    yield towers.trend("conductivity", said("Is enough water blown down?", "排污是否充足？"), width=6)
